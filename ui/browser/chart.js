// Draws a plotly figure and updates it in place. Used by ui/charts/component.py. showTables is in chart_table.js,
// loadPlotly in load_plotly.js.

// The layout in the colours and the font of the page's theme.
const themed = (layout, style) => {
  const [text, line] = ["--st-text-color", "--st-border-color"].map((name) => style.getPropertyValue(name))
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
  const axis = { gridcolor: line, zeroline: false, automargin: true }
  for (const name of axes) layout[name] = { ...axis, ...layout[name] }
  const font = { color: text, family: style.getPropertyValue("--st-font") || "sans-serif", size: 13 }
  layout.modebar = { bgcolor: "transparent", color: text, activecolor: text, ...layout.modebar }
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

// A screen reader reads the figure's label and, on demand, its table, not the letters of the drawing.
// The bar of buttons is one stop of the Tab key, and arrow keys move inside it.
const makeReachable = (box) => {
  for (const drawing of box.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true")
  const bar = box.querySelector(".modebar")
  const buttons = [...(bar?.querySelectorAll(".modebar-btn") ?? [])]
  if (!buttons.length) return
  bar.setAttribute("role", "toolbar")
  bar.setAttribute("aria-label", "Buttons of the chart")
  const stop = buttons.find((button) => button.tabIndex === 0 && button.dataset.stop) ?? buttons[0]
  const stopAt = (chosen) => {
    for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1
    chosen.dataset.stop = "yes"
  }
  stopAt(stop)
  bar.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    const place = buttons.indexOf(event.target)
    if (!step || place < 0) return
    event.preventDefault()
    const next = buttons.at((place + step) % buttons.length)
    stopAt(next)
    next.focus()
  }
}

// The tables cost nothing until somebody opens them; while they are open, they follow the chart. Points that
// live_curves.js adds stand only in plotly's own arrays; it calls box.tellTables() then.
const keepTables = (details, box, { alt, figure }) => {
  const target = details.querySelector(".tables")
  target.setAttribute("aria-label", alt)
  let drawn = JSON.parse(figure)
  const update = () => details.open && showTables(target, drawn)
  box.tellTables = () => {
    drawn = box
    update()
  }
  details.ontoggle = update
  update()
}

// A figure whose layout has meta.words tells the words' component, seen_words.js, which words a point belongs to:
// customdata holds the places of the first and the last word, counted from the end of the text.
const tellWords = (box) => {
  if (box.tellsWords) return
  box.tellsWords = true
  const tell = (detail) => document.dispatchEvent(new CustomEvent("sequence-lab-words", { detail }))
  box.on("plotly_hover", ({ points: [point] }) => tell(point.customdata ?? []))
  box.on("plotly_unhover", () => tell([]))
}

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".sequence-lab-chart")
  box.setAttribute("aria-label", data.alt)
  box.style.minHeight = `${data.height}px`
  keepTables(parentElement.querySelector(".sequence-lab-data"), box, data)
  loadPlotly(data.source)
    .then((Plotly) => draw(Plotly, box, JSON.parse(data.figure)))
    .then(() => {
      makeReachable(box)
      if (box.layout?.meta?.words) tellWords(box)
    })
    .catch(() => {
      parentElement.querySelector(".sequence-lab-failure").textContent = data.alt
    })
  return () => {
    box.frame = null // a purged chart has to be drawn as a whole
    box.tellsWords = false
    window.Plotly?.purge(box)
  }
}
