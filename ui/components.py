"""Small browser components: a text area that reports while the user types, a verdict, the words a network
sees, a chart.

All text is set as text (textContent), never as HTML. Colours come from the user's theme.
"""

import secrets

import plotly
import streamlit as st

from ui.server import PLOTLY

PAUSE_MILLISECONDS = 150

_REVIEW_BOX = st.components.v2.component(
    "review_box",
    html='<label for="review">Your review</label>\n<textarea id="review" rows="6" spellcheck="false"></textarea>',
    css="""
label { display: block; font-size: 0.875rem; margin-bottom: 0.3rem; color: var(--st-text-color); }
textarea { width: 100%; box-sizing: border-box; resize: vertical; padding: 0.8rem 1rem; font: inherit; font-size: 1.05rem;
  line-height: 1.5; color: var(--st-text-color); background: var(--st-background-color);
  border: 2px solid var(--st-border-color); border-radius: var(--st-base-radius); }
textarea:focus { outline: none; border-color: var(--st-primary-color); }
""",
    js="""
// Kept while the tab is open, so that the text outlives the box, a page change and a restart of the server.
const memory = new Map() // the box's key -> { text, revision }
const timers = new WeakMap()
// A message sent during a page change would bring the old page back, or leave an empty page. So the box waits
// until no script runs, and a third of the typing pause longer, because a page change may follow at once. If
// the page was left before that, the box sends its text when it is shown again.
const busy = () => {
  const state = document.querySelector("[data-test-script-state]")?.dataset.testScriptState
  return state === "running" || state === "rerunRequested"
}
export default function ({ parentElement, data, setStateValue }) {
  const box = parentElement.querySelector("textarea")
  const send = (quiet) => {
    if (!quiet || busy()) return sendAfter(data.pause / 3, !busy())
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
  const text = known && !(renewed && data.text) ? known.text : data.text
  memory.set(data.key, { text, revision: data.revision })
  const mounted = box.dataset.revision === undefined
  box.dataset.revision = data.revision
  box.placeholder = data.placeholder
  if (mounted || renewed) { // otherwise the box holds a newer text than Python sends back
    clearTimeout(timers.get(box))
    box.value = text
    if (text.slice(-data.longest) !== data.text) sendAfter(0)
  }
  box.oninput = () => {
    memory.get(data.key).text = box.value
    sendAfter(data.pause)
  }
  return () => clearTimeout(timers.get(box))
}
""",
)

_METER = st.components.v2.component(
    "verdict_meter",
    html='<div class="row"><span class="verdict"></span><span class="number"></span></div>\n'
    '<div class="track"><div class="fill"></div><div class="middle"></div></div>\n'
    '<div class="row ends"><span>negative</span><span>positive</span></div>',
    css="""
.row { display: flex; justify-content: space-between; align-items: baseline; color: var(--st-text-color); }
.verdict { font-size: 1.7rem; font-weight: 700; }
.number { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.ends { font-size: 0.8rem; opacity: 0.75; }
.track { position: relative; height: 1.1rem; margin: 0.4rem 0 0.2rem; border-radius: 0.55rem; overflow: hidden;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); }
.fill { position: absolute; top: 0; bottom: 0; transition: left 0.15s, right 0.15s; }
.middle { position: absolute; left: 50%; top: 0; bottom: 0; width: 2px; background: var(--st-text-color); }
""",
    js="""
export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector("." + name)
  find("verdict").textContent = data.verdict
  find("number").textContent = data.number
  const share = data.share, fill = find("fill")
  fill.style.left = 100 * Math.min(share, 0.5) + "%"
  fill.style.right = 100 * (1 - Math.max(share, 0.5)) + "%"
  fill.style.background = data.color
}
""",
)

_SEEN_WORDS = st.components.v2.component(
    "seen_words",
    html='<p class="words" translate="no"></p>\n<p class="key"></p>',
    css="""
p { margin: 0.2rem 0; color: var(--st-text-color); line-height: 1.7; overflow-wrap: anywhere; }
.cut { opacity: 0.45; font-style: italic; }
.unknown { text-decoration: line-through; opacity: 0.75; }
.word { border-radius: 0.25rem; padding: 0.05rem 0.15rem; }
sub { font-size: 0.7em; opacity: 0.85; font-variant-numeric: tabular-nums; }
.key { font-size: 0.85rem; }
""",
    js="""
export default function ({ parentElement, data }) {
  const fill = (target, parts) => target.replaceChildren(...parts.flatMap(([text, kind, shade, number]) => {
    const span = document.createElement("span")
    span.className = "word " + kind
    span.textContent = text
    if (shade) span.style.cssText = `background: ${shade}; white-space: nowrap`
    if (number) span.appendChild(document.createElement("sub")).textContent = number
    return [span, document.createTextNode(" ")]
  }))
  fill(parentElement.querySelector(".words"), data.words)
  fill(parentElement.querySelector(".key"), data.key)
}
""",
)

