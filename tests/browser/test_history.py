"""Back leads one page back for each press, however late the server's answers come."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.visits import SECONDS, go_to, wait_until_complete


class LateAnswers:
    """Passes on what page and server send; while `held` is a list, it keeps the server's answers in it."""

    def __init__(self, page: Page):
        self.held = None
        page.route_web_socket(re.compile("/_stcore/stream"), self._connect)

    def _connect(self, browser: WebSocketRoute):
        self.browser, server = browser, browser.connect_to_server()

        def pass_on(message):
            if self.held is None:
                browser.send(message)
            else:
                self.held.append(message)

        server.on_message(pass_on)

    def wait_for(self, page: Page, text: str):
        """Wait until the server's answers that are kept hold this text."""
        for _ in range(SECONDS * 10):
            if any(text.encode() in message for message in self.held if isinstance(message, bytes)):
                return
            page.wait_for_timeout(100)
        raise AssertionError(f"the server has not answered with {text!r}")

    def release(self):
        """Pass the kept answers on to the browser, and hold no later ones back."""
        for message in self.held:
            self.browser.send(message)
        self.held = None


@pytest.mark.parametrize("touched", [False, True])
def test_quick_presses_of_back_lead_one_page_back_each(page: Page, server, touched):
    answers = LateAnswers(page)
    page.goto(f"{server.url}/train")
    wait_until_complete(page)
    for name in ("All runs", "The networks", "Your texts"):
        go_to(page, name, heading=name)
        wait_until_complete(page)
    length = page.evaluate("history.length")
    answers.held = []
    for heading in ("The networks", "All runs"):
        page.go_back()
        answers.wait_for(page, heading)
    page.go_back()
    if touched:  # as when somebody scrolls by touch
        page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    answers.release()
    expect(page.get_by_role("heading", name="Train a network", level=1)).to_be_visible()
    wait_until_complete(page)
    assert "/train" in page.url
    assert page.evaluate("history.length") == length
    for heading in ("All runs", "The networks", "Your texts"):
        page.go_forward()
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        wait_until_complete(page)
    page.go_back()
    expect(page.get_by_role("heading", name="The networks", level=1)).to_be_visible()
    go_to(page, "Your texts", heading="Your texts")  # Back has left it; a click leads there all the same
    wait_until_complete(page)
    assert "/texts" in page.url
