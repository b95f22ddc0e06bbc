"""A sweep of a few small runs is followed live: its page changes by itself, and leads to its runs."""

import re

import pytest
from playwright.sync_api import Page, expect

from imdb_core import config as configs
from imdb_core.runs import launcher
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.space import parsed
from tests.browser.visits import points, wait_for, wait_until_complete
from tests.conftest import TINY

SECONDS = 300


@pytest.fixture
def sweep(server_runs):
    """A sweep of three runs on the demo reviews, in the server's store."""
    base = configs.checked({**TINY, "probes": ""})
    space = [parsed("learning_rate=0.001..0.1:log").model_dump()]
    values = {"base": base.model_dump(), "space": space, "most_runs": 3, "name": "three rates"}
    sweep = sweep_store.create(sweep_module.checked(values))
    launcher.dispatch()
    return sweep


def test_a_sweep_is_followed_live_and_leads_to_its_runs(page: Page, server, sweep):
    page.goto(f"{server.url}/sweeps?sweep={sweep.id}")
    expect(page.get_by_role("heading", name="three rates")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    wait_for(lambda: sweep_store.read(sweep.folder).state == "finished", SECONDS)
    expect(page.get_by_text("3 of 3 runs", exact=True)).to_be_visible()
    state = page.get_by_test_id("stMain").get_by_text(re.compile(r"^\w+ finished$"))  # after its icon's name
    expect(state.first).to_be_visible()
    expect(page).to_have_title(re.compile("^finished · three rates"))
    wait_until_complete(page)
    wait_for(lambda: points(page) >= 3)
    assert page.evaluate("window.notReloaded")
    page.get_by_role("link", name="All its runs").click()
    expect(page.get_by_role("heading", name="All runs")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name=re.compile("Run 0 of the sweep")).click()
    expect(page.get_by_role("heading", name="three rates")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="All sweeps").click()
    expect(page.get_by_role("heading", name="Sweeps", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Open")).to_have_count(1)
