// Tells assistive technology which fields of the training form are wrong, and where the sentence about each stands.
// Streamlit has no option for it. Used by ui/hyperparameter_fields.py.

let fields = {} // field -> whether it is wrong; else its value is only doubted

const set = (element, name, value) => {
  if (value === null) element.removeAttribute(name)
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

const mark = () => {
  for (const place of document.querySelectorAll("[class*='st-key-field-']")) {
    const name = [...place.classList]
      .find((each) => each.startsWith("st-key-field-"))
      .slice("st-key-field-".length)
    const input = place.querySelector("input, textarea")
    const problem = place.querySelector(`.st-key-problem-${name}`)
    if (!input) continue
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

export default function ({ data, parentElement }) {
  const color = getComputedStyle(parentElement.host ?? parentElement).getPropertyValue(
    "--st-background-color",
  )
  document.body.style.setProperty("--sequence-lab-background", color)
  fields = data.fields
  const attributes = { attributes: true, attributeFilter: ["aria-invalid", "aria-describedby"] }
  changes.observe(document.body, { childList: true, subtree: true, ...attributes })
  mark()
  return () => changes.disconnect()
}
