"""See inside: type, open the section, move the epoch slider, point at a word, and use the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import box, wait_until_complete

TEXT = "The first half is boring, but the acting is wonderful"
PATH = """name => {
  const chart = [...document.querySelectorAll(".js-plotly-plot")].find((each) => each.layout.meta?.words)
  return chart?.data.find((trace) => trace.name === name)
}"""
POINT = """place => {
  const chart = [...document.querySelectorAll(".js-plotly-plot")].find((each) => each.layout.meta?.words)
  const curve = chart.data.findIndex((trace) => trace.name === "your text")
  window.Plotly.Fx.hover(chart, [{ curveNumber: curve, pointNumber: place }])
}"""


@pytest.fixture
def opened(page: Page, server):
    """The page with TEXT in its box and the section open."""
    page.goto(f"{server.url}/?model=pretrained/lstm&inside=true")
    box(page).fill(TEXT)
    expect(page.locator(".words .word")).to_have_count(len(TEXT.split()))
    page.wait_for_function(f"Boolean(({PATH})('your text'))")
    wait_until_complete(page)
    return page


def test_the_path_follows_the_typed_words_and_the_epoch_slider(opened):
    words = TEXT.lower().replace(",", "").split()
    before = opened.evaluate(PATH, "your text")
    assert before["text"] == words and len(before["x"]) == len(words)
    opened.get_by_role("slider").press("Home")
    opened.wait_for_function(f"x => ({PATH})('your text').x[0] !== x", arg=before["x"][0])
    assert "epoch=1" in opened.url and opened.evaluate(PATH, "your text")["text"] == words
    box(opened).fill(f"{TEXT} film")
    opened.wait_for_function(f"({PATH})('your text').x.length === {len(words) + 1}")


def test_pointing_at_the_path_marks_the_word_in_the_text(opened):
    opened.evaluate(POINT, 4)
    expect(opened.locator(".words .pointed")).to_have_count(1)
    assert opened.locator(".words .pointed").inner_text().startswith("boring")


def test_the_units_are_reached_with_the_keyboard_and_have_a_table(opened):
    choice = opened.get_by_role("combobox", name="Look at")
    choice.focus()
    choice.press("ArrowDown")
    choice.press("ArrowDown")
    choice.press("Enter")
    expect(opened.get_by_text("alone tells the")).to_be_visible()
    wait_until_complete(opened)
    details = opened.locator(".sequence-lab-data").filter(has_text="Data as a table")
    strip = details.nth(1)
    strip.locator("summary").press("Enter")
    expect(strip.locator("tbody tr").first).to_be_visible()
    assert strip.locator("tbody tr").count() == 20
