// Words with their marks and a legend. Used by ui/verdict.py.

export default function ({ parentElement, data }) {
  const fill = (target, parts) =>
    target.replaceChildren(
      ...parts.flatMap(([text, kind, shade, number]) => {
        const span = document.createElement("span")
        span.className = `word ${kind}`
        span.textContent = text
        if (shade) span.style.cssText = `background: ${shade}; white-space: nowrap`
        if (number) span.appendChild(document.createElement("sub")).textContent = number
        return [span, document.createTextNode(" ")]
      }),
    )
  fill(parentElement.querySelector(".words"), data.words)
  fill(parentElement.querySelector(".key"), data.key)
}
