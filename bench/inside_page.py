"""Measure how soon a view of "See inside" stands on the page after the typing pause, in a real browser.

    python -m bench.inside_page [--words 20] [--view path]

Words are typed after an IMDB review, one by one, up to 250 words. Each time goes from the end of the typing
pause to the last change that the word causes: in the view, and on the whole page. The page includes the
score, the effects of all words and every chart, but not the sentence for screen readers, which waits for a
longer pause. A word that changes nothing in the view is left out. Needs the IMDB files and a Chromium.
"""

import argparse

from playwright.sync_api import sync_playwright

from bench.inside import WORDS, review_texts
from bench.runs import machine
from bench.server import CHROMIUM, QUIET, TYPED, serve, spread
from ui.review_box import PAUSE_MILLISECONDS

VIEWS = {  # one network for each view; every other network reads and draws in the same way
    "path": "lstm",
    "units": "lstm",
    "why": "lstm",
    "words": "lstm",
    "filters": "cnn_lstm",
    "phrases": "wide_deep",
}
# The milliseconds from the typed word to the last change of texts, shapes and elements within `quiet` ms:
# [of the view, of the whole page].
ADD_A_WORD = """([word, quiet]) => new Promise(done => {
  const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap(
    (element) => element.shadowRoot ? roots(element.shadowRoot) : [])]
  const all = roots(document)
  const box = all.map((root) => root.querySelector("textarea#review")).find(Boolean)
  const isWithin = ({ target }, selector) => {
    let element = target
    while (element && !element.matches?.(selector)) element = element.parentNode ?? element.host
    return Boolean(element)
  }
  let ofView = null
  let ofPage = null
  const observer = new MutationObserver((changes) => {
    const now = performance.now() - start
    if (changes.some((change) => isWithin(change, ".st-key-inside-the-network"))) ofView = now
    if (changes.some((change) => !isWithin(change, ".spoken"))) ofPage = now
  })
  const start = performance.now()
  for (const root of all) {
    observer.observe(root, {
      childList: true, characterData: true, subtree: true, attributeFilter: ["d", "points", "transform", "x"],
    })
  }
  box.value += " " + word
  box.dispatchEvent(new Event("input"))
  setTimeout(() => { observer.disconnect(); done([ofView, ofPage]) }, quiet)
})"""
QUIET_AFTER = 3000  # ms that each word is watched
UNCOUNTED = 2  # words that are typed first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=20)
    parser.add_argument("--view", choices=VIEWS)
    options = parser.parse_args()
    views = {name: VIEWS[name] for name in VIEWS if options.view in (None, name)}
    [text] = review_texts(1)
    text = " ".join(text.split()[: WORDS - options.words - UNCOUNTED])
    print(f"A review, then {options.words} words, up to {WORDS} words; {machine()}")
    print(
        "\n| view | network | view, ms: median, 95 %, worst | whole page, ms |\n|---|---|---|---|", flush=True
    )
    server, address, _ = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
            for view, network in views.items():
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                waited = _type_words(page, f"{address}?model=pretrained/{network}", view, text, options.words)
                figures = " | ".join(map(spread, zip(*waited, strict=True)))
                print(f"| {view} | `{network}` | {figures} |", flush=True)
                page.close()
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def _type_words(page, address, view, text, count):
    """[milliseconds of the view, of the page] for each word but the first ones."""
    page.goto(f"{address}&inside=true&view={view}")
    page.locator("textarea#review").fill(text)
    page.locator(".verdict").wait_for()
    page.wait_for_timeout(4000)
    waited = [page.evaluate(ADD_A_WORD, [word, QUIET_AFTER]) for word in TYPED[: count + UNCOUNTED]]
    return [[each - PAUSE_MILLISECONDS for each in both] for both in waited[UNCOUNTED:] if None not in both]


if __name__ == "__main__":
    main()