_CHART = st.components.v2.component(
    "chart",
    html='<div class="sequence-lab-chart" role="img" translate="no"></div>\n<p></p>',
    js="""
const loaded = (source) => window.sequenceLabPlotly ??= new Promise((done, fail) => {
  const script = document.createElement("script")
  script.src = source
  script.onload = () => done(window.Plotly)
  script.onerror = fail
  document.head.append(script)
})
const themed = (layout, style) => {
  const [text, line] = ["--st-text-color", "--st-border-color"].map((name) => style.getPropertyValue(name))
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
  for (const name of axes) layout[name] = { gridcolor: line, zeroline: false, automargin: true, ...layout[name] }
  const font = { color: text, family: style.getPropertyValue("--st-font") || "sans-serif", size: 13 }
  return { paper_bgcolor: "transparent", plot_bgcolor: "transparent", font, ...layout }
}
// All of a figure but its points, where axes with a range of their own hold these. While it stays, new points are drawn alone:
// axes, their labels and the legend are most of a drawing. A line's first point has it appear in the legend.
const frame = (traces, layout) => {
  const fixed = layout.xaxis?.range && layout.yaxis?.range && traces.every(({ x, y }) => Array.isArray(x) && Array.isArray(y))
  return fixed ? JSON.stringify([layout, traces.map(({ x, y, ...style }) => [style, x.length > 0])]) : null
}
const AT_ONCE = { frame: { duration: 0, redraw: false }, transition: { duration: 0 }, mode: "immediate" }
// Plotly's options that could send a chart or fetch a file are off. No chart is a map, so topojsonURL names
// no server.
const CONFIG = {
  displaylogo: false, showSendToCloud: false, plotlyServerURL: "", topojsonURL: "plotly/no-maps",
  responsive: true, displayModeBar: "hover",
}
const draw = (Plotly, box, { data: traces, layout }) => {
  layout = themed(layout, getComputedStyle(box))
  const before = box.frame
  box.frame = frame(traces, layout)
  if (before && before === box.frame) return Plotly.animate(box, { data: traces.map(({ x, y }) => ({ x, y })) }, AT_ONCE)
  return Plotly.react(box, traces, layout, CONFIG)
}
export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".sequence-lab-chart")
  box.setAttribute("aria-label", data.alt)
  box.style.minHeight = data.height + "px"
  loaded(data.source)
    .then((Plotly) => draw(Plotly, box, JSON.parse(data.figure)))
    .catch(() => { parentElement.querySelector("p").textContent = data.alt })
  return () => {
    box.frame = null // what is purged has to be drawn whole
    window.Plotly?.purge(box)
  }
}
""",
    isolate_styles=False,  # plotly writes its own styles into the page
)

# Style sheet and script for Streamlit's own elements. Progress bars have no transition: an animated bar makes
# the browser repaint the page 60 times a second, on a machine whose cores are busy with training.
_WHOLE_PAGE = st.components.v2.component(
    "whole_page",
    html="<span></span>",
    css="""
[data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
[data-testid="stMarkdownContainer"] th { max-width: 16rem; overflow-wrap: break-word; }
[data-testid="stSelectbox"] input, [data-testid="stTextInput"] input { text-overflow: ellipsis; }
[data-testid="stProgress"] * { transition: none !important; }
/* What became of a click is in view wherever the button was (ui.parts.page_heading). */
[data-testid="stLayoutWrapper"]:has(> .st-key-messages) { position: sticky; top: 3.75rem; z-index: 99; }
.st-key-messages { background: Canvas; border-radius: 0.6rem; }
""",
    js="""
// A browser's translator replaces text nodes with <font> elements, but React still holds the old text nodes.
// It would change text that is no longer shown, and fail to remove it
// (https://github.com/facebook/react/issues/11538). So when React changes a replaced text node, the node
// takes the place of its <font>, and is translated again. When React removes a replaced text node, or inserts
// a node before it, the <font> stands in for the text node.
const fonts = new WeakMap() // text node -> the <font> in its place
const taken = new WeakSet() // the <font>s that are values of `fonts`
const inPlaceOf = (node, parent) => {
  const font = node && node.parentNode !== parent ? fonts.get(node) : null
  return font?.parentNode === parent ? font : node
}
const { removeChild, insertBefore } = Node.prototype
Node.prototype.removeChild = function (child) {
  removeChild.call(this, inPlaceOf(child, this))
  return child
}
Node.prototype.insertBefore = function (node, next) {
  return insertBefore.call(this, node, inPlaceOf(next, this))
}
const isNewFont = (node) => node?.nodeName === "FONT" && !taken.has(node)
const changes = new MutationObserver((records) => {
  for (const { type, target, removedNodes, addedNodes, previousSibling, nextSibling } of records) {
    if (type === "characterData" && fonts.get(target)?.isConnected) fonts.get(target).replaceWith(target)
    for (const node of removedNodes) {
      const font = [...addedNodes, previousSibling, nextSibling].find(isNewFont)
      if (node.nodeType !== Node.TEXT_NODE || !font) continue
      fonts.set(node, font)
      taken.add(font)
      changes.observe(node, { characterData: true })
    }
  }
  mark()
})
// Texts and names that the user wrote, and code: they must not be translated.
const VERBATIM = ["[data-testid=stText]", "[data-testid=stCode]", "[class*=st-key-verbatim]"]
const UNMARKED = VERBATIM.map((element) => `${element}:not([translate])`).join()
const mark = () => document.querySelectorAll(UNMARKED).forEach((element) => element.setAttribute("translate", "no"))
changes.observe(document.body, { childList: true, subtree: true })
mark()
document.body.dataset.textsFollowed = "yes" // a translation from now on is noticed, an earlier one is not
export default function () {}
""",
    isolate_styles=False,
)


