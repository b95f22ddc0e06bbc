"""Watching a training: what stays in view, what its end looks like, and a server that is gone."""

import re

import pytest
from playwright.sync_api import Page, expect

from imdb_core.runs import journal, layout, locks, store
from tests.browser.visits import points, start_training, wait_for
from tests.faults.support.sample_runs import finished_run

# Where the parts of the page stand, ten times a second from the moment when all of them are shown and the
# curves have their room: the style that keeps it comes with a script that the browser loads.
RECORD_PLACES = """window.places = new Set()
const names = ["st-key-live-headline", "st-key-curve-loss", "st-key-curve-accuracy"]
const parts = ["[data-testid=stMain] h1", ...names.map((name) => "." + name)]
setInterval(() => {
  const found = parts.map((part) => document.querySelector(part)?.getBoundingClientRect())
  const haveRoom = found.slice(2).every((curve) => curve?.height > 100)
  const complete = found.every(Boolean) && haveRoom && document.querySelector("[class*=st-key-stop-]")
  if (complete) window.begun = true
  if (found.every(Boolean) && window.begun) {
    window.places.add(JSON.stringify(found.map(({ top, bottom }) => [Math.round(top), Math.round(bottom)])))
  }
}, 100)"""
RECORD_NOTIFICATIONS = """window.notifications = []
window.Notification = class {
  static permission = "default"
  static requestPermission = async () => (window.Notification.permission = window.answer ?? "granted")
  constructor(title, { body }) { window.notifications.push([title, body]) }
}"""
TELL_ME = "Tell me when it is done"


def places(page: Page) -> list[list[list[int]]]:
    """All different places of heading, headline and curves: (top, bottom) of each."""
    return page.evaluate("[...window.places].map(JSON.parse)")


def add_batch(run: store.Run, step: int, *, epoch: int = 1, loss: float = 0.5) -> None:
    row = {"kind": "batch", "epoch": epoch, "step": step, "steps": 1000, "seconds": float(step)}
    journal.append(run.folder / layout.METRICS, row | {"loss": loss, "accuracy": 0.7})


@pytest.fixture
def training(server_runs):
    """A run that this test trains by writing its rows."""
    run = finished_run("written by a test", epochs=2)
    store.record(run.folder, "queued", resumed=True)
    with locks.hold(run.folder / layout.LOCK, 5, duty="writes rows"):
        store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
        store.record(run.folder, "phase", phase="training")
        store.record(run.folder, "first-row")
        yield run
        store.record(run.folder, "stopped", code="stopped_with_epoch")


@pytest.mark.parametrize("width, height", [(1280, 720), (400, 800)])
def test_curves_state_and_stop_are_in_view_and_nothing_pushes_them_away(
    page: Page, server, server_runs, width, height
):
    page.add_init_script(RECORD_PLACES)
    page.set_viewport_size({"width": width, "height": height})
    start_training(page, server, epochs=2)
    expect(page.locator(".stMarkdownBadge").first).to_be_in_viewport()
    expect(page.get_by_role("button", name="Stop and keep")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="type with it")).to_be_in_viewport()
    page.wait_for_timeout(1500)
    _, headline, loss, accuracy = zip(*places(page), strict=True)
    tops = [top for top, _ in loss]  # on a phone the row of buttons is shorter when Stop has gone
    assert tops == sorted(tops, reverse=True), loss
    assert max(bottom for _, bottom in headline) <= height
    if width == 1280:
        assert {top for top, _ in (*loss, *accuracy)} == {loss[0][0]}
        assert max(bottom for _, bottom in (*loss, *accuracy)) <= height
    expect(page).to_have_title(re.compile("^ready · "))
    expect(page.locator(".announcement")).to_have_text(re.compile("Your network is ready"))


def test_points_arrive_while_a_chart_is_zoomed_and_none_comes_twice(page: Page, server, training):
    page.goto(f"{server.url}/watch?run={training.id}")
    wait_for(lambda: points(page) > 4)
    page.evaluate("Plotly.relayout(document.querySelector('.js-plotly-plot'), {'xaxis.range': [1.5, 2.5]})")
    before = points(page)
    for step in range(1, 6):
        add_batch(training, step, epoch=3)
    wait_for(lambda: points(page) == before + 5)
    page.wait_for_timeout(3000)
    assert points(page) == before + 5
    chart = page.locator(".js-plotly-plot").first
    assert chart.evaluate("chart => chart._fullLayout.xaxis.range") == [1.5, 2.5]
    assert len(page.locator(".live-end path").first.get_attribute("d")) > 10


def test_points_that_come_before_the_charts_are_drawn_with_them(page: Page, server, training):
    """The browser gets two answers: to its first question, and to the one after the curves are there."""
    scripts, questions = [], []
    page.route(re.compile("plotly.*js"), lambda route: scripts.append(route))
    page.route("**/live/*", lambda route: questions.append(route))
    page.goto(f"{server.url}/watch?run={training.id}")
    wait_for(lambda: page.evaluate("!window.Plotly") and scripts and questions)
    add_batch(training, 1, epoch=3)  # after the page has read the run
    answered = 0
    for _ in range(10):
        page.wait_for_timeout(200)
        for question in questions[answered:2]:
            question.continue_()
            answered += 1
    for script in scripts:
        script.continue_()
    running = "document.querySelector('.js-plotly-plot')?.data.find(({ name }) => name === 'running').x"
    wait_for(lambda: max(page.evaluate(f"[...{running} ?? []]") or [0]) > 2)


def test_a_page_says_that_its_server_is_gone_and_goes_on_when_it_is_back(page: Page, server, training):
    page.goto(f"{server.url}/watch?run={training.id}")
    before = wait_for(lambda: points(page))
    server.end()
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    add_batch(training, 1, epoch=3)
    server.start()
    wait_for(lambda: points(page) > before)
    expect(page.get_by_text("The server does not answer")).to_have_count(0)


def test_a_notification_comes_at_the_end_only_if_it_was_asked_for(page: Page, server, training):
    page.add_init_script(RECORD_NOTIFICATIONS)
    page.goto(f"{server.url}/watch?run={training.id}")
    toggle = page.get_by_label(TELL_ME)
    expect(toggle).not_to_be_checked()
    page.evaluate("window.answer = 'denied'")
    toggle.click()
    expect(page.get_by_text("The browser refuses notifications")).to_be_visible()
    expect(toggle).not_to_be_checked()
    page.evaluate("window.answer = 'granted'; Notification.permission = 'default'")
    toggle.check()
    expect(page.get_by_text("As long as this tab is open")).to_be_visible()
    page.reload()
    expect(page.get_by_label(TELL_ME)).to_be_checked()
    page.evaluate("Notification.permission = 'granted'")
    store.record(training.folder, "finished", best_epoch=1, test_accuracy=0.8, test_reviews=10)
    [[title, body]] = wait_for(lambda: page.evaluate("window.notifications"))
    assert title == training.name and "finished" in body


def test_the_end_of_a_failed_run_says_what_to_do_next(page: Page, server, training):
    page.goto(f"{server.url}/watch?run={training.id}")
    expect(page.get_by_role("button", name="Stop and keep")).to_be_visible()
    store.record(training.folder, "failed", code="out_of_memory", values={"settings": ["units"]})
    expect(page.get_by_test_id("stAlert").get_by_text("Out of memory")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Train with smaller values")).to_be_in_viewport()
    expect(page).to_have_title(re.compile("^failed · "))
