"""What a visitor notices in a real Chromium beside the main path: kept text, tab titles, translation, narrow
windows.
"""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from imdb_core import paths
from imdb_core.runs import journal, store
from tests.browser.test_main_path import curve, start_training, wait_for
from tests.faults.support.sample_runs import finished_run

expect.set_options(timeout=30_000)
GOOD, BAD = "A wonderful, moving film", "A terrible, boring waste of time"
TITLES = {
    "": "Type a review",
    "learn": "Learn: the 5 networks",
    "train": "Train a network",
    "watch": "finished · ",
    "runs": "All runs",
    "compare": "Compare runs",
    "inspect": "Look into a run",
    "data": "The reviews",
}
# As Chrome's translator does it: each text node is replaced by <font><font>its text</font></font>.
TRANSLATED = """mark => {
  const texts = []
  const collect = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.shadowRoot) collect(node.shadowRoot)
      const kept = node.parentElement?.closest("[translate=no], style, script, svg, textarea, font")
      if (node.nodeType === Node.TEXT_NODE && node.data.trim() && !kept) texts.push(node)
    }
  }
  collect(document.body)
  for (const text of texts) {
    const font = document.createElement("font")
    font.appendChild(document.createElement("font")).textContent = mark + text.data
    text.replaceWith(font)
  }
  return texts.length
}"""


def box(page: Page):
    return page.locator("textarea#review")


def go_to(page: Page, name: str, *, heading: str):
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def translate(page: Page) -> None:
    """Translate the page as Chrome does; a visitor does so when the page has loaded."""
    page.locator("body[data-texts-followed]").wait_for(state="attached")
    assert page.evaluate(TRANSLATED, "§")


@pytest.mark.parametrize("way", ["a link", "the keyboard", "the back button"])
def test_what_was_pasted_is_kept_when_the_page_is_left_at_once(page: Page, server, way):
    page.goto(f"{server.url}/train")
    go_to(page, "Type a review", heading="Type a review")
    box(page).fill(GOOD)
    expect(page.locator(".verdict")).to_have_text("Positive")
    link = page.get_by_role("link", name="Train a network").first
    link.focus() if way == "the keyboard" else link.hover()
    box(page).evaluate("(box, text) => { box.value = text; box.dispatchEvent(new Event('input')) }", BAD)
    if way == "the back button":
        while "/train" not in page.url:  # the page's link has changed on its way
            page.go_back()
    else:
        link.click() if way == "a link" else page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    go_to(page, "Type a review", heading="Type a review")
    expect(box(page)).to_have_value(BAD)
    expect(page.locator(".verdict")).to_have_text("Negative")


def test_what_is_typed_while_the_server_is_away_is_scored_once_it_is_back(page: Page, server):
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
    wait_for(lambda: curve(page) >= 1)
    if filled == "by an example":
        page.get_by_role("button", name="Plain praise").click()
        expect(box(page)).not_to_have_value(GOOD)
        wait_for(lambda: curve(page) >= 1)
    text, link = box(page).input_value(), page.url
    with page.expect_websocket():
        server.restart()
    page.wait_for_timeout(2000)  # the page is run by the new server
    expect(page).to_have_url(link)
    page.get_by_text("Several networks side by side").click()
    expect(page.locator(".verdict")).to_have_text("Positive")
    expect(box(page)).to_have_value(text)
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("epoch 1"))


def test_each_page_has_a_title_of_its_own_in_the_browsers_tab(page: Page, server):
    page.goto(server.url)
    for path, title in TITLES.items():
        page.goto(f"{server.url}/{path}")
        expect(page).to_have_title(re.compile(f"^{title}"))
    go_to(page, "All runs", heading="All runs")
    expect(page).to_have_title("All runs")


