"""The Train page: what matters is in view without scrolling; wrong fields say so to screen readers, too."""

import csv

import pytest
from playwright.sync_api import Page, expect

from imdb_core import architectures, config
from imdb_core.data.own import proposal, store
from imdb_core.data.own.choices import Choices
from tests.browser.visits import choose, fill, wait_for, wait_until_complete

LONG = "Mails that customers of the shop wrote to us in many languages"[:60]
# The field's own attributes, and the text that describes it.
MARKS = """field => {
  const id = field.getAttribute("aria-describedby")
  const text = id ? document.getElementById(id)?.innerText : ""
  return [field.getAttribute("aria-invalid"), text ?? ""]
}"""


def main_labels(network: str) -> list[str]:
    facts = [config.facts(name) for name in config.hyperparameters(network)]
    return [each.label_with_unit for each in facts if each.main]


def bottoms(page: Page, network: str) -> list[float]:
    """The lower edges of network, main values and the button Start, from top to bottom of the page."""
    fields = [page.get_by_label(label, exact=True) for label in ("Network", *main_labels(network))]
    places = [field.bounding_box() for field in (*fields, page.get_by_role("button", name="Start training"))]
    return [place["y"] + place["height"] for place in places]


def describes(page: Page, label: str) -> tuple[str, str]:
    return tuple(page.get_by_label(label, exact=True).evaluate(MARKS))


@pytest.fixture
def own_data_set(server, tmp_path, monkeypatch):
    """The source of a data set of the user's own, with a long title and twelve classes with long names."""
    monkeypatch.setenv("IMDB_CACHE_DIR", server.environment["IMDB_CACHE_DIR"])
    path = tmp_path / "mails.csv"
    with path.open("w", newline="") as file:
        rows = [[f"word{n} word{n % 7} and more", f"{LONG} {n % 12}"] for n in range(600)]
        csv.writer(file).writerows([["text", "label"], *rows])
    yield proposal.add(path, Choices(text="text", label="label", name=LONG, encoding="utf-8"))
    for name in store.names():
        store.delete(name)


@pytest.mark.parametrize("network", architectures.names())
def test_network_values_and_start_are_in_view_for_every_network(page: Page, server, network):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/train?network={network}")
    wait_until_complete(page)
    edges = bottoms(page, network)
    assert max(edges) <= 800 and edges[-1] > max(edges[:-1])
    for label in main_labels(network):
        fill(page, label, "a text that is no number and fills the field")
    expect(page.get_by_text("it must be")).to_have_count(len(main_labels(network)))
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    wait_until_complete(page)
    assert max(bottoms(page, network)) <= 800, "long sentences push nothing out of view"


@pytest.mark.parametrize("network", ["lstm", "text_cnn"])
def test_start_is_in_view_with_a_long_title_and_many_classes(page: Page, server, own_data_set, network):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server.url}/train?network={network}&change=dataset={own_data_set}")
    wait_until_complete(page)
    expect(page.get_by_text("Tokenizer", exact=True)).to_be_visible()
    assert max(bottoms(page, network)) <= 800


def test_on_a_phone_network_values_start_cost_and_layers_follow_each_other(page: Page, server):
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{server.url}/train")
    wait_until_complete(page)
    parts = [page.get_by_label(label, exact=True) for label in ("Network", "Data set", "Epochs")]
    parts += [page.get_by_role("button", name="Start training")]
    parts += [page.get_by_text(text, exact=True) for text in ("Time per epoch", "why so many")]
    tops = [part.bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)


def test_a_wrong_field_is_marked_described_and_corrected_by_one_click(page: Page, server):
    page.goto(f"{server.url}/train")
    fill(page, "Epochs", "999")
    fill(page, "Learning rate", "5")
    wait_for(lambda: describes(page, "Epochs")[0] == "true")
    assert "Epochs is 999; it must be a whole number between 1 and 200." in describes(page, "Epochs")[1]
    wait_for(lambda: "very likely diverge" in describes(page, "Learning rate")[1])
    assert describes(page, "Learning rate")[0] == "false", "a doubted value is not wrong"
    expect(page.get_by_text("Correct Epochs first.")).to_be_visible()
    fill(page, "Memory units", "60")  # the marks outlive another run of the script
    expect(page.get_by_text("Cost and layers")).to_be_visible()
    wait_until_complete(page)
    assert describes(page, "Epochs")[0] == "true"
    page.get_by_role("button", name="Use 5").click()
    wait_for(lambda: describes(page, "Epochs") == ("false", ""))
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("5")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    page.get_by_label("Epochs", exact=True).press("ArrowUp")
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("6")
    fill(page, "Learning rate", "0,002")
    wait_for(lambda: describes(page, "Learning rate")[0] == "true")
    choose(page, "Network", "LSTM (of the tutorials)")
    assert describes(page, "Learning rate") in ((None, ""), ("false", ""))
