"""From a table of one's own to scored texts, in a real Chromium."""

import csv
import random
import re

import pytest
from playwright.sync_api import Page, expect

from imdb_core.data.own import store
from tests.browser.visits import box, choose, wait_for, wait_for_text_box, wait_until_complete

WORDS = {"praise": ("lovely", "superb"), "complaint": ("broken", "awful"), "question": ("where", "when")}


@pytest.fixture
def no_texts_left(server, monkeypatch):
    """After the test its data sets are deleted: other tests have the same server."""
    yield
    monkeypatch.setenv("IMDB_CACHE_DIR", server.environment["IMDB_CACHE_DIR"])
    for name in store.names():
        store.delete(name)


def table(path, rows):
    """Texts of three classes. The columns "text" and "label" hold neither: they must be mapped by hand."""
    draw = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "remark", "opinion"])
        for number in range(rows):
            kind = draw.choice(list(WORDS))
            words = [
                draw.choice(["lamp", "chair", "phone"]),
                draw.choice(WORDS[kind]),
                draw.choice(WORDS[kind]),
            ]
            shop = f"the shop in the street with the number {number % 30}"
            writer.writerow([shop, draw.choice(["north", "south"]), " ".join(words) + f" {number}", kind])
    return path


@pytest.mark.usefixtures("no_texts_left")
def test_a_table_is_sent_mapped_trained_on_and_scored(page: Page, server, server_runs, tmp_path):
    page.goto(f"{server.url}/texts")
    page.locator("input[type=file]").first.set_input_files(table(tmp_path / "shop.csv", 300))
    choose(page, "Column of the texts", "remark")
    expect(page.get_by_role("cell", name="phone lovely superb 0", exact=True)).to_be_visible()
    choose(page, "Column of the labels", "opinion")
    expect(page.get_by_role("cell", name="“complaint”")).to_be_visible()
    page.get_by_role("button", name="Add this data set").click()
    expect(page.get_by_text("“shop” is stored: 240 training and 60 test texts in 3 classes.")).to_be_visible()

    page.get_by_role("link", name="Train on these texts").last.click()
    choose(page, "Network", "Phrases averaged (beyond the tutorials)")
    wait_until_complete(page)
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("1")
    epochs.press("Enter")
    wait_until_complete(page)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/watch\?run="))
    wait_for(lambda: server_runs()[0].state == "finished")
    expect(page.locator("[data-testid=stMain]")).to_contain_text("finished")

    page.get_by_role("link", name="type with it").first.click()
    wait_for_text_box(page)
    box(page).fill("a lovely superb chair")
    # Where the box has just been shown, two verdicts stand on the page for a moment.
    expect(page.locator(".verdict", has_text=re.compile("|".join(WORDS)))).to_be_visible()
    page.get_by_text("Score a file").click()
    page.locator("input[type=file]").first.set_input_files(table(tmp_path / "more.csv", 50))
    choose(page, "Column of the texts", "remark")
    page.get_by_role("button", name="Score 50 rows").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with open(download.value.path(), newline="", encoding="utf-8-sig") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == 50 and header[:4] == ["text", "label", "remark", "opinion"]
    assert {row[4] for row in rows} <= set(WORDS)
