"""Pages that the browser translates stay up to date, and names, reviews and code are not translated."""

import re

from playwright.sync_api import Page, expect

from tests.browser.visits import BAD, GOOD, box, points, start_training, wait_for
from tests.faults.support.sample_runs import finished_run

TRANSLATED = """mark => {
  const texts = []
  const collect = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.shadowRoot) collect(node.shadowRoot)
      const untranslated = node.parentElement?.closest("[translate=no], style, script, svg, textarea, font")
      if (node.nodeType === Node.TEXT_NODE && node.data.trim() && !untranslated) texts.push(node)
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


def translate(page: Page) -> None:
    """Translate the page as Chrome does; a visitor does so when the page has loaded."""
    page.locator("body[data-texts-followed]").wait_for(state="attached")
    assert page.evaluate(TRANSLATED, "§")


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
    wait_for(lambda: points(page) >= 1)
    expect(page.locator(".verdict")).to_have_count(0)
    page.get_by_role("link", name="The reviews").first.click()
    expect(page.get_by_role("heading", name="The reviews")).to_be_visible()
    expect(page.get_by_text("What the network sees")).to_have_count(0)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_translated_watch_page_follows_its_run(page: Page, server, server_runs):
    start_training(page, server, epochs=200)
    expect(page.get_by_text(re.compile("^([2-9]|[0-9]{2}) of 200$"))).to_be_visible()
    translate(page)
    progress = page.locator(".live-run .figures dd").first
    expect(progress).not_to_contain_text("§")
    expect(progress).to_contain_text(re.compile("[0-9]+ of 200"))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("stAlert").get_by_text("Stopped by the user")).to_be_visible()
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
    page.get_by_role("button", name="Another review at random").click()
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
