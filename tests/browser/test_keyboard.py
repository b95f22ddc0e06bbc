"""The newcomer's whole path by keyboard alone. Each focused element is in view and marked (keys.py)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keys import MOST_STOPS, focused, tab_to
from tests.browser.visits import BAD, GOOD, points, wait_for, wait_until_complete
from tests.faults.support.sample_runs import finished_run
from ui.pages import PAGES, link_to


def open_page(page: Page, address: str) -> None:
    """Open a page and wait for its style sheet too, which marks the focus."""
    page.goto(address)
    page.locator("body[data-texts-followed]").wait_for(state="attached")
    wait_until_complete(page)


def type_review(page: Page, text: str) -> None:
    """Go to the box, replace its text, and wait for the verdict."""
    wait_until_complete(page)
    tab_to(page, page.locator("label[for=review]").inner_text())
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    expect(page.locator(".number")).to_have_text(re.compile(r"^[\d.]+% positive$"))


def test_the_whole_path_needs_only_a_keyboard(page: Page, server, server_runs):
    press = page.keyboard.press
    open_page(page, server.url)
    press("Tab")
    assert focused(page)["name"] == "Skip to main content"
    press("Enter")
    type_review(page, GOOD)
    expect(page.locator(".verdict")).to_have_text("Positive")
    tab_to(page, link_to("train").title, main=False, key="Shift+Tab")
    press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    wait_until_complete(page)
    tab_to(page, "Network")
    page.keyboard.type("LSTM")  # the first network of this name
    expect(page.get_by_role("option").first).to_have_attribute("data-focused", "true")  # Enter takes this one
    press("Enter")
    expect(page.get_by_role("combobox", name="Network")).to_have_value(re.compile("^LSTM "))
    wait_until_complete(page)
    tab_to(page, "Epochs")
    page.keyboard.type("60")
    press("Enter")
    wait_until_complete(page)
    tab_to(page, "Start training")
    press("Enter")
    page.wait_for_url(re.compile(r"/watch\?run="))
    assert [(run.config.network, run.config.epochs) for run in server_runs()] == [("lstm", 60)]
    wait_for(lambda: points(page) and server_runs()[0].epochs)
    tab_to(page, "Stop and keep the best epoch")
    press("Enter")
    wait_for(lambda: server_runs()[0].state == "stopped")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    wait_until_complete(page)
    tab_to(page, "The kept epoch is ready: type with it")
    press("Enter")
    page.wait_for_url(re.compile("model=" + server_runs()[0].id))
    type_review(page, BAD)


@pytest.mark.parametrize("shown", PAGES, ids=lambda page: page.script)
def test_each_tab_stop_of_a_page_is_in_view_and_marked(page: Page, server, server_runs, shown):
    page.emulate_media(color_scheme="light")
    open_page(page, f"{server.url}/{shown.path}")
    in_light = tab_stops(page)
    assert len(set(in_light)) > len(PAGES), "the menu and at least one element of the page"
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("color-scheme", "dark")
    assert tab_stops(page) == in_light


def tab_stops(page: Page) -> list[str]:
    """The names of the elements that the Tab key reaches, from the first to the last."""
    names = []
    page.keyboard.press("Tab")
    while (name := focused(page)["name"]) and len(names) < MOST_STOPS:
        names.append(name)
        page.keyboard.press("Tab")
    return names


def test_a_sentence_about_an_action_is_announced(page: Page, server, server_runs):
    page.goto(f"{server.url}/watch?run={finished_run().id}")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("new name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="The run has its new name")).to_have_count(1)


def test_on_a_phone_the_menu_closes_after_a_choice(page: Page, server):
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{server.url}/train")
    wait_until_complete(page)
    menu = page.locator("[data-testid=stSidebar]")
    page.locator("[data-testid=stExpandSidebarButton]").click()
    expect(menu).to_have_attribute("data-collapsed", "false")
    page.get_by_role("link", name="All runs").first.click()
    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
    expect(menu).to_have_attribute("data-collapsed", "true")
