// The list of runs as a table, or as cards where there is little room. Used by ui/run_table.py.
//
// A row is kept while its run is listed, so focus and ticks survive each new list. Runs are named by their id: a click
// acts on the run that the user saw, even if the list has changed meanwhile.

const SVG = "http://www.w3.org/2000/svg"
const [WIDTH, HEIGHT] = [70, 24] // of a curve, in pixels
const NARROW = 640 // pixels; a narrower list is shown as cards

const lists = new WeakMap() // the component's element -> { rows: id -> { row, text }, ticked, change, order, asked }

const element = (name, className, text) => {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

// Values from `low` to 1 as a line; a single value as a point. `null` values are left out.
const curve = (values, title, { low, color }) => {
  const picture = document.createElementNS(SVG, "svg")
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`)
  picture.setAttribute("role", "img")
  picture.setAttribute("aria-label", title)
  const places = values.flatMap((value, place) => {
    const x = values.length > 1 ? 3 + ((WIDTH - 6) * place) / (values.length - 1) : WIDTH / 2
    return value === null ? [] : [[x, HEIGHT - 3 - ((HEIGHT - 6) * (value - low)) / (1 - low)]]
  })
  const shape = document.createElementNS(SVG, places.length > 1 ? "polyline" : "circle")
  if (places.length > 1)
    shape.setAttribute("points", places.map((place) => place.map((n) => n.toFixed(1))).join(" "))
  if (places.length === 1) {
    for (const [name, value] of Object.entries({ cx: places[0][0], cy: places[0][1], r: 2 }))
      shape.setAttribute(name, value)
  }
  shape.style.stroke = color
  if (places.length) picture.append(shape)
  return picture
}

const nameCell = (run) => {
  const cell = element("th", "name")
  cell.scope = "row"
  const link = element("a", "", run.name)
  link.href = run.link
  link.dir = "auto"
  cell.append(link)
  if (run.about) cell.append(element("span", "about", run.about))
  if (run.sweep) {
    const sweep = element(run.sweep_link ? "a" : "span", "sweep", run.sweep)
    if (run.sweep_link) sweep.href = run.sweep_link
    cell.append(sweep)
  }
  if (run.tags.length) {
    const tags = element("span", "tags")
    tags.append(...run.tags.map((tag) => element("span", "tag", tag)))
    cell.append(tags)
  }
  if (run.remark) cell.append(element("span", "remark", run.remark))
  return cell
}

const cellOf = (run, column, data) => {
  if (column.key === "name") return nameCell(run)
  const cell = element("td", `${column.key}${column.number ? " number" : ""}`)
  cell.dataset.label = column.title
  const value = run[column.key]
  if (column.key === "state") cell.append(element("span", `badge ${run.shade}`, value))
  else if (column.key === "curve") {
    if (value.length) cell.append(curve(value, run.curve_text, data))
  } else cell.textContent = value
  cell.classList.toggle("empty", !value?.length)
  return cell
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const find = (selector) => parentElement.querySelector(selector)
  if (!lists.has(parentElement)) lists.set(parentElement, { rows: new Map(), ticked: new Set(), change: -1 })
  const own = lists.get(parentElement)
  if (data.change >= own.change) Object.assign(own, { change: data.change, ticked: new Set(data.ticked) })
  const body = find("tbody")

  // The server's answer to an earlier tick may arrive after a later tick. So each answer repeats the number
  // of the newest change that the server knows.
  const tick = (ids, ticked) => {
    for (const id of ids) ticked ? own.ticked.add(id) : own.ticked.delete(id)
    own.change += 1
    setStateValue("ticked", { ids: [...own.ticked], change: own.change })
    markTicks()
  }
  const markTicks = () => {
    for (const [id, { row }] of own.rows) {
      row.querySelector("input").checked = own.ticked.has(id)
      row.classList.toggle("ticked", own.ticked.has(id))
    }
    const count = data.rows.filter(({ id }) => own.ticked.has(id)).length
    const all = find(".all input")
    all.checked = count > 0 && count === data.rows.length
    all.indeterminate = count > 0 && count < data.rows.length
  }
  const rowOf = (run) => {
    const row = element("tr")
    const box = element("input")
    box.type = "checkbox"
    box.ariaLabel = `Tick ${run.name}`
    box.onchange = () => tick([run.id], box.checked)
    const boxCell = element("td", "box")
    const label = element("label") // a larger target for fingers
    label.append(box)
    boxCell.append(label)
    row.append(boxCell, ...data.columns.map((column) => cellOf(run, column, data)))
    row.onclick = (event) => {
      if (event.target.closest("label") || event.ctrlKey || event.metaKey || event.shiftKey) return
      if (getSelection().toString() && !event.target.closest("a")) return // the user marks text
      event.preventDefault()
      row.classList.add("opening")
      setTriggerValue("opened", event.target.closest("a.sweep") ? run.sweep_id : run.id)
    }
    return row
  }
  // A second click may come before the server's answer to the first: it turns the order that was asked for.
  if (data.order !== own.order) Object.assign(own, { order: data.order, asked: data.order })
  const ask = (column) => {
    const fallsFirst = column.number || column.order === "created"
    const isOrder = own.asked.replace("-", "") === column.order
    const falls = isOrder ? !own.asked.startsWith("-") : fallsFirst
    own.asked = `${falls ? "-" : ""}${column.order}`
    setTriggerValue("ordered", own.asked)
  }
  const drawHead = () => {
    const [key, falls] = [data.order.replace("-", ""), data.order.startsWith("-")]
    const heading = (column) => {
      const cell = element("th", `${column.key}${column.number ? " number" : ""}`)
      cell.scope = "col"
      if (column.help) cell.title = column.help
      if (!column.order) {
        cell.textContent = column.title
        return cell
      }
      const isOrder = column.order === key
      if (isOrder) cell.ariaSort = falls ? "descending" : "ascending"
      const button = element("button", "order", `${column.title}${isOrder ? (falls ? " ↓" : " ↑") : ""}`)
      button.type = "button"
      button.dataset.order = column.order
      button.onclick = () => ask(column)
      cell.append(button)
      return cell
    }
    const head = find("thead tr")
    const text = JSON.stringify([data.columns, data.order])
    if (own.head === text) return
    own.head = text
    const focused = head.querySelector("button:focus")?.dataset.order
    const corner = element("td", "box")
    head.replaceChildren(corner, ...data.columns.map(heading))
    if (focused) head.querySelector(`[data-order="${focused}"]`)?.focus()
  }
  const drawRows = () => {
    const before = own.rows
    const columns = JSON.stringify([data.columns, data.color, data.low])
    own.rows = new Map()
    for (const run of data.rows) {
      const text = JSON.stringify(run) + columns
      const known = before.get(run.id)
      const focused = known?.row.contains(parentElement.activeElement ?? document.activeElement)
      const entry = known?.text === text ? known : { row: rowOf(run), text }
      entry.row.classList.remove("opening")
      own.rows.set(run.id, entry)
      if (focused && entry !== known) own.focus = run.id
    }
    const rows = [...own.rows.values()].map(({ row }) => row)
    const unchanged =
      rows.length === body.children.length && rows.every((row, place) => row === body.children[place])
    if (!unchanged) body.replaceChildren(...rows)
    if (own.focus) own.rows.get(own.focus)?.row.querySelector("a").focus()
    own.focus = ""
  }
  drawHead()
  drawRows()
  markTicks()
  const frame = find(".runs")
  own.layOut = () => {
    const isNarrow = frame.clientWidth < NARROW
    frame.classList.toggle("cards", isNarrow || data.view === "cards")
    find(".views").hidden = isNarrow
  }
  own.layOut()
  if (!own.observer) {
    own.observer = new ResizeObserver(() => own.layOut())
    own.observer.observe(frame)
  }
  find(".count").textContent = data.count
  find(".all span").textContent = data.all
  find(".bar").hidden = data.rows.length === 0
  find(".all input").onchange = (event) =>
    tick(
      data.rows.map(({ id }) => id),
      event.target.checked,
    )
  for (const button of parentElement.querySelectorAll(".views button")) {
    button.ariaPressed = String(button.dataset.view === data.view)
    button.onclick = () => setTriggerValue("viewed", button.dataset.view)
  }
  return () => {
    own.observer.disconnect()
    lists.delete(parentElement)
  }
}
