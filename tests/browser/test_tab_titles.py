"""The browser's tab names the page, and for a run how far it is; Enter saves a run's new name."""

import re

from playwright.sync_api import Page, expect

from imdb_core.runs import store
from tests.browser.visits import go_to, start_training, wait_for
from tests.faults.support.sample_runs import finished_run
from ui.pages import PAGES

# Pages whose tab does not show the title of the menu.
OTHER_TITLES = {"watch": "ready · "}
RECORD_TITLES = """window.titles = []
const record = () => { if (window.titles.at(-1) !== document.title) window.titles.push(document.title) }
new MutationObserver(record)
  .observe(document, { childList: true, subtree: true, characterData: true })"""


def test_each_page_has_a_title_of_its_own_in_the_browsers_tab(page: Page, server):
    for shown in PAGES:
        page.goto(f"{server.url}/{shown.path}")
        expect(page).to_have_title(re.compile(f"^{OTHER_TITLES.get(shown.script, shown.title)}"))
    go_to(page, "All runs", heading="All runs")
    expect(page).to_have_title("All runs")


def test_the_tabs_title_shows_a_runs_progress_then_its_end_and_nothing_else(page: Page, server, server_runs):
    page.add_init_script(RECORD_TITLES)
    id = start_training(page, server, epochs=60)
    name = server_runs()[0].name
    expect(page).to_have_title(re.compile(rf"^[1-9]\d? % · {re.escape(name)}$"))
    page.evaluate("window.titles = []")
    first = page.title()
    wait_for(lambda: page.title() != first)
    page.get_by_role("button", name="Stop").click()
    wait_for(lambda: server_runs()[0].state == "stopped")
    expect(page).to_have_title(f"stopped · {name}")
    others = [
        title
        for title in page.evaluate("window.titles")
        if not re.fullmatch(r"(\d+ %|stopping|stopped) · .*", title)
    ]
    assert not others
    go_to(page, "All runs", heading="All runs")
    expect(page).to_have_title("All runs")
    store.rename(server_runs()[0], "<b>$x$</b> **bold**")
    page.goto(f"{server.url}/watch?run={id}")
    expect(page).to_have_title("stopped · <b>$x$</b> **bold**")


def test_enter_saves_the_new_name_of_a_run(page: Page, server, server_runs):
    run = finished_run("old name")
    page.goto(f"{server.url}/watch?run={run.id}")
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_label("New name")
    field.fill("new name")
    field.press("Enter")
    expect(page.get_by_role("heading", name="new name")).to_be_visible()
    assert store.find(run.id).name == "new name"
