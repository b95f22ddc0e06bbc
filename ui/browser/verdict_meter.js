// The verdict, its probability, and a bar from the undecided middle. Used by ui/verdict.py.

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  find("verdict").textContent = data.verdict
  find("number").textContent = data.number
  const { style } = find("fill")
  style.left = `${100 * Math.min(data.share, 0.5)}%`
  style.right = `${100 * (1 - Math.max(data.share, 0.5))}%`
  style.background = data.color
}
