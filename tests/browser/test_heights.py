"""How high pages are when they open: what a visitor came for must not be far below the window."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import wait_until_complete
from ui.pages import link_to

HEIGHT = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"


@pytest.mark.parametrize(("script", "most"), [("learn", 1800), ("texts", 1000)])
def test_a_page_is_not_a_wall_when_it_opens(page: Page, server, script, most):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/{link_to(script).path}")
    wait_until_complete(page)
    assert page.evaluate(HEIGHT) <= most


def test_a_second_network_is_one_click_away_and_the_link_keeps_it(page: Page, server):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/{link_to('learn').path}")
    page.get_by_role("button", name="Text CNN").click()
    page.get_by_role("heading", name="What differs").wait_for()
    page.reload()
    page.get_by_role("heading", name="What differs").wait_for()
    wait_until_complete(page)
    expect(page.locator(".sequence-lab-chart")).to_have_count(3)
    expect(page).to_have_url(re.compile("network=lstm(%2C|,)text_cnn"))
