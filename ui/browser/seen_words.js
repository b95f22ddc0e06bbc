// Words with their marks and a legend. Used by ui/verdict.py.

const LONGEST_ON_ONE_LINE = 24 // characters; a longer word wraps, and then its number may stand on another line

export default function ({ parentElement, data }) {
  const fill = (target, parts) =>
    target.replaceChildren(
      ...parts.flatMap(([text, kind, shade, number, joined]) => {
        const span = document.createElement("span")
        span.className = `word ${kind}${joined ? " joined" : ""}`
        span.textContent = text
        if (shade) span.style.background = shade
        if (shade && text.length < LONGEST_ON_ONE_LINE) span.style.whiteSpace = "nowrap"
        if (number) span.appendChild(document.createElement("sub")).textContent = number
        return [joined ? "" : " ", span]
      }),
    )
  fill(parentElement.querySelector(".words"), data.words)
  fill(parentElement.querySelector(".key"), data.key)
}
