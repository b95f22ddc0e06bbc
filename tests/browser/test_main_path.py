"""The newcomer's path in a real Chromium: type, train, watch, reload, stop, type again."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import (
    box,
    fill,
    points,
    score,
    start_training,
    wait_for,
    wait_for_text_box,
    wait_until_complete,
)
from ui.pages import PAGES

# Parts of the page that scroll sideways.
TOO_WIDE = """() => ["html", "[data-testid=stMain]", "[data-testid=stMainBlockContainer]"].filter((part) => {
  const element = document.querySelector(part)
  return element.scrollWidth > element.clientWidth
})"""
# Every point of a line with markers has its marker; the running mean has none.
ALL_MARKERS_DRAWN = """chart => {
  const [, ...lines] = chart.data
  const expected = lines.reduce((sum, { mode, x }) => sum + /markers/.test(mode) * x.length, 0)
  return chart.querySelectorAll(".point").length === expected
}"""


def zoom_by_mouse(page: Page):
    """Drag over the middle of the first chart, as a user zooms in."""
    page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    area = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    left, top = area["x"], area["y"] + area["height"] / 2
    page.mouse.move(left + 0.2 * area["width"], top)
    page.mouse.down()
    page.mouse.move(left + 0.6 * area["width"], top, steps=5)
    page.mouse.up()


def test_a_visitor_types_and_the_score_follows(page: Page, server):
    page.goto(server.url)
    box(page).press_sequentially("A wonderful, moving film", delay=20)
    expect(page.locator(".verdict")).to_have_text("Positive")
    before = score(page)
    box(page).fill("A terrible, boring waste of time")
    expect(page.locator(".verdict")).to_have_text("Negative")
    wait_for(lambda: score(page) != before)


def test_an_example_fills_the_box_and_all_networks_can_be_compared(page: Page, server):
    page.goto(server.url)
    page.get_by_role("button", name="Plain anger").click()
    expect(box(page)).to_have_value(re.compile("waste of time"))
    expect(page.locator(".verdict")).to_have_text("Negative")
    page.get_by_text("Several networks side by side").click()
    wait_for(lambda: points(page) >= 1)


@pytest.mark.parametrize("delay", range(0, 240, 40))
def test_typing_while_the_page_loads_leaves_the_network_of_the_link_alone(page: Page, server, delay):
    """The script runs again before the browser has the first run's messages."""
    page.goto(f"{server.url}/?model=pretrained/lstm&epoch=2")
    page.wait_for_timeout(delay)
    box(page).fill("It is not bad at all, and never boring")
    expect(page.locator(".words .word")).to_have_count(9)
    page.locator(".words").get_by_role("button").first.click()
    wait_until_complete(page)
    shown = unquote(page.url)
    assert "model=pretrained/lstm" in shown and "epoch=2" in shown


def test_the_slider_goes_back_to_earlier_epochs_and_the_score_and_the_link_follow(page: Page, server):
    page.goto(f"{server.url}/?model=pretrained/lstm")
    box(page).fill("Not bad at all, I was never bored")
    expect(page.locator(".words .word")).to_have_count(8)
    wait_until_complete(page)
    best = score(page)
    page.get_by_role("slider").press("Home")
    expect(page).to_have_url(re.compile("epoch=1"))
    wait_until_complete(page)
    first = score(page)
    assert first != best
    page.reload()
    box(page).fill("Not bad at all, I was never bored")
    wait_for(lambda: score(page) == first)


def test_two_runs_are_compared_and_one_of_them_is_inspected(page: Page, server):
    page.goto(f"{server.url}/compare?runs=pretrained/lstm,pretrained/cnn_lstm")
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2)
    expect(page.get_by_text("alone is right").first).to_be_visible()
    page.goto(f"{server.url}/inspect?run=pretrained/cnn_lstm")
    expect(page.locator(".js-plotly-plot .heatmaplayer .hm").first).to_be_visible()
    expect(page.get_by_text("Expected calibration error").first).to_be_visible()


