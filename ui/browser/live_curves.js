// Adds the new points of a run to its two learning curves. Used by ui/panels/live_run.py.
//
// Drawing with plotly takes most of the processor time that watching costs. So new points are drawn in a
// small SVG element above the chart, and Plotly draws all points only every REDRAW_SECONDS, when an axis changes,
// and when the pointer comes, because Plotly finds only points under the pointer that it has drawn.

const REDRAW_SECONDS = 30
const RETRY_MILLISECONDS = 50 // while a chart is not drawn yet for which points have come
const MOST_RETRIES = 200
const AT_ONCE = { frame: { duration: 0, redraw: false }, transition: { duration: 0 }, mode: "immediate" }
const SVG = "http://www.w3.org/2000/svg"
// A point is [epoch, loss, accuracy] or, at an epoch's end, [epoch, loss, accuracy, loss, accuracy of validation].
const COLUMNS = { loss: [1, 3], accuracy: [2, 4] }

const state = new WeakMap() // the component's element -> { points, charts }

const isEpoch = (point) => point.length > 3

// The lines of the curves by name, as ui/charts/curves.py makes them.
const linesOf = (points, [training, validation], range) => {
  const epochs = points.filter(isEpoch)
  const running = points.flatMap((point) => {
    const pair = [[point[0], point[training]]]
    return isEpoch(point) ? [...pair, [point[0], null]] : pair
  })
  const measured = epochs.filter((point) => point[3] !== null)
  const best = measured.reduce((least, point) => (least && least[3] <= point[3] ? least : point), null)
  const ends = epochs.map((point) => point[0])
  return {
    running: { x: running.map(([x]) => x), y: running.map(([, y]) => y) },
    training: { x: ends, y: epochs.map((point) => point[training]) },
    validation: { x: ends, y: epochs.map((point) => point[validation]) },
    "best epoch": { x: best ? [best[0], best[0]] : [], y: range },
  }
}

// `range` if it holds all values, else a range in steps of 0.1 that holds them, as in ui/charts/curves.py.
const rangeFor = (measure, values, range) => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  if (measure === "accuracy") return low >= range[0] ? range : [Math.floor(10 * low) / 10 - 0.02, range[1]]
  if (high <= range[1]) return range
  const top = Math.ceil(10 * high) / 10
  return [-0.02 * top, 1.02 * top]
}

const drawAll = (own, chart, Plotly) => {
  const { box, measure } = chart
  const lines = linesOf(own.points, COLUMNS[measure], chart.range)
  const numbers = box.data.map((_, number) => number).filter((number) => lines[box.data[number].name])
  const traces = numbers.map((number) => lines[box.data[number].name])
  const begins = numbers.some((number, place) => !box.data[number].x.length !== !traces[place].x.length)
  const zoomed = String(box.layout.yaxis.range) !== String(chart.shown)
  Object.assign(chart, {
    drawn: own.points.length,
    drawnAt: performance.now(),
    hasEpochs: own.points.some(isEpoch),
  })
  if (!begins && (zoomed || chart.shown === chart.range))
    return Plotly.animate(box, { data: traces, traces: numbers }, AT_ONCE)
  const axis = zoomed ? {} : { "yaxis.range": [...chart.range] }
  if (!zoomed) chart.shown = chart.range
  return Plotly.update(box, { x: traces.map(({ x }) => x), y: traces.map(({ y }) => y) }, axis, numbers)
}

