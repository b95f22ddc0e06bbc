"""The list of runs: a click opens, ticks compare, filter and order stay in the link, cards at 400 pixels."""

import re

import pytest
from playwright.sync_api import Page, expect

from imdb_core.runs import layout, locks, store, tags
from tests.browser.visits import wait_for, wait_until_complete
from tests.faults.support.sample_runs import finished_run

ROWS = ".runs tbody tr"


@pytest.fixture
def three_runs(server_runs):
    """Seeds 6, 8 and 9 of one network without a name; the first has a tag that looks like HTML."""
    runs = [finished_run("", seed=seed, epochs=epochs) for seed, epochs in ((6, 3), (8, 2), (9, 4))]
    tags.add(runs[0], ["<b>good</b>"])
    return runs


def shown(page: Page) -> list[str]:
    """The seeds in the order of the rows."""
    return [re.search(r"seed (\d)", text)[1] for text in page.locator(f"{ROWS} a").all_inner_texts()]


def open_list(page: Page, server, query: str = "") -> None:
    page.goto(f"{server.url}/runs{query}")
    wait_until_complete(page)
    expect(page.locator(ROWS).first).to_be_visible()


def tick(page: Page, seed: int) -> None:
    page.get_by_role("checkbox", name=re.compile(f"Tick .*seed {seed}")).check()


def test_a_click_anywhere_on_a_row_opens_the_run(page: Page, server, three_runs):
    open_list(page, server)
    page.locator(ROWS).nth(1).locator("td.epochs").click()
    page.wait_for_url(f"**/watch?run={three_runs[1].id}")
    expect(page.get_by_role("heading", name="seed 8", level=1)).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="seed 6").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/watch?run={three_runs[0].id}")


def test_back_leads_from_an_opened_run_to_the_list_as_it_was(page: Page, server, three_runs):
    open_list(page, server, "?sort=created")
    before = page.url
    page.locator(ROWS).nth(1).locator("td.epochs").click()
    page.wait_for_url(f"**/watch?run={three_runs[1].id}")
    wait_until_complete(page)
    page.go_back()
    page.wait_for_url(before)
    wait_until_complete(page)
    wait_for(lambda: shown(page) == ["6", "8", "9"])
    assert page.url == before
    page.go_forward()
    page.wait_for_url(f"**/watch?run={three_runs[1].id}")


def test_back_leads_from_a_page_that_chooses_a_run_itself_to_the_page_before(page: Page, server, three_runs):
    open_list(page, server)
    before = page.url
    page.get_by_role("link", name="Watch a run").first.click()
    page.wait_for_url(f"**/watch?run={three_runs[2].id}")
    wait_until_complete(page)
    page.go_back()
    page.wait_for_url(before)
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()


def test_ticks_lead_to_compare_and_stay_with_their_runs_in_another_order(page: Page, server, three_runs):
    open_list(page, server)
    tick(page, 8)
    expect(page.get_by_role("link", name="Open", exact=True)).to_be_visible()
    tick(page, 6)
    page.get_by_role("button", name="Seed").click()
    expect(page.get_by_role("columnheader", name="Seed")).to_have_attribute("aria-sort", "descending")
    wait_for(lambda: shown(page) == ["9", "8", "6"])
    finished_run("", seed=5)
    page.get_by_role("button", name="Seed").click()
    wait_for(lambda: shown(page) == ["5", "6", "8", "9"])
    expect(page.locator(f"{ROWS}.ticked a")).to_have_text([re.compile("seed 6$"), re.compile("seed 8$")])
    page.get_by_role("link", name="Compare the 2 ticked runs").click()
    page.wait_for_url(re.compile("/compare"))
    assert set(re.search("runs=([^&]*)", page.url)[1].replace("%2C", ",").split(",")) == {
        run.id for run in three_runs[:2]
    }


def test_a_second_click_before_the_answer_to_the_first_turns_the_order(page: Page, server, three_runs):
    open_list(page, server)
    seed = page.get_by_role("button", name="Seed")
    seed.evaluate("button => { button.click(); button.click() }")
    wait_for(lambda: shown(page) == ["6", "8", "9"])
    expect(page.get_by_role("columnheader", name="Seed")).to_have_attribute("aria-sort", "ascending")


