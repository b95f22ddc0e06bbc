"""Back leads one page back for each press, however late the server's answers come."""

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.visits import go_to, wait_until_complete


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

    def release(self):
        """Pass on what was kept, and everything that comes from now on."""
        for message in self.held:
            self.browser.send(message)
        self.held = None


def test_two_quick_presses_of_back_lead_two_pages_back(page: Page, server):
    answers = LateAnswers(page)
    page.goto(f"{server.url}/train")
    wait_until_complete(page)
    go_to(page, "All runs", heading="All runs")
    wait_until_complete(page)
    go_to(page, "Your texts", heading="Your texts")
    wait_until_complete(page)
    length = page.evaluate("history.length")
    answers.held = []
    page.go_back()
    page.wait_for_timeout(500)  # the server answers with "All runs"
    page.go_back()
    page.wait_for_timeout(500)
    assert answers.held, "the server has not answered the first press"
    answers.release()
    expect(page.get_by_role("heading", name="Train a network", level=1)).to_be_visible()
    wait_until_complete(page)
    assert "/train" in page.url
    assert page.evaluate("history.length") == length
    page.go_forward()
    expect(page.get_by_role("heading", name="All runs", level=1)).to_be_visible()