const pathOf = (places) =>
  places.map(([x, y], number) => `${number ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("")
const circlesOf = (places, r) =>
  places.map(([x, y]) => `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`).join("")

// An SVG element above the chart's plot area with one path for each of PATHS. Only their attributes ever change,
// because a changed list of children would make whole_page.js look through the page.
const PATHS = ["running", "line", "training", "validation"]
const svgOf = (chart) => {
  if (!chart.svg) {
    chart.svg = document.createElementNS(SVG, "svg")
    chart.svg.setAttribute("class", "live-end")
    chart.svg.setAttribute("aria-hidden", "true")
    chart.svg.append(...PATHS.map(() => document.createElementNS(SVG, "path")))
  }
  if (!chart.svg.isConnected) chart.box.querySelector(".svg-container").append(chart.svg)
  return chart.svg
}

const set = (node, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value)
  }
}

// The running mean after the last point that Plotly has drawn; it starts anew with each epoch.
const runningPath = (points, drawn, place) => {
  const before = points.slice(Math.max(0, drawn - 1), drawn).filter((point) => !isEpoch(point))
  const parts = [before]
  for (const point of points.slice(drawn)) {
    parts.at(-1).push(point)
    if (isEpoch(point)) parts.push([])
  }
  return parts.map((part) => pathOf(part.map(place).filter(([, y]) => Number.isFinite(y)))).join("")
}

// Draw the points that Plotly has not drawn yet.
const drawEnd = (own, chart) => {
  const { box, measure, drawn } = chart
  const { xaxis, yaxis } = box._fullLayout
  const svg = svgOf(chart)
  const area = { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length }
  const lengths = Object.entries(area).map(([name, value]) => `${name}:${value}px`)
  set(svg, { style: `position:absolute;pointer-events:none;overflow:hidden;${lengths.join(";")}` })
  const [training, validation] = COLUMNS[measure]
  const at = (column) => (point) => [
    xaxis.l2p(point[0]),
    point[column] === null ? NaN : yaxis.l2p(point[column]),
  ]
  const isMeasured = (column) => (point) => isEpoch(point) && point[column] !== null
  const ends = (column) => own.points.slice(drawn).filter(isMeasured(column)).map(at(column))
  const before = own.points.slice(0, drawn).findLast(isMeasured(validation))
  const line = ends(validation)
  const paths = {
    running: runningPath(own.points, drawn, at(training)),
    line: line.length ? pathOf(before ? [at(validation)(before), ...line] : line) : "",
    training: circlesOf(ends(training), 4),
    validation: circlesOf(line, 5),
  }
  const shown = (name) => box._fullData.find((trace) => trace.name === name && trace.visible === true)
  PATHS.forEach((name, number) => {
    const trace = shown(name === "line" ? "validation" : name)
    const { color, width } = trace?.line ?? {}
    const filled = name === "validation"
    const style = {
      fill: filled ? color : "none",
      stroke: color,
      "stroke-width": name === "training" || filled ? 2 : width,
    }
    const dashes = name === "running" ? { "stroke-dasharray": "3,3" } : {}
    set(svg.children[number], trace ? { d: paths[name], ...style, ...dashes } : { d: "" })
  })
}

const boxOf = (chart) => {
  if (!chart.box?.isConnected) {
    chart.box = document.querySelector(`.st-key-curve-${chart.measure} .sequence-lab-chart`)
  }
  return chart.box?.data && chart.box._fullLayout?.xaxis?.l2p ? chart.box : null
}

// The first points may come before the page has drawn its charts: the next answer would show them seconds later.
const drawSoon = (own) => {
  clearTimeout(own.retry)
  own.retries += 1
  if (own.retries < MOST_RETRIES) own.retry = setTimeout(() => draw(own), RETRY_MILLISECONDS)
}

const draw = (own, { atOnce = false, fresh = [] } = {}) => {
  const Plotly = window.Plotly
  if (document.hidden) return
  if (own.points.length && (!Plotly || !own.charts.every(boxOf))) drawSoon(own)
  if (!Plotly) return
  for (const chart of own.charts) {
    if (!boxOf(chart)) continue
    if (!chart.box.sequenceLabEnd) {
      chart.box.sequenceLabEnd = true
      chart.box.addEventListener("pointerenter", () => draw(own, { atOnce: true }))
      chart.box.on("plotly_afterplot", () => chart.drawn === undefined || drawEnd(own, chart))
    }
    const first = chart.drawn === undefined || chart.drawn < 2 || chart.drawn > own.points.length
    const values = (first ? own.points : fresh).flatMap((point) =>
      COLUMNS[chart.measure].map((column) => point[column]),
    )
    chart.range = rangeFor(chart.measure, values.filter(Number.isFinite), chart.range)
    const late = performance.now() - chart.drawnAt > 1000 * REDRAW_SECONDS
    const due =
      atOnce || first || late || chart.range !== chart.shown || (fresh.some(isEpoch) && !chart.hasEpochs)
    if (due && own.points.length) drawAll(own, chart, Plotly).then(() => drawEnd(own, chart))
    else if (chart.drawn !== undefined) drawEnd(own, chart)
  }
}

// Keep the arrays of the chart complete, without drawing: its table and its next drawing have all points.
const append = (own, fresh) => {
  for (const { box, measure, drawn } of own.charts) {
    if (drawn === undefined || !box?.data) continue
    const [training, validation] = COLUMNS[measure]
    const add = (name, x, y) => {
      const line = box.data.find((trace) => trace.name === name)
      line?.x.push(x)
      line?.y.push(y)
    }
    for (const point of fresh) {
      add("running", point[0], point[training])
      if (!isEpoch(point)) continue
      add("running", point[0], null)
      add("training", point[0], point[training])
      add("validation", point[0], point[validation])
    }
    box.tellTables?.()
  }
}

const add = (own, fresh) => {
  if (!fresh.length) return
  own.points.push(...fresh)
  append(own, fresh)
  draw(own, { fresh })
}

// Points that come together are shown one after another until the next answer, at most one drawing a second.
const addEvenly = (own, points, seconds) => {
  const drawings = document.hidden ? 1 : Math.max(1, Math.min(points.length, Math.floor(seconds)))
  own.waiting = points
  const next = (left) => {
    add(own, own.waiting.splice(0, Math.ceil(own.waiting.length / left)))
    if (left > 1) own.timer = setTimeout(() => next(left - 1), (1000 * seconds) / drawings)
  }
  next(drawings)
}

const take = (own, { id, points, replaces, again, moving }) => {
  if (id !== own.id) return
  if (!replaces && !own.complete) {
    document.dispatchEvent(new Event("sequence-lab-live-all")) // this component has missed the first answer
    return
  }
  clearTimeout(own.timer)
  add(own, own.waiting)
  own.waiting = []
  if (!replaces) {
    addEvenly(own, points, moving ? again : 0)
    return
  }
  Object.assign(own, { complete: true, points: [] })
  for (const chart of own.charts) chart.drawn = undefined
  add(own, points)
}

export default function ({ parentElement, data }) {
  const ranges = JSON.parse(data.ranges)
  if (!state.has(parentElement)) {
    const own = { id: data.id, points: [], waiting: [], complete: false, retries: 0 }
    state.set(parentElement, own)
    own.charts = Object.entries(ranges).map(([measure, range]) => ({
      measure,
      given: range,
      range,
      shown: range,
    }))
    own.hear = ({ detail }) => take(own, detail)
    own.seenAgain = () => draw(own, { atOnce: true })
    document.addEventListener("sequence-lab-live", own.hear)
    document.addEventListener("visibilitychange", own.seenAgain)
    document.dispatchEvent(new Event("sequence-lab-live-all")) // an answer may have come before this listener
  }
  const own = state.get(parentElement)
  for (const chart of own.charts) {
    const range = ranges[chart.measure] // the page has just drawn the chart with this range
    if (String(range) !== String(chart.given)) Object.assign(chart, { given: range, range, shown: range })
  }
  return () => {
    state.delete(parentElement)
    clearTimeout(own.timer)
    clearTimeout(own.retry)
    document.removeEventListener("sequence-lab-live", own.hear)
    document.removeEventListener("visibilitychange", own.seenAgain)
    for (const { svg } of own.charts) svg?.remove()
  }
}
