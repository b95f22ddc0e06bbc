"""The Compare page in a browser: twelve runs fit, the baseline run stays, a new run changes no colours."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from imdb_core.runs import store
from tests.browser.test_narrow_windows import COVERED, CUT, OUTSIDE
from tests.browser.visits import wait_for, wait_until_complete
from tests.page_runs import run_with_verdicts

# The page as a whole scrolls sideways, or a table leaves its box.
TOO_WIDE = """() => {
  const main = document.querySelector("[data-testid=stMain]")
  return main.scrollWidth > main.clientWidth + 1
}"""
LINES = """() => Object.fromEntries(document.querySelector(".js-plotly-plot").data
  .filter((line) => line.name).map((line) => [line.name, [line.line.color, line.line.dash]]))"""


@pytest.fixture
def twelve(server_runs):
    """The ids of twelve tested runs on the demo reviews, from the worst to the best."""
    runs = [run_with_verdicts(f"run {number}", 0.2 + number / 50, seed=number) for number in range(12)]
    return [run.id for run in runs]


def open_comparison(page: Page, server, ids):
    """The Compare page of these runs, drawn as a whole."""
    page.goto(f"{server.url}/compare?runs={','.join(ids)}")
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    wait_until_complete(page)


def table(page: Page, label: str):
    """The table of runs with this label."""
    return page.get_by_role("region", name=label)


def test_twelve_runs_fit_into_narrow_and_wide_windows(page: Page, server, twelve):
    page.set_viewport_size({"width": 1280, "height": 900})
    open_comparison(page, server, twelve)
    expect(table(page, "Results").get_by_role("row")).to_have_count(13)
    for width in (400, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        for fault in (COVERED, CUT, OUTSIDE):
            wait_for(lambda fault=fault: page.evaluate(fault) == [])
        assert not page.evaluate(TOO_WIDE)
        results = table(page, "Results")
        name = results.get_by_role("rowheader").first
        before = name.bounding_box()["x"]
        results.evaluate("box => { box.scrollLeft = 10_000 }")
        assert abs(name.bounding_box()["x"] - before) < 2, "the names stay in view"
        assert name.bounding_box()["width"] < 0.6 * results.bounding_box()["width"]


def test_the_baseline_run_stays_in_the_link_after_a_reload(page: Page, server, twelve):
    first, second = twelve[0], twelve[-1]
    open_comparison(page, server, [first, second])
    page.get_by_role("combobox", name=re.compile("Baseline run")).click()
    page.get_by_role("option", name="run 11").click()
    expect(table(page, "Results").get_by_text("against the baseline run")).to_be_visible()
    expect(page).to_have_url(re.compile(f"baseline={second}"))
    page.reload()
    wait_until_complete(page)
    expect(table(page, "Results").get_by_role("rowheader").first).to_contain_text("baseline run")
    expect(table(page, "Results").get_by_text("more than chance").first).to_be_visible()


def test_a_run_that_is_added_or_removed_leaves_the_others_colours(page: Page, server, twelve):
    open_comparison(page, server, twelve[:3])
    before = page.evaluate(LINES)
    page.get_by_role("combobox", name="Runs").click()
    page.get_by_role("option", name="run 7", exact=True).click()
    wait_for(lambda: len(page.evaluate(LINES)) == 4)
    assert {name: line for name, line in page.evaluate(LINES).items() if name in before} == before
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Remove run 0|run 0")).first.click()
    wait_for(lambda: len(page.evaluate(LINES)) == 3)
    after = page.evaluate(LINES)
    assert all(after[name] == before[name] for name in before if name in after), json.dumps(after)
    page.reload()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    wait_until_complete(page)
    wait_for(lambda: page.evaluate(LINES) == after)


def test_a_click_on_a_run_opens_its_page_without_a_new_session(page: Page, server, twelve):
    open_comparison(page, server, twelve[-1:])
    page.evaluate("window.sameSession = true")
    table(page, "Results").get_by_role("link", name="Look into").click()
    expect(page.get_by_role("heading", name="Look into a run", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(f"run={store.find(twelve[-1]).id}"))
    assert page.evaluate("window.sameSession")
    page.get_by_role("link", name="Compare it", exact=True).click()
    expect(page.get_by_role("heading", name="Compare runs", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(f"runs={twelve[-1]}"))
