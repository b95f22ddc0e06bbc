"""Watch it learn: train on the demo reviews, open the section, change the view and move the slider."""

import re

from playwright.sync_api import Page, expect

from tests.browser.visits import choose, start_training, wait_until_complete

SECTION = ".st-key-watch-it-learn"
COUNTS = """() => {
  const box = document.querySelector(".st-key-watch-it-learn .js-plotly-plot")
  return box?.layout.uirevision === "answer-spread" ? [...box.data[1].y].join() : ""
}"""
# Where the curves begin, in pixels from the top of the whole page.
TOPS = """() => ["loss", "accuracy"].map((name) => Math.round(
  document.querySelector(`.st-key-curve-${name}`).getBoundingClientRect().top +
  document.querySelector("[data-testid=stMain]").scrollTop))"""


def test_the_section_follows_the_training_and_the_slider_and_moves_no_curve(page: Page, server, server_runs):
    page.set_viewport_size({"width": 1280, "height": 900})
    start_training(page, server, epochs=2)
    expect(page).to_have_title(re.compile("^ready · "))
    wait_until_complete(page)
    before = page.evaluate(TOPS)
    assert page.evaluate(COUNTS) == ""
    page.locator(SECTION).get_by_text("Watch it learn").click()
    page.wait_for_function(f"({COUNTS})() !== ''")
    expect(page).to_have_url(re.compile("learning=true"))
    assert page.evaluate(TOPS) == before
    newest = page.evaluate(COUNTS)
    page.locator(SECTION).get_by_role("slider").press("Home")
    page.wait_for_function(f"counts => ({COUNTS})() !== counts", arg=newest)
    expect(page).to_have_url(re.compile("epoch=1"))
    choose(page, "Look at", "sizes of weights and gradients")
    chart = page.locator(f"{SECTION} .sequence-lab-chart")
    expect(chart).to_have_attribute("aria-label", re.compile("^Sizes of .* after epoch 1"))
    table = page.locator(SECTION).locator(".sequence-lab-data")
    table.locator("summary").click()
    expect(table.locator("tbody tr").first).to_be_visible()
    choose(page, "Look at", "how far back the gradient reaches")
    expect(chart).to_have_attribute("aria-label", re.compile("^At word [0-9]+ from the end"))
    page.reload()
    expect(chart).to_have_attribute("aria-label", re.compile("^At word [0-9]+ from the end"))
    choose(page, "Look at", "the map of its words")
    expect(chart).to_have_attribute("aria-label", re.compile("words on a map"))
