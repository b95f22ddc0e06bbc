"""A typed text is kept when the page is left, and while the server is down or restarted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import BAD, GOOD, box, go_to, points, wait_for, wait_until_complete


@pytest.mark.parametrize("way", ["a link", "the keyboard", "the back button"])
def test_a_pasted_text_is_kept_when_the_page_is_left_at_once(page: Page, server, way):
    page.goto(f"{server.url}/train")
    wait_until_complete(page)  # from now on one Back leads one page back
    go_to(page, "Type a review", heading="Type a review")
    box(page).fill(GOOD)
    expect(page.locator(".verdict")).to_have_text("Positive")
    link = page.get_by_role("link", name="Train a network").first
    link.focus() if way == "the keyboard" else link.hover()
    box(page).evaluate("(box, text) => { box.value = text; box.dispatchEvent(new Event('input')) }", BAD)
    if way == "the back button":
        page.go_back()
    else:
        link.click() if way == "a link" else page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    go_to(page, "Type a review", heading="Type a review")
    expect(box(page)).to_have_value(BAD)
    expect(page.locator(".verdict")).to_have_text("Negative")


def test_text_typed_while_the_server_is_down_is_scored_after_its_restart(page: Page, server):
    page.goto(server.url)
    box(page).fill(GOOD)
    expect(page.locator(".verdict")).to_have_text("Positive")
    server.end()
    box(page).fill(BAD)
    page.wait_for_timeout(500)  # longer than the box waits before it reports
    server.start()
    expect(page.locator(".verdict")).to_have_text("Negative")
    expect(box(page)).to_have_value(BAD)


@pytest.mark.parametrize("filled", ["by hand", "by an example"])
def test_an_open_page_goes_on_with_its_text_and_its_link_after_the_server_was_restarted(
    page: Page, server, filled
):
    page.goto(f"{server.url}/?model=pretrained/lstm&epoch=1&all=true")
    box(page).fill(GOOD)
    wait_for(lambda: points(page) >= 1)
    if filled == "by an example":
        page.get_by_role("button", name="Plain praise").click()
        expect(box(page)).not_to_have_value(GOOD)
        wait_for(lambda: points(page) >= 1)
    text, link = box(page).input_value(), page.url
    with page.expect_websocket():
        server.restart()
    page.wait_for_timeout(2000)  # the page is run by the new server
    expect(page).to_have_url(link)
    page.get_by_text("Several networks side by side").click()
    expect(page.locator(".verdict")).to_have_text("Positive")
    expect(box(page)).to_have_value(text)
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("epoch 1"))
