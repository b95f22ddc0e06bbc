// Tells assistive technology which fields of the training form are wrong, and where the sentence about each stands.
// Streamlit has no option for it. Arrow keys change numbers. Used by ui/hyperparameter_fields.py.

let steps = {} // field of a number -> how far an arrow key moves it
let fields = {} // field -> true if its value is wrong, false if it is only doubtful

const set = (element, name, value) => {
  if (value === null) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

const nameOf = (place) =>
  [...place.classList].find((each) => each.startsWith("st-key-field-")).slice("st-key-field-".length)

const mark = () => {
  for (const place of document.querySelectorAll("[class*='st-key-field-']")) {
    const name = nameOf(place)
    const input = place.querySelector("input, textarea")
    const problem = place.querySelector(`.st-key-problem-${name}`)
    if (!input) continue
    if (name in steps) set(input, "inputmode", "decimal")
    const shown = name in fields && problem
    if (shown) {
      problem.id = `problem-${name}`
      set(input, "aria-invalid", String(fields[name]))
      set(input, "aria-describedby", problem.id)
    } else if (input.getAttribute("aria-describedby") === `problem-${name}`) {
      set(input, "aria-invalid", "false")
      set(input, "aria-describedby", null)
    }
  }
  const row = document.querySelector(".st-key-start-row [data-testid=stMarkdown]")
  if (row) set(row, "role", "status")
}

// React draws a field anew after each run of the script, and knows nothing of the marks.
const changes = new MutationObserver(mark)

// An arrow key moves the number by a step, as in a number field of the browser.
const move = (event) => {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key]
  const place = event.target.closest?.("[class*='st-key-field-']")
  const step = place && steps[nameOf(place)]
  const number = Number(event.target.value || Number.NaN)
  if (!direction || !step || Number.isNaN(number)) return
  event.preventDefault()
  const text = String(Number((number + direction * step).toPrecision(12)))
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(event.target, text)
  event.target.dispatchEvent(new Event("input", { bubbles: true })) // Streamlit takes the text with Enter
}
document.addEventListener("keydown", move)

export default function ({ data, parentElement }) {
  const color = getComputedStyle(parentElement.host ?? parentElement).getPropertyValue(
    "--st-background-color",
  )
  document.body.style.setProperty("--sequence-lab-background", color)
  fields = Object.fromEntries(data.fields)
  steps = Object.fromEntries(data.steps)
  const attributes = { attributes: true, attributeFilter: ["aria-invalid", "aria-describedby"] }
  changes.observe(document.body, { childList: true, subtree: true, ...attributes })
  mark()
  return () => changes.disconnect()
}
