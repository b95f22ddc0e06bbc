// The data of a plotly figure as tables. ui/browser/__init__.py puts this file in front of chart.js.

const LONGEST = 200 // rows of a table; a longer table shows evenly spaced rows

const TYPED = {
  f8: Float64Array,
  f4: Float32Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
}

// The values of a list, or of plotly's encoding of a numpy array. Two dimensions give a list of lists.
const listOf = (values) => {
  if (!values?.bdata) return Array.from(values ?? [])
  const bytes = Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0))
  const flat = Array.from(new TYPED[values.dtype](bytes.buffer))
  const [rows, columns] = String(values.shape ?? "")
    .split(",")
    .map(Number)
  if (!columns) return flat
  return Array.from({ length: rows }, (_, row) => flat.slice(row * columns, (row + 1) * columns))
}

// A text of plotly as a reader sees it, without its tags and entities.
const plain = (text) => {
  const breaks = String(text ?? "").replaceAll("<br>", "\n")
  return new DOMParser().parseFromString(breaks, "text/html").body.textContent.trim()
}

const shown = (value, percent) => {
  if (value === null || value === undefined || Number.isNaN(value)) return ""
  if (typeof value !== "number") return plain(value)
  const digits = Number.isInteger(value) ? {} : { maximumSignificantDigits: 5 }
  if (percent) return value.toLocaleString("en", { style: "percent", maximumFractionDigits: 2 })
  return value.toLocaleString("en", digits)
}

const isPercent = (axis) => /%$/.test(axis?.tickformat ?? "")
const titleOf = (axis, otherwise) => plain(axis?.title?.text) || otherwise

// The text that the chart shows at a place of an axis: its tick or, on a hidden axis, the annotation at this place.
const labelAt = (place, axis, name, layout) => {
  const tick = axis?.ticktext?.[axis.tickvals.indexOf(place)]
  const above = ({ [name]: at }) => axis?.visible === false && at > place - 0.5 && at < place + 0.5
  const label = tick ?? layout.annotations?.find((each) => each.text && above(each))?.text
  return label === undefined ? shown(place, isPercent(axis)) : plain(label)
}

// Names of the axis of places (from left to right, or from top to bottom) and of the axis of values.
const axesOf = (trace, layout) => {
  const sideways = trace.orientation === "h" || layout.yaxis?.visible === false
  return sideways ? ["y", "x"] : ["x", "y"]
}

// [heading, text of each row] of a trace: its values, the ends of their intervals, and other texts at its points.
const columnsOf = (trace, values, axis, labels) => {
  const name = plain(trace.meta ?? trace.name) || titleOf(axis, "value")
  const percent = isPercent(axis)
  const columns = [[name, values.map((value) => shown(value, percent))]]
  const spread = trace.error_x ?? trace.error_y
  const [above, below] = [listOf(spread?.array), listOf(spread?.arrayminus)]
  if (above.length) {
    columns.push(["from", values.map((value, row) => shown(value - (below[row] ?? above[row]), percent))])
    columns.push(["to", values.map((value, row) => shown(value + above[row], percent))])
  }
  const texts = Array.isArray(trace.text) ? trace.text.map(plain) : []
  if (texts.some((text, row) => text !== labels[row])) columns.push(["text", texts])
  return columns
}

// Texts for straight lines across the chart and for annotations, such as "best epoch: 4".
const notesOf = (traces, layout) => {
  const lines = traces.flatMap((trace) => {
    const name = plain(trace.meta ?? trace.name)
    return isAcross(trace) && name ? [`${name}: ${levelOf(trace, layout)}`] : []
  })
  const isRemark = ({ text, yref }) =>
    text && (/domain|paper/.test(yref ?? "") || layout.yaxis?.visible !== false)
  const remarks = (layout.annotations ?? []).filter(isRemark).map(({ text }) => plain(text))
  return traces.some(({ type }) => type === "heatmap") ? lines : [...new Set([...lines, ...remarks])]
}

const isLevel = (places) => places.length === 2 && places[0] === places[1]
const isAcross = ({ mode, x, y }) => mode === "lines" && [x, y].some((places) => isLevel(listOf(places)))
const levelOf = ({ x, y }, layout) => {
  const name = isLevel(listOf(x)) ? "x" : "y"
  return shown(listOf(name === "x" ? x : y)[0], isPercent(layout[`${name}axis`]))
}

const isPrefix = (one, other) => one.every((place, row) => place === other[row])

