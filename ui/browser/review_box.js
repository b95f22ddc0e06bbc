// A text area that reports its text after a typing pause. Used by ui/review_box.py.

// Kept while the tab is open, so that the text outlives the box, a page change and a restart of the server.
const memory = new Map() // the box's key -> { text, revision }
const timers = new WeakMap()

// A message sent during a page change would bring the old page back, or leave an empty page. So the box waits
// until no script runs, and a third of the typing pause longer, because a page change may follow at once. If
// the page was left before that, the box sends its text when it is shown again.
const scriptRuns = () => {
  const state = document.querySelector("[data-test-script-state]")?.dataset.testScriptState
  return state === "running" || state === "rerunRequested"
}

// Streamlit's links and buttons do not show at once that they have asked for another page: only the server's
// answer does. From a click until a script runs, a page change may be on its way.
const LONGEST_ANSWER = 3000 // milliseconds; after that the click has asked for nothing
let lastClick = -LONGEST_ANSWER
const answerIsAwaited = () => performance.now() - lastClick < LONGEST_ANSWER
const noteClick = (event) => {
  if (event.type === "popstate" || event.target.closest?.("a, button")) lastClick = performance.now()
}
addEventListener("click", noteClick, true) // Enter on a link is a click, too
addEventListener("popstate", noteClick)
new MutationObserver(() => {
  if (scriptRuns()) lastClick = -LONGEST_ANSWER
}).observe(document, { attributeFilter: ["data-test-script-state"], subtree: true })

// A link with a text holds it behind "#text=", which browsers send to no server. It is read once, when the page
// is opened, and then taken out of the address bar, so that it is in no link that is copied from there.
const MARK = "#text="
// Streamlit may have replaced the address by then; the browser knows which address was opened.
const openedAddress = performance.getEntriesByType("navigation")[0]?.name ?? location.href
const linked = openedAddress.includes(MARK)
  ? openedAddress.slice(openedAddress.indexOf(MARK) + MARK.length)
  : ""
if (location.hash.startsWith(MARK))
  history.replaceState(history.state, "", location.pathname + location.search)
let linkedText = null // null: the link's text cannot be read
try {
  linkedText = decodeURIComponent(linked)
} catch {}

const linkWith = (text) => {
  const wellFormed = text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    "\ufffd",
  )
  return location.origin + location.pathname + location.search + MARK + encodeURIComponent(wellFormed)
}

// Put a link with the text into the clipboard; where the browser forbids that, show it for copying by hand.
const copyLink = async (parent, text, words) => {
  const [answer, address] = [parent.querySelector(".copied"), parent.querySelector(".address")]
  address.hidden = true
  const most = words.most
  const link = text.length > most ? "" : linkWith(text)
  const size = link ? link.length : text.length
  if (!text.trim()) {
    answer.textContent = words.empty
  } else if (size > most || !link) {
    const number = (value) => value.toLocaleString("en")
    answer.textContent = words.too_long.replace("{size}", number(size)).replace("{most}", number(most))
  } else {
    try {
      await navigator.clipboard.writeText(link)
      answer.textContent = words.copied
    } catch {
      answer.textContent = words.selected
      address.value = link
      address.hidden = false
      address.select()
    }
  }
}

// The direction of the first letter. The attribute dir="auto" does the same, but 10 MB of text take it minutes.
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/
const direction = (text) => (RIGHT_TO_LEFT.test(text.slice(0, 1000).match(/\p{L}/u)?.[0]) ? "rtl" : "ltr")

export default function ({ parentElement, data, setStateValue }) {
  const box = parentElement.querySelector("textarea")
  const send = (quiet) => {
    const waits = scriptRuns() || answerIsAwaited()
    if (!quiet || waits) return sendAfter(data.pause / 3, !waits)
    setStateValue("characters", box.value.length)
    setStateValue("text", box.value.slice(-data.longest)) // networks read the end; 10 MB need not travel
  }
  const sendAfter = (milliseconds, quiet = true) => {
    clearTimeout(timers.get(box))
    timers.set(box, setTimeout(send, milliseconds, quiet))
  }
  const known = memory.get(data.key)
  // True after a button in Python has set a text, and in a new session, which does not know the text yet.
  const renewed = known?.revision !== data.revision
  const mounted = box.dataset.revision === undefined
  const early = mounted ? box.value : "" // typed before this script has run
  const opened = mounted && !known ? linkedText : ""
  const text = early || opened || (known && !(renewed && data.text) ? known.text : data.text)
  memory.set(data.key, { text, revision: data.revision })
  box.dataset.revision = data.revision
  box.placeholder = data.placeholder
  parentElement.querySelector("label").textContent = data.label
  // Otherwise the box holds a newer text than Python sends back.
  if (mounted || renewed) {
    clearTimeout(timers.get(box))
    box.value = text
    if (text.slice(-data.longest) !== data.text) sendAfter(0)
  }
  const answer = parentElement.querySelector(".copied")
  const copy = parentElement.querySelector(".copy")
  const words = Object.fromEntries(data.link)
  if (linkedText === null) answer.textContent = words.unreadable
  copy.textContent = words.copy
  copy.onclick = () => copyLink(parentElement, box.value, words)
  box.dir = direction(box.value)
  box.oninput = () => {
    box.dir = direction(box.value)
    memory.get(data.key).text = box.value
    answer.textContent = ""
    linkedText = ""
    parentElement.querySelector(".address").hidden = true
    sendAfter(data.pause)
  }
  return () => clearTimeout(timers.get(box))
}