def test_the_tab_tells_how_far_a_run_is_and_how_it_ended_and_nothing_else_in_between(
    page: Page, server, server_runs
):
    page.add_init_script(
        """window.titles = []
        new MutationObserver(() => { if (window.titles.at(-1) !== document.title) window.titles.push(document.title) })
        .observe(document, { childList: true, subtree: true, characterData: true })"""
    )
    id = start_training(page, server, epochs=60)
    name = server_runs()[0].name
    expect(page).to_have_title(re.compile(rf"^[1-9]\d? % · {re.escape(name)}$"), timeout=180_000)
    page.evaluate("window.titles = []")
    first = page.title()
    wait_for(lambda: page.title() != first)
    page.get_by_role("button", name="Stop").click()
    wait_for(lambda: server_runs()[0].state == "stopped")
    expect(page).to_have_title(f"stopped · {name}")
    others = [
        title
        for title in page.evaluate("window.titles")
        if not re.fullmatch(r"(\d+ %|stopping|stopped) · .*", title)
    ]
    assert not others
    go_to(page, "All runs", heading="All runs")
    expect(page).to_have_title("All runs")
    store.rename(server_runs()[0], "<b>$x$</b> **bold**")
    page.goto(f"{server.url}/watch?run={id}")
    expect(page).to_have_title("stopped · <b>$x$</b> **bold**")


def test_enter_saves_the_new_name_of_a_run(page: Page, server, server_runs):
    run = finished_run("old name")
    page.goto(f"{server.url}/watch?run={run.id}")
    page.get_by_role("button", name="Rename").click()
    field = page.get_by_label("New name")
    field.fill("new name")
    field.press("Enter")
    expect(page.get_by_role("heading", name="new name")).to_be_visible()
    assert store.find(run.id).name == "new name"


# A page that the browser translates


def shown(page: Page) -> str:
    """All the text that can be seen, also inside components."""
    return page.locator("[data-testid=stMain]").inner_text()


def test_a_translated_page_shows_the_newest_score_and_words(page: Page, server):
    page.goto(f"{server.url}/?model=pretrained/lstm")
    box(page).fill(GOOD)
    expect(page.locator(".verdict")).to_have_text("Positive")
    expect(page.get_by_text("4 words:")).to_be_visible()
    for text, verdict, count in (
        (BAD, "Negative", "6 words:"),
        (GOOD, "Positive", "4 words:"),
        (BAD, "Negative", "6 words:"),
    ):
        translate(page)
        box(page).fill(text)
        expect(page.locator(".verdict")).to_have_text(verdict)
        expect(page.locator(".number")).to_have_text(re.compile(r"^[\d.]+% positive$"))
        expect(page.locator(".words").first).to_contain_text(text.split()[-1])
        expect(page.get_by_text(re.compile(rf"^{count}"))).to_be_visible()
        assert "§4 words" not in shown(page) and "§6 words" not in shown(page)
    translate(page)
    page.get_by_text("Several networks side by side").click()
    wait_for(lambda: curve(page) >= 1)
    expect(page.locator(".verdict")).to_have_count(0)
    page.get_by_role("link", name="The reviews").first.click()
    expect(page.get_by_role("heading", name="The reviews")).to_be_visible()
    expect(page.get_by_text("What the network sees")).to_have_count(0)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_translated_watch_page_follows_its_run(page: Page, server, server_runs):
    start_training(page, server, epochs=200)
    expect(page.get_by_text(re.compile("epoch ([2-9]|[0-9]{2}) of 200"))).to_be_visible(timeout=180_000)
    translate(page)
    progress = page.locator("[data-testid=stProgress]")
    expect(progress).not_to_contain_text("§")
    expect(progress).to_contain_text(re.compile("epoch [0-9]+ of 200"))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped by the user")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_translated_sentence_with_a_bold_word_follows_what_is_chosen(page: Page, server):
    page.goto(f"{server.url}/data?corpus=demo&number=1&label=positive")
    sentence = page.locator("[data-testid=stMarkdown]", has_text="training reviews with")
    expect(sentence).to_contain_text("Number 1 of")
    for label in ("negative", "any label"):
        translate(page)
        page.get_by_test_id("stButtonGroup").get_by_role("radio", name=label).click()
        expect(sentence).to_contain_text(f"with {label}")
        expect(sentence).not_to_contain_text("with positive")
    translate(page)
    page.get_by_role("button", name="Another one at random").click()
    expect(sentence).not_to_contain_text("Number 1 of")
    expect(sentence).to_contain_text("Number ")


