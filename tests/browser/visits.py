"""What the browser tests do on a page: type, train, go to a page, wait until it is complete."""

import re
import time

from playwright.sync_api import Page, expect

SECONDS = 180  # the longest wait for anything on a page; a busy machine must not fail a test
expect.set_options(timeout=SECONDS * 1000)

GOOD, BAD = "A wonderful, moving film", "A terrible, boring waste of time"
# Nothing runs on the server for this page, whole_page.js has run, and plotly has drawn every chart.
COMPLETE = """() => {
  if (!document.body.dataset.textsFollowed) return false
  const state = document.querySelector("[data-test-script-state]")?.dataset.testScriptState
  const charts = [...document.querySelectorAll(".sequence-lab-chart")]
  return state === "notRunning" && charts.every((chart) => chart.querySelector(".main-svg"))
}"""
POINTS = """chart => (document.querySelectorAll(".js-plotly-plot")[chart]?.data ?? [])
  .reduce((sum, line) => sum + (line.x?.length ?? line.x?.shape?.[0] ?? 0), 0)"""


def box(page: Page):
    """The box for a review."""
    return page.locator("textarea#review")


def score(page: Page) -> str:
    """The probability that the page shows; while it is drawn anew, an earlier one may stand there, too."""
    return page.locator(".number").last.inner_text()


def points(page: Page, chart: int = 0) -> int:
    """How many points all lines of a chart have together, as plotly drew them."""
    return page.evaluate(POINTS, chart)


def wait_for(condition, seconds: float = SECONDS):
    """The first true value of condition(); fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError("waited in vain")


def wait_until_complete(page: Page) -> None:
    """Wait until the page is shown as a whole, twice in a row: a script may just begin."""
    expect(page.locator("h1").first).to_be_visible()
    for _ in range(2):
        page.wait_for_function(COMPLETE)
        page.wait_for_timeout(250)


def wait_for_text_box(page: Page) -> None:
    """Wait until "Type a review" alone is shown: the text box of the page before may be left for a moment."""
    expect(page.get_by_role("heading", name=re.compile("see (the score|its class)$"))).to_be_visible()
    wait_until_complete(page)


def go_to(page: Page, name: str, *, heading: str) -> None:
    """Follow the menu's link of this name."""
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of the list with this label. A page that is drawn anew closes the list: try again."""
    choice = page.get_by_role("combobox", name=label)
    chosen = page.get_by_role("option", name=option, exact=True)

    def opens():
        wait_until_complete(page)
        choice.press("ArrowDown")
        page.wait_for_timeout(300)
        return chosen.is_visible()

    choice.wait_for()
    wait_for(opens)
    chosen.click()
    wait_until_complete(page)


def fill(page: Page, label: str, text: str) -> None:
    """Replace the text of a field and confirm it."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")


def start_training(page: Page, server, epochs: int, *, double: bool = False) -> str:
    """Fill the form for a small run on the demo reviews; returns the run's id from the link."""
    page.goto(f"{server.url}/train")
    choose(page, "Data set", "Synthetic demo reviews")
    fill(page, "Epochs", str(epochs))
    expect(page.get_by_text(re.compile("Parameters"))).to_be_visible()
    page.wait_for_timeout(500)
    button = page.get_by_role("button", name="Start training")
    button.dblclick() if double else button.click()
    page.wait_for_url(re.compile(r"/watch\?run="))
    return re.search(r"run=([\w-]+)", page.url)[1]