def test_a_typed_review_is_still_in_the_box_after_a_visit_to_another_page(page: Page, server):
    page.goto(server.url)
    box(page).fill("A superb 😀 film")
    expect(page.locator(".verdict")).to_have_text("Positive")
    assert page.get_by_text("characters").count() == 0
    page.get_by_role("link", name="Train a network").first.click()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    page.get_by_role("link", name="Type a review").first.click()
    expect(box(page)).to_have_value("A superb 😀 film")
    expect(page.locator(".verdict")).to_have_text("Positive")


def test_a_value_out_of_range_is_refused_not_replaced(page: Page, server):
    page.goto(f"{server.url}/train")
    fill(page, "Epochs", "999")
    expect(page.get_by_text("Epochs is 999; it must be a whole number between 1 and 200")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


def test_html_in_a_review_is_shown_as_text(page: Page, server):
    page.goto(server.url)
    box(page).fill("great <img src=x onerror=\"document.title='hacked'\"> film")
    expect(page.locator(".words")).to_contain_text("onerror")
    assert page.title() != "hacked" and page.locator(".words img").count() == 0


def test_ten_megabytes_of_review_are_cut_with_a_notice(page: Page, server):
    page.goto(server.url)
    box(page).evaluate(
        "box => { box.value = 'superb '.repeat(1.5e6); box.dispatchEvent(new Event('input')) }"
    )
    expect(page.get_by_text("10,500,000 characters")).to_be_visible()
    expect(page.locator(".verdict")).to_be_visible()


def test_a_double_click_trains_one_run_whose_curve_grows_and_survives_a_reload(
    page: Page, server, server_runs
):
    id = start_training(page, server, epochs=60, double=True)
    assert [run.id for run in server_runs()] == [id]
    first = wait_for(lambda: points(page))
    node = page.locator(".js-plotly-plot").first.element_handle()
    zoom_by_mouse(page)
    zoomed, seen = node.evaluate("chart => chart._fullLayout.xaxis.range"), points(page)
    assert zoomed[1] - zoomed[0] < 40, "the drag must have zoomed"
    wait_for(lambda: points(page) > seen + 3)
    assert node.evaluate("chart => chart.isConnected"), "the chart must not be built anew"
    assert node.evaluate("chart => chart._fullLayout.xaxis.range") == zoomed

    def all_drawn():
        """Plotly draws all points when the pointer comes; in between a lighter drawing adds them."""
        page.mouse.move(0, 0)
        page.locator(".js-plotly-plot").first.hover()
        return node.evaluate(ALL_MARKERS_DRAWN)

    wait_for(all_drawn)
    expect(page.locator(".js-plotly-plot").first.locator(".legendtext")).to_have_text(
        ["running", "training", "validation"]
    )
    page.reload()
    wait_for(lambda: points(page) >= first)
    assert id in page.url
    server.restart()
    page.goto(f"{server.url}/watch?run={id}")
    seen = wait_for(lambda: points(page))
    wait_for(lambda: points(page) > seen)
    page.get_by_role("button", name="Stop").click()
    wait_for(lambda: server_runs()[0].state == "stopped")
    expect(page.get_by_test_id("stAlert").get_by_text("Stopped by the user")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_small_run_finishes_and_scores_a_typed_review(page: Page, server_with_standby, server_runs):
    id = start_training(page, server_with_standby, epochs=2)
    wait_for(lambda: server_runs()[0].state == "finished")
    expect(page.locator("[data-testid=stMain]")).to_contain_text("finished")
    page.get_by_role("link", name="type with it").click()
    page.wait_for_url(re.compile("model=" + id))
    wait_for_text_box(page)
    box(page).fill("The film was superb and never boring.")
    expect(page.locator(".verdict")).to_be_visible()


@pytest.mark.parametrize("shown", PAGES, ids=lambda page: page.script)
def test_no_page_scrolls_sideways_or_shows_an_error(page: Page, server, shown):
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{server.url}/{shown.path}")
    wait_until_complete(page)
    for width in (400, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        wait_for(lambda: not page.evaluate(TOO_WIDE))  # charts are drawn anew
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_link_to_a_page_works_as_a_new_servers_first_request(page: Page, server):
    server.restart()
    page.goto(f"{server.url}/train")
    expect(page.get_by_role("link", name="Watch a run")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