// Tables of lines, points and bars: traces at the same places share a table.
const tablesOfPoints = (traces, layout) => {
  const named = traces.some(({ name }) => name)
  const tables = []
  for (const trace of traces.filter((each) => !isAcross(each))) {
    const [along, across] = axesOf(trace, layout)
    const [places, values] = [listOf(trace[along]), listOf(trace[across])]
    if (!values.some((value) => value !== null) || (named && !trace.name)) continue
    const axis = layout[`${along}axis`]
    const labels = places.map((place) => labelAt(place, axis, along, layout))
    const columns = columnsOf(trace, values, layout[`${across}axis`], labels)
    const table = tables.find((each) => isPrefix(each.places, places) || isPrefix(places, each.places))
    if (table) table.columns.push(...columns)
    else tables.push({ columns })
    const longest = table?.places.length > places.length ? {} : { places, labels }
    Object.assign(table ?? tables.at(-1), longest, { first: titleOf(axis, "name") })
  }
  tables.sort((one, other) => one.labels.length - other.labels.length)
  return tables.map(({ first, labels, columns }) => ({
    caption: columns.map(([heading]) => heading).join(", "),
    headings: [first, ...columns.map(([heading]) => heading)],
    rows: labels
      .map((label, row) => [label, ...columns.map(([, texts]) => texts[row] ?? "")])
      .filter(([, ...texts]) => texts.some(Boolean)),
  }))
}

// The table of heat maps with the same rows; each has some columns or all. A field shows the count beside its
// value, if there is one.
const tableOfFields = (traces, layout) => {
  const [first] = traces
  const maps = traces.map(({ x, z, customdata, hovertemplate }) => ({
    columns: listOf(x),
    grid: listOf(z),
    counts: listOf(customdata),
    percent: /\{z:[^}]*%\}/.test(hovertemplate ?? ""),
  }))
  const field = (row, name) => {
    const places = maps.map((map) => [map, map.columns.indexOf(name)]).filter(([, column]) => column >= 0)
    const [map, column] = places.find(([{ grid }, place]) => grid[row][place] !== null) ?? places[0]
    const text = shown(map.grid[row][column], map.percent)
    return map.counts.length ? `${shown(map.counts[row][column])} (${text})` : text
  }
  const columns = [...new Set(maps.flatMap((map) => map.columns))]
  const names = [titleOf(layout.yaxis, "row"), titleOf(layout.xaxis, "column")]
  return {
    caption: `Rows: ${names[0]}. Columns: ${names[1]}.`,
    headings: [names[0], ...columns.map((place) => labelAt(place, layout.xaxis, "x", layout))],
    rows: listOf(first.y).map((place, row) => [
      labelAt(place, layout.yaxis, "y", layout),
      ...columns.map((name) => field(row, name)),
    ]),
  }
}

// A chart without points is a drawing: its texts, from top to bottom.
const tableOfTexts = ({ annotations = [] }) => {
  const texts = annotations.filter(({ text }) => text)
  return {
    caption: "Parts of the drawing",
    headings: [],
    rows: texts.map(({ text }) => plain(text).split("\n")),
  }
}

// A figure may bring its table: { caption, headings, rows of texts }.
const tablesOf = ({ data: traces, layout }) => {
  if (layout.meta?.table) return [layout.meta.table]
  const fields = traces.filter(({ type }) => type === "heatmap")
  const points = tablesOfPoints(
    traces.filter(({ type }) => type !== "heatmap"),
    layout,
  )
  const tables = fields.length ? [tableOfFields(fields, layout), ...points] : points
  return tables.length ? tables : [tableOfTexts(layout)].filter(({ rows }) => rows.length)
}

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name)
  made.textContent = text
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  return made
}

const rowOf = ([first, ...texts]) => {
  const row = element("tr", "")
  row.append(element("th", first, { scope: "row" }), ...texts.map((text) => element("td", text)))
  return row
}

const tableElement = ({ caption, headings, rows }) => {
  const table = element("table", "")
  const step = Math.ceil(rows.length / LONGEST)
  const some = step > 1 ? rows.filter((_, row) => row % step === 0 || row === rows.length - 1) : rows
  const cut = step > 1 ? ` (one row in ${step} of ${rows.length.toLocaleString("en")}, and the last)` : ""
  table.createCaption().textContent = caption + cut
  if (headings.length) {
    const head = table.createTHead().insertRow()
    head.append(...headings.map((heading) => element("th", heading, { scope: "col" })))
  }
  table.createTBody().append(...some.map(rowOf))
  return table
}

// Show the data of a figure in `target`, instead of what it held.
export const showTables = (target, figure) => {
  const tables = tablesOf(figure)
  const notes = tables.length ? notesOf(figure.data, figure.layout) : ["The chart has no data yet."]
  const isShown = ({ rows: [row] }) => row && tables[0].headings.length === 0
  const said = tables.some(isShown) ? [] : notes // the table of a drawing already holds its texts
  target.replaceChildren(...tables.map(tableElement), ...said.map((note) => element("p", note)))
}
