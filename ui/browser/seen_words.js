// Words with their marks and a legend; with `data.menu`, a click on a word opens a menu that changes it. Used
// by ui/verdict.py.

const LONGEST_ON_ONE_LINE = 24 // characters; a longer word wraps, and then its number may stand on another line
const open = new WeakMap() // the words' element -> position of the word whose menu is open
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e9, End: 1e9 }

const create = (name, text = "", properties = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...properties })

const spokenWord = (text, number, spoken) => `${text}${number && ` ${number}`}: ${spoken}`

const fill = (target, parts) =>
  target.replaceChildren(
    ...parts.flatMap(([text, kind, shade, number, joined, spoken]) => {
      const span = create("span", text, { className: `word ${kind}${joined ? " joined" : ""}` })
      if (shade) span.style.background = shade
      if (shade && text.length < LONGEST_ON_ONE_LINE) span.style.whiteSpace = "nowrap"
      if (number) span.append(create("sub", number))
      if (spoken) span.ariaLabel = spokenWord(text, number, spoken)
      return [joined ? "" : " ", span]
    }),
  )

// Mark the words that a chart points at, see chart.js.
const markPointed = (words) => {
  words.stopMarking?.()
  const mark = ({ detail: [first, last] }) => {
    const all = [...words.querySelectorAll(".word")]
    all.forEach((span, place) => {
      const fromEnd = all.length - place
      span.classList.toggle("pointed", fromEnd <= first && fromEnd >= last)
    })
  }
  document.addEventListener("sequence-lab-words", mark)
  words.stopMarking = () => document.removeEventListener("sequence-lab-words", mark)
}

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const words = parentElement.querySelector(".words")
  const box = parentElement.querySelector(".menu")
  const spans = () => [...words.querySelectorAll(".word")]
  const focused = spans().indexOf(words.getRootNode().activeElement)
  const remembered = Number(words.dataset.current ?? 0)
  fill(words, data.words)
  markPointed(words)
  fill(parentElement.querySelector(".key"), data.key)
  const menu = Object.fromEntries(data.menu)
  if (!data.menu.length) {
    box.hidden = true
    return () => words.stopMarking()
  }

  // One tab stop for all words; arrow keys move from word to word.
  const all = spans()
  const from = data.words[0]?.[5] ? 0 : 1 // the sign of words that are not shown cannot be clicked
  const current = Math.max(from, Math.min(remembered, all.length - 1))
  words.role = "group"
  words.ariaLabel = menu.help
  all.slice(from).forEach((span, position) => {
    span.role = "button"
    span.ariaHasPopup = "dialog"
    span.ariaExpanded = "false"
    span.tabIndex = position + from === current ? 0 : -1
  })
  const go = (position) => {
    all[words.dataset.current ?? 0]?.setAttribute("tabindex", "-1")
    words.dataset.current = Math.max(from, Math.min(all.length - 1, position))
    all[words.dataset.current].tabIndex = 0
    all[words.dataset.current].focus()
  }
  const close = (returns) => {
    const position = open.get(words)
    if (position === undefined) return
    open.delete(words)
    box.hidden = true
    all[position]?.setAttribute("aria-expanded", "false")
    if (returns) go(position)
  }
  const choose = (position, to) => {
    close(true)
    setTriggerValue("change", { position: position + menu.first, word: data.words[position][0], to })
  }
  const place = (position) => {
    const span = all[position]
    box.style.top = `${span.offsetTop + span.offsetHeight + 4}px`
    box.style.left = `${Math.max(0, Math.min(span.offsetLeft, words.offsetWidth - box.offsetWidth))}px`
  }
  const similar = (position) => {
    const part = create("div", "", { className: "similar" })
    const [text] = data.words[position]
    part.append(create("p", menu.asked === text ? menu.remark || menu.similar : menu.looking))
    if (menu.asked === text && !menu.remark) {
      const group = create("div", "", { className: "choices", role: "group", ariaLabel: menu.similar })
      const choice = ([word, number]) =>
        create("button", `${word} ${number}`, { type: "button", onclick: () => choose(position, word) })
      group.append(...menu.neighbours.map(choice))
      part.append(group)
    }
    return part
  }
  // Draw the menu, or in an open menu only what can be new: what the word does, and the similar words.
  const draw = (position, isNew) => {
    const [text, , , number, , spoken] = data.words[position]
    if (isNew) {
      const form = create("form")
      const input = create("input", "", { maxLength: menu.longest, placeholder: menu.another })
      input.ariaLabel = menu.another
      form.append(input, create("button", menu.put))
      box.ariaLabel = `${menu.title} “${text}”`
      box.replaceChildren(create("p"), create("button", menu.leave, { type: "button" }), create("div"), form)
    }
    const [title, leave, part, form] = box.children
    title.textContent = spokenWord(`“${text}”`, number, spoken)
    leave.onclick = () => choose(position, "")
    part.replaceWith(similar(position))
    form.onsubmit = (event) => {
      event.preventDefault()
      const word = form.querySelector("input").value.trim()
      if (word) choose(position, word)
    }
    box.hidden = false
    all[position].ariaExpanded = "true"
    place(position)
    if (isNew) leave.focus()
  }
  const begin = (position) => {
    close(false)
    open.set(words, position)
    go(position)
    words.dataset.text = data.words[position][0]
    words.dataset.count = all.length
    draw(position, true)
    if (menu.asked !== data.words[position][0]) setStateValue("asked", data.words[position][0])
  }

  words.onclick = (event) => {
    const position = all.indexOf(event.target.closest(".word"))
    if (position < from) return
    if (open.get(words) === position) close(true)
    else begin(position)
  }
  // In texts from right to left the next word is on the left.
  const turn = (key) => (/Left|Right/.test(key) && getComputedStyle(words).direction === "rtl" ? -1 : 1)
  words.onkeydown = (event) => {
    const position = all.indexOf(event.target)
    if (position < from) return
    if (event.key === "Enter" || event.key === " ") begin(position)
    else if (event.key === "Escape") close(true)
    else if (STEPS[event.key]) go(position + STEPS[event.key] * turn(event.key))
    else return
    event.preventDefault()
  }
  box.onkeydown = (event) => {
    if (event.key === "Escape") close(true)
  }
  const outside = (event) => {
    if (!event.composedPath().some((part) => part === box || part === words)) close(false)
  }
  document.addEventListener("pointerdown", outside)
  words.stop?.()
  words.stop = () => document.removeEventListener("pointerdown", outside)

  // The menu stays open while the page is drawn again, unless its word is another one now.
  // Words before it may have come or gone.
  const before = open.get(words)
  const places = [before, before + all.length - Number(words.dataset.count)]
  const position = places.find((place) => data.words[place]?.[0] === words.dataset.text)
  if (position === undefined) {
    close(false)
  } else if (before !== undefined) {
    open.set(words, position)
    words.dataset.count = all.length
    draw(position, false)
  }
  if (focused >= 0 && open.get(words) === undefined) go(focused)
  return () => {
    words.stop?.()
    words.stopMarking()
  }
}
