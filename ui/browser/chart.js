// Draws a plotly figure and updates it in place. Used by ui/charts/component.py.

const loadPlotly = (source) => {
  window.sequenceLabPlotly ??= new Promise((done, fail) => {
    const script = document.createElement("script")
    script.src = source
    script.onload = () => done(window.Plotly)
    script.onerror = fail
    document.head.append(script)
  })
  return window.sequenceLabPlotly
}

// The layout in the colours and the font of the page's theme.
const themed = (layout, style) => {
  const [text, line] = ["--st-text-color", "--st-border-color"].map((name) => style.getPropertyValue(name))
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
  const axis = { gridcolor: line, zeroline: false, automargin: true }
  for (const name of axes) layout[name] = { ...axis, ...layout[name] }
  const font = { color: text, family: style.getPropertyValue("--st-font") || "sans-serif", size: 13 }
  return { paper_bgcolor: "transparent", plot_bgcolor: "transparent", font, ...layout }
}

// All of a figure except its points, as text; null if new points could move an axis. While this text stays the
// same, only the points are drawn anew: axes, their labels and the legend are most of the work. A line's first
// point changes the text, because it brings the line into the legend.
const frameOf = (traces, layout) => {
  const fixedAxes = layout.xaxis?.range && layout.yaxis?.range
  const lists = traces.every(({ x, y }) => Array.isArray(x) && Array.isArray(y))
  if (!fixedAxes || !lists) return null
  return JSON.stringify([layout, traces.map(({ x, y, ...style }) => [style, x.length > 0])])
}

const AT_ONCE = { frame: { duration: 0, redraw: false }, transition: { duration: 0 }, mode: "immediate" }

// Plotly's options that could send a chart or fetch a file are off. No chart is a map, so topojsonURL names no
// server.
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  topojsonURL: "plotly/no-maps",
  responsive: true,
  displayModeBar: "hover",
}

const draw = (Plotly, box, { data: traces, layout }) => {
  const style = themed(layout, getComputedStyle(box))
  const before = box.frame
  box.frame = frameOf(traces, style)
  if (before && before === box.frame) {
    return Plotly.animate(box, { data: traces.map(({ x, y }) => ({ x, y })) }, AT_ONCE)
  }
  return Plotly.react(box, traces, style, CONFIG)
}

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".sequence-lab-chart")
  box.setAttribute("aria-label", data.alt)
  box.style.minHeight = `${data.height}px`
  loadPlotly(data.source)
    .then((Plotly) => draw(Plotly, box, JSON.parse(data.figure)))
    .catch(() => {
      parentElement.querySelector("p").textContent = data.alt
    })
  return () => {
    box.frame = null // a purged chart has to be drawn as a whole
    window.Plotly?.purge(box)
  }
}