def test_names_reviews_and_code_are_not_to_be_translated(page: Page, server, server_runs):
    run = finished_run("my name for it")
    page.goto(f"{server.url}/watch?run={run.id}")
    expect(page.get_by_role("heading", name=run.name)).to_be_visible()
    page.get_by_text("Hyperparameters of this run").click()
    expect(page.get_by_text("python -m imdb_core train")).to_be_visible()
    translated = "element => element.closest('[translate]')?.getAttribute('translate') !== 'no'"
    for part in ("h1", "[data-testid=stCode]", ".sequence-lab-chart"):
        assert not page.locator(part).first.evaluate(translated), part
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(server.url)
    box(page).fill(GOOD)
    expect(page.locator(".words")).to_have_attribute("translate", "no")


# Narrow windows and long names

LONG = ("A name of a run that is as long as a name may be, " * 2)[:80]
COVERED = """() => [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => {
  const [bar, legend] = [".modebar", ".legend"].map((part) => plot.querySelector(part)?.getBoundingClientRect())
  return bar && legend && bar.bottom > legend.top && bar.left < legend.right
}).map((plot) => plot.getAttribute("aria-label"))"""
CUT = """() => [...document.querySelectorAll("[data-testid=stMain] *")].filter((element) => {
  const style = getComputedStyle(element), value = element.value ?? element.innerText
  const cut = element.scrollWidth > element.clientWidth + 1 && style.overflowX !== "visible" && style.overflowX !== "auto"
  return element.clientWidth > 1 && value && element.tagName !== "TEXTAREA" && cut && style.textOverflow !== "ellipsis"
}).map((element) => element.outerHTML.slice(0, 200))"""
OUTSIDE = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) =>
  [...plot.querySelectorAll(".legendtext, .annotation-text")].filter((text) =>
    text.getBoundingClientRect().right > plot.getBoundingClientRect().right + 1)).map((text) => text.textContent)"""


@pytest.fixture
def long_names(server_runs):
    """A trained run and one that was only tested, with names and a device as long as they may be; (id, id)."""
    trained = paths.runs_folder() / store.new_id()
    shutil.copytree(paths.PRETRAINED / "cnn_lstm_dense", trained)
    store.rename(store.read(trained), f"{LONG[:79]}!")
    run = finished_run(LONG, probes="\n".join([f"{LONG} was superb", "awful"]))
    rows = [row | {"probes": [0.9, 0.1]} for row in run.metrics]
    (run.folder / "metrics.jsonl").unlink()
    for row in rows:
        journal.append(run.folder / "metrics.jsonl", row)
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device=f"gpu:0 {LONG}", threads=1)
    store.record(run.folder, "finished", best_epoch=3, test_accuracy=0.8125, test_reviews=1000)
    yield run.id, trained.name
    for one in store.runs():
        store.delete(one)


@pytest.mark.parametrize("width", [400, 1280])
def test_long_names_end_with_a_sign_that_they_are_cut_and_no_bar_of_buttons_covers_a_legend(
    page, server, long_names, width
):
    tested, trained = long_names
    page.set_viewport_size({"width": width, "height": 900})
    links = [
        f"watch?run={tested}",
        f"compare?runs={tested},{trained}",
        f"inspect?run={trained}",
        f"?model={trained}&all=true",
    ]
    for link in [*links, "learn", "train", "runs", "data"]:
        page.goto(f"{server.url}/{link}")
        expect(page.locator("h1").first).to_be_visible()
        if link.startswith("?"):
            box(page).fill(GOOD)
        page.wait_for_timeout(2500)  # tables and charts come after the heading
        for wrong in (COVERED, CUT, OUTSIDE):
            wait_for(lambda wrong=wrong: page.evaluate(wrong) == [], 20)
