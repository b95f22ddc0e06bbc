"""Below each chart its data can be opened as a table; the buttons of a chart are one tab stop."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import GOOD, box, points, start_training, wait_for, wait_until_complete
from tests.faults.support.sample_runs import trained_copy
from ui.pages import PAGES

# Charts whose tables lack figures, a caption or the headings of rows.
WITHOUT_DATA = """() => [...document.querySelectorAll(".sequence-lab-data")].filter((details) => {
  const cells = [...details.querySelectorAll("td")].filter((cell) => /\\d/.test(cell.textContent))
  const named = details.querySelectorAll("caption").length && details.querySelectorAll("th[scope=row]").length
  return !named || cells.length < 3
}).map((details) => details.previousElementSibling.outerHTML.slice(0, 200))"""
STOPS = """chart => [...document.querySelectorAll(".sequence-lab-chart")[chart]
  .querySelectorAll("button, a, [tabindex]")].filter((each) => each.tabIndex >= 0).length"""


def open_tables(page: Page) -> int:
    """Open the tables of all charts; returns how many there are."""
    summaries = page.locator(".sequence-lab-data summary")
    for summary in summaries.all():
        summary.click()
    return summaries.count()


@pytest.mark.parametrize("shown", PAGES, ids=lambda page: page.script)
def test_each_chart_has_its_data_as_a_table(page: Page, server, server_runs, shown):
    runs = [trained_copy(), trained_copy("cnn_lstm")]
    query = f"?run={runs[0].id}" if shown.script in ("watch", "inspect") else ""
    page.goto(f"{server.url}/{shown.path}{query}")
    if shown.script == "classify":
        box(page).fill(GOOD)
    wait_until_complete(page)
    if query:
        expect(page.locator(".sequence-lab-chart .main-svg").first).to_be_visible()
    charts = page.locator(".sequence-lab-chart").count()
    assert page.locator(".sequence-lab-data table").count() == 0, "closed tables must cost nothing"
    assert open_tables(page) == charts
    wait_for(lambda: page.evaluate(WITHOUT_DATA) == [])


def test_the_table_of_a_chart_has_its_figures_headings_and_remarks(page: Page, server, server_runs):
    run = trained_copy("cnn_lstm")
    page.goto(f"{server.url}/watch?run={run.id}")
    wait_until_complete(page)
    open_tables(page)
    tables = page.locator(".sequence-lab-data").nth(1)
    curves = tables.locator("table", has_text="training, validation")
    expect(curves.locator("thead th[scope=col]")).to_have_text(["epoch", "training", "validation"])
    expect(curves.locator("tbody tr")).to_have_count(len(run.epochs))
    rows = [row.split("\t") for row in curves.locator("tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == [str(row["epoch"]) for row in run.epochs]
    shown = [float(row[2].rstrip("%")) / 100 for row in rows]
    assert shown == pytest.approx([row["val_accuracy"] for row in run.epochs], abs=1e-4)
    expect(tables).to_contain_text(f"best epoch: {run.best['epoch']}")
    expect(tables.locator("caption").last).to_contain_text("running (one row in")


def test_an_open_table_follows_the_training(page: Page, server, server_runs):
    start_training(page, server, epochs=60)
    wait_for(lambda: points(page) > 3)
    page.locator(".sequence-lab-data summary").first.click()
    rows = page.locator(".sequence-lab-data").first.locator("tbody tr")
    seen = wait_for(rows.count)
    wait_for(lambda: rows.count() > seen)
    expect(page.locator(".sequence-lab-data table").first).to_be_visible()


def test_the_buttons_of_a_chart_are_one_tab_stop_and_arrow_keys_move_inside(page: Page, server, server_runs):
    page.goto(f"{server.url}/watch?run={trained_copy().id}")
    bar = page.locator(".sequence-lab-chart").first.get_by_role("toolbar")
    expect(bar).to_be_attached()
    wait_for(lambda: page.evaluate(STOPS, 0) == 1)
    first = bar.get_by_role("button").first
    first.focus()
    expect(bar).to_have_css("opacity", "1")
    page.keyboard.press("ArrowLeft")
    expect(bar.get_by_role("button").last).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(first).to_be_focused()
