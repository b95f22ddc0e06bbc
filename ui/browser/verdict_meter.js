// The verdict, its probability, and a bar from the undecided middle. Used by ui/verdict.py. sayAfterPause is in spoken.js.

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  const texts = { verdict: data.verdict, number: data.number, low: data.ends[0], high: data.ends[1] }
  for (const [name, text] of Object.entries(texts)) {
    find(name).textContent = find(name).title = text // a long name is cut on the page, not in its title
  }
  const { style } = find("fill")
  style.left = `${100 * Math.min(data.share, 0.5)}%`
  style.right = `${100 * (1 - Math.max(data.share, 0.5))}%`
  style.background = data.color
  return sayAfterPause(find("spoken"), data.spoken)
}