def whole_page() -> None:
    """Mend Streamlit's elements: translated pages stay current, messages in view, long texts get a "…", wide
    tables scroll.
    """
    _WHOLE_PAGE(key="whole page", height=1)


def chart(figure, *, key: str, alt: str) -> None:
    """A plotly figure that is updated in place: zoom and hidden lines survive new values, nothing flickers.

    Streamlit's own chart is built anew at every change, which loses both. `alt` says in one line what the
    figure shows.
    """
    drawn_chart(drawn(figure), key=key, alt=alt)


def drawn(figure) -> tuple[str, int]:
    """(the figure's JSON, its height in pixels): what drawn_chart shows, again and again if need be."""
    figure.update_layout(template="none")
    return figure.to_json(), figure.layout.height


def drawn_chart(shown: tuple[str, int], *, key: str, alt: str) -> None:
    """As chart, of what drawn() gave."""
    _CHART(data={"figure": shown[0], "source": plotly_url(), "alt": alt, "height": shown[1]}, key=key)


def plotly_url() -> str:
    """The address of plotly.js, relative to a page: ui.server serves it from the installed package."""
    # The version is in the address because a browser keeps the file in its cache.
    return f"{PLOTLY}/plotly.min.js?v={plotly.__version__}"


def review_box(*, key: str, longest: int) -> tuple[str, int]:
    """A multi-line box; returns (the last `longest` characters of its text, the length of the whole text).

    The browser sends the text after a typing pause. It keeps the text while its tab is open, and sends it
    again to a new session.
    """
    kept = _kept(key)

    def typed():
        kept["text"], kept["characters"] = (
            st.session_state[key].get("text") or "",
            st.session_state[key].get("characters") or 0,
        )

    shown = {
        "placeholder": "Type or paste a film review …",
        "longest": longest,
        "pause": PAUSE_MILLISECONDS,
        "key": key,
    }
    shown |= {"text": kept["text"], "revision": kept["revision"]}
    box = _REVIEW_BOX(key=key, data=shown, on_text_change=typed, on_characters_change=typed)
    if box.text and not kept["text"]:  # after a restart of the server, the browser brings the text back
        kept.update(text=box.text, characters=box.characters or len(box.text))
    return kept["text"], kept["characters"]


def set_review(text: str, *, key: str) -> None:
    """Put `text` into the box (for a button's callback). What is kept outlives the box: leaving the page
    loses nothing.
    """
    _kept(key).update(text=text, characters=len(text), revision=secrets.token_hex(8))


def _kept(key):
    """The session's copy of the box; a new `revision` tells the browser to show this `text`."""
    return st.session_state.setdefault(
        f"{key}-kept", {"text": "", "characters": 0, "revision": secrets.token_hex(8)}
    )


def verdict_meter(probability: float, *, color: str) -> None:
    """The verdict in words, its probability, and a bar from the undecided middle."""
    verdict = "Positive" if probability > 0.5 else "Negative"
    _METER(
        data={
            "verdict": verdict,
            "number": f"{probability:.1%} positive",
            "share": probability,
            "color": color,
        },
        key="verdict",
    )


def seen_words(words: list[tuple], key: list[tuple], *, name: str = "seen") -> None:
    """Words as (text, status "read", "unknown" or "cut"[, background, small number]) and a line that explains
    the marks.

    `name` tells two of them on one page apart.
    """
    # Tuples, because Streamlit has pandas look whether a list is a data frame.
    _SEEN_WORDS(data={"words": tuple(words), "key": tuple(key)}, key=name)