def test_filter_and_order_are_in_the_link_and_survive_a_reload(page: Page, server, three_runs):
    open_list(page, server)
    page.get_by_label("Find").fill("seed good")
    wait_for(lambda: shown(page) == ["6"])
    expect(page.locator(".count")).to_have_text("1 of 3 runs")
    page.get_by_label("Find").fill("SEED")
    page.get_by_role("button", name="Validation").click()
    wait_for(lambda: shown(page) == ["9", "6", "8"])
    expect(page.get_by_role("columnheader", name="Validation")).to_have_attribute("aria-sort", "descending")
    wait_for(lambda: "find=SEED" in page.url and "sort=-validation" in page.url)
    page.reload()
    wait_until_complete(page)
    wait_for(lambda: shown(page) == ["9", "6", "8"])
    expect(page.get_by_label("Find")).to_have_value("SEED")


def test_several_runs_are_tagged_and_deleted_together(page: Page, server, three_runs):
    open_list(page, server)
    tick(page, 8)
    tick(page, 9)
    expect(page.get_by_role("link", name="Compare the 2 ticked runs")).to_be_visible()
    page.get_by_role("button", name="Tags").click()
    page.get_by_label("New tags").fill("one, two")
    page.get_by_label("New tags").press("Enter")
    expect(page.locator(f"{ROWS} .tag", has_text="two")).to_have_count(2)
    assert [tags.tags(store.read(run.folder)) for run in three_runs[1:]] == [["one", "two"]] * 2
    page.get_by_role("button", name="Delete 2 runs").click()
    page.get_by_role("button", name="Delete 2 runs for good").click()
    expect(page.locator(ROWS)).to_have_count(1)
    assert [run.config.seed for run in store.runs()] == [6]
    expect(page.locator(".tag")).to_have_text("<b>good</b>")


def test_cards_fit_into_400_pixels_and_are_a_choice_in_a_wide_window(page: Page, server, three_runs):
    page.set_viewport_size({"width": 400, "height": 900})
    open_list(page, server)
    cards = page.locator(ROWS)
    expect(page.locator(".views")).to_be_hidden()
    expect(page.locator("thead")).to_be_hidden()
    for card in cards.all():
        edges = card.bounding_box()
        assert edges["x"] >= 0 and edges["x"] + edges["width"] <= 400
    expect(cards.first.get_by_text("finished")).to_be_visible()
    expect(cards.first.locator("svg")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.locator("thead")).to_be_visible()
    page.get_by_role("button", name="Cards").click()
    expect(page.locator("thead")).to_be_hidden()
    wait_for(lambda: "view=cards" in page.url)


def test_the_order_and_the_focus_survive_the_new_list_of_every_two_seconds(
    page: Page, server, three_runs, request
):
    run = finished_run("", seed=5)
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    lock = locks.hold(run.folder / layout.LOCK)
    request.addfinalizer(lock.release)
    open_list(page, server, "?sort=seed")
    page.get_by_role("link", name="seed 8").focus()
    tick(page, 9)
    page.get_by_role("link", name="seed 8").focus()
    tags.add(store.read(three_runs[1].folder), ["new"])
    expect(page.locator(f"{ROWS} .tag", has_text="new")).to_be_visible()  # without a click
    assert shown(page) == ["5", "6", "8", "9"]
    expect(page.get_by_role("link", name="seed 8")).to_be_focused()
    expect(page.get_by_role("checkbox", name=re.compile("Tick .*seed 9"))).to_be_checked()
    with page.expect_download() as download:
        page.get_by_text("Download the list as CSV").click()
    assert download.value.path().read_text("utf-8-sig").count("\n") == 5


def test_on_a_phone_the_place_stands_below_the_name_not_below_the_tick(page: Page, server, three_runs):
    finished_run("", seed=5, place="lab")
    page.set_viewport_size({"width": 400, "height": 900})
    open_list(page, server)
    card = page.locator(ROWS).first
    name, place = (card.locator(part).bounding_box() for part in (".name", ".place"))
    assert place["y"] > name["y"] and place["x"] == name["x"]
