// The most probable class, and a bar for the share of each class. Used by ui/verdict.py. sayAfterPause is in spoken.js.

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  find("verdict").textContent = find("verdict").title = data.verdict
  find("number").textContent = data.number
  const part = (name, text = "") => {
    const element = document.createElement("span")
    element.className = name
    element.textContent = text
    return element
  }
  const bar = ([name, share, number]) => {
    const row = document.createElement("li")
    row.append(part("name", name), part("track"), part("share", number))
    row.firstChild.title = name // a long name is cut on the page
    row.firstChild.dir = "auto"
    const fill = row.children[1].appendChild(document.createElement("div"))
    fill.className = "fill"
    fill.style.cssText = `width: ${100 * share}%; background: ${data.color}`
    return row
  }
  find("bars").replaceChildren(...data.rows.map(bar))
  return sayAfterPause(find("spoken"), data.spoken)
}
