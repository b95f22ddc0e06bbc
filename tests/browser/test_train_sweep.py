"""“Let it vary” in the browser: by keyboard, in view, without barriers; a double click is one sweep."""

import pytest
from playwright.sync_api import Page, expect

from imdb_core.runs import launcher
from imdb_core.sweeps import store as sweep_store
from tests.browser.test_accessibility import check
from tests.browser.visits import fill, wait_for, wait_until_complete


@pytest.fixture
def form(page: Page, server, server_runs):
    """The form for the demo reviews. The sweeps that it starts make no run after the test."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/train?network=cnn_lstm_dense&change=dataset=demo")
    wait_until_complete(page)
    yield page
    for sweep in sweep_store.unfinished():
        sweep_store.record(sweep, "stopped")
        for run in sweep_store.runs(sweep):
            launcher.end(run)


def let_vary(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Let {label} vary").first.click()
    expect(page.get_by_role("button", name=f"One value for {label}").first).to_be_visible()
    wait_until_complete(page)


def test_the_keyboard_lets_a_field_vary_and_start_stays_in_view(form: Page):
    form.get_by_label("Learning rate", exact=True).focus()
    form.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Let Learning rate vary")).to_be_focused()
    form.keyboard.press("Enter")
    expect(form.get_by_label("Learning rate (from)", exact=True)).to_have_value("1e-05")
    let_vary(form, "Epochs")
    let_vary(form, "Memory units")
    button = form.get_by_role("button", name="Start the sweep").bounding_box()
    assert button["y"] + button["height"] <= 800


def test_the_form_of_a_sweep_has_no_barrier(form: Page):
    let_vary(form, "Learning rate")
    form.get_by_text("More hyperparameters").click()
    let_vary(form, "Optimizer")
    fill(form, "Runs", "none")
    expect(form.get_by_text("Runs is 'none'; it must be")).to_be_visible()
    expect(form.get_by_label("Runs", exact=True)).to_have_attribute("aria-invalid", "true")
    assert check(form) == []


def test_a_double_click_starts_one_sweep(form: Page):
    let_vary(form, "Learning rate")
    fill(form, "Runs", "1")
    expect(form.get_by_text("At most 1 run,")).to_be_visible()
    form.get_by_role("button", name="Start the sweep").dblclick()
    wait_for(sweep_store.sweeps)
    form.wait_for_timeout(3000)
    assert len(sweep_store.sweeps()) == 1
