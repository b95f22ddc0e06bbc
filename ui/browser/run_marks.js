// Sentences and tables in which each run's name stands beside a piece of its line. Used by ui/run_marks.py.

const DASHES = { solid: "", dash: "7 4", dot: "2 3", dashdot: "7 3 2 3" }
const SVG = "http://www.w3.org/2000/svg"

const pieceOfLine = ({ color, dash }) => {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", "0 0 26 10")
  svg.setAttribute("aria-hidden", "true")
  const line = svg.appendChild(document.createElementNS(SVG, "line"))
  const facts = { x1: 0, x2: 26, y1: 5, y2: 5, stroke: color, "stroke-width": 3 }
  facts["stroke-dasharray"] = DASHES[dash]
  for (const [name, value] of Object.entries(facts)) line.setAttribute(name, value)
  return svg
}

const element = (name, text, kind) => {
  const node = document.createElement(name)
  node.textContent = text
  if (kind) node.className = kind
  return node
}

// A run's name was written by a user: browsers must not translate it.
const nameOf = (part) => {
  const name = element("span", part.run, "name")
  name.title = part.title
  name.translate = false
  return name
}

const filled = (node, parts) => {
  for (const part of parts) {
    if (typeof part === "string") node.append(part)
    else node.append(pieceOfLine(part), nameOf(part))
  }
  return node
}

// A click opens the page within the session; a middle click or a reload follows the address.
const linkOf = ({ label, address, page, key }, open) => {
  const link = element("a", label)
  link.href = address
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open({ page, key })
  }
  return link
}

const SHORT = 22 // characters of a cell that stays on one line

const cellOf = (name, { parts, note, tip, strong, links }, open) => {
  const cell = filled(document.createElement(name), parts)
  if (parts.every((part) => typeof part === "string" && part.length <= SHORT)) cell.className = "short"
  if (strong) {
    cell.classList.add("strong")
    cell.append(element("span", ` (${strong})`, "unseen"))
  }
  if (note) cell.append(element("small", note))
  if (tip) cell.title = tip
  if (links.length) {
    const row = cell.appendChild(element("small", "", "links"))
    row.append(...links.map((link) => linkOf(link, open)))
  }
  return cell
}

const tableOf = ({ label, heading, rows }, open) => {
  const box = document.createElement("div")
  box.className = "scroll"
  box.setAttribute("role", "region")
  box.setAttribute("aria-label", label)
  box.tabIndex = 0 // the arrow keys scroll it
  const table = box.appendChild(document.createElement("table"))
  const rowOf = (cells, names) => {
    const row = document.createElement("tr")
    row.append(...cells.map((cell, place) => cellOf(names(place), cell, open)))
    for (const head of row.querySelectorAll("th")) head.scope = names(1) === "th" ? "col" : "row"
    return row
  }
  table.appendChild(document.createElement("thead")).append(rowOf(heading, () => "th"))
  const body = table.appendChild(document.createElement("tbody"))
  body.append(...rows.map((cells) => rowOf(cells, (place) => (place ? "td" : "th"))))
  return box
}

export default function ({ parentElement, data, setTriggerValue }) {
  const content = parentElement.querySelector(".run-marks")
  const text = JSON.stringify(data)
  if (content.shown === text) return // a page that is drawn again every few seconds must not move the focus
  content.shown = text
  const open = (target) => setTriggerValue("open", target)
  const scrolled = parentElement.querySelector(".scroll")?.scrollLeft ?? 0
  const lines = data.lines.map((parts) => filled(document.createElement("p"), parts))
  const tables = data.table ? [tableOf(JSON.parse(data.table), open)] : []
  content.replaceChildren(...lines, ...tables)
  const box = parentElement.querySelector(".scroll")
  if (box) box.scrollLeft = scrolled
}
