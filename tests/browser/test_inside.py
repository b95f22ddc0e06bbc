"""See inside: type, open the section, move the epoch slider, point at the path, and use the keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import box, wait_for, wait_until_complete

TEXT = "The first half is boring, but the acting is wonderful"
PATH = """name => {
  const chart = [...document.querySelectorAll(".js-plotly-plot")].find((each) => each.layout.meta?.words)
  return chart?.data.find((trace) => trace.name === name)
}"""
MAP = ".sequence-lab-chart[aria-label^='Path of the memory']"
STEPS = ".scatterlayer .trace:has(.js-line) .point"  # only the path has both a line and points


@pytest.fixture
def opened(page: Page, server):
    """The page with TEXT in its box and the section open."""
    page.goto(f"{server.url}/?model=pretrained/lstm&inside=true")
    box(page).fill(TEXT)
    expect(page.locator(".words .word")).to_have_count(len(TEXT.split()))
    page.wait_for_function(f"Boolean(({PATH})('your text'))")
    wait_until_complete(page)
    return page


def test_the_path_follows_the_typed_words_and_the_epoch_slider(opened):
    words = TEXT.lower().replace(",", "").split()
    before = opened.evaluate(PATH, "your text")
    assert before["text"] == words and len(before["x"]) == len(words)
    opened.get_by_role("slider").press("Home")
    opened.wait_for_function(
        f"x => ![undefined, x].includes(({PATH})('your text')?.x[0])", arg=before["x"][0]
    )
    expect(opened).to_have_url(re.compile("epoch=1"))
    assert opened.evaluate(PATH, "your text")["text"] == words
    box(opened).fill(f"{TEXT} film")
    opened.wait_for_function(f"({PATH})('your text')?.x.length === {len(words) + 1}")


def test_the_maps_legend_takes_two_lines_of_a_phone(opened):
    opened.set_viewport_size({"width": 400, "height": 900})
    rows = f"[...document.querySelector(`{MAP}`).querySelectorAll('.legend .traces')]"
    opened.wait_for_function(f"new Set({rows}.map((row) => row.getBoundingClientRect().top)).size === 2")


def point_at(page, place):
    """Move the mouse onto a point of the path; plotly's surface for the mouse lies above it."""
    page.locator(MAP).locator(STEPS).nth(place).hover(force=True)


def test_pointing_at_the_path_marks_the_word_in_the_text(opened):
    pointed = opened.locator(".words .pointed")
    point_at(opened, 4)
    expect(pointed).to_have_text(re.compile("^boring"))
    point_at(opened, 9)
    expect(pointed).to_have_text(re.compile("^wonderful"))
    opened.mouse.move(0, 0)
    expect(pointed).to_have_count(0)


def test_a_longer_text_is_marked_as_well(opened):
    box(opened).fill(f"{TEXT} film")
    opened.wait_for_function(f"({PATH})('your text')?.x.length === {len(TEXT.split()) + 1}")
    wait_until_complete(opened)
    for place, word in ((4, "boring"), (10, "film")):
        point_at(opened, place)
        expect(opened.locator(".words .pointed")).to_have_text(re.compile(f"^{word}"))


def choose_by_keys(page, label, beginning):
    """Go down the list with this label until the option that begins so is marked, and take it."""
    choice = page.get_by_role("combobox", name=label)

    def is_marked():
        marked = choice.get_attribute("aria-activedescendant")
        if marked and page.locator(f"[id='{marked}']").inner_text().startswith(beginning):
            return True
        choice.press("ArrowDown")
        return False

    choice.focus()
    wait_for(is_marked)
    choice.press("Enter")


def test_the_units_are_reached_with_the_keyboard_and_have_a_table(opened):
    choose_by_keys(opened, "Look at", "units of the memory")
    expect(opened.get_by_text("alone tells the")).to_be_visible()
    wait_until_complete(opened)
    details = opened.locator(".sequence-lab-data").filter(has_text="Data as a table")
    strip = details.nth(1)
    strip.locator("summary").press("Enter")
    expect(strip.locator("tbody tr")).to_have_count(20)


def shown(page, server, model, view, alt, times=1):
    """The page with TEXT in its box and this view of the model; returns the view's chart.

    The words stand there so many `times`: once with effects, and once with attention if the network has it.
    """
    page.goto(f"{server.url}/?model=pretrained/{model}&inside=true&view={view}")
    box(page).fill(TEXT)
    expect(page.locator(".words .word")).to_have_count(times * len(TEXT.split()))
    chart = page.locator(f".sequence-lab-chart[aria-label*='{alt}']")
    expect(chart.locator(".main-svg").first).to_be_attached()
    wait_until_complete(page)
    return chart


def test_pointing_at_a_bar_of_the_sum_marks_its_phrase_in_the_text(page: Page, server):
    chart = shown(page, server, "wide_deep", "phrases", "phrases add up")
    labels = chart.evaluate("box => box.data[0].hovertext")
    assert labels[0] == "the other half" and labels[-1] == "sum"
    for label, words in (("“is wonderful”", ["is", "wonderful"]), ("“boring”", ["boring"])):
        chart.locator(".barlayer .point").nth(labels.index(label)).hover(force=True)
        marked = page.locator(".words .pointed")
        expect(marked).to_have_text([re.compile(f"^{word}") for word in words])


def test_the_map_of_words_follows_the_text_and_the_epoch_slider(page: Page, server):
    chart = shown(page, server, "lstm", "words", "on a map of the network")
    typed = chart.evaluate("box => box.data.at(-1).text")
    assert {"boring", "wonderful", "acting"} <= set(typed)
    chart.locator(".scatterlayer .trace").last.locator(".point").nth(typed.index("acting")).hover(force=True)
    expect(page.locator(".words .pointed")).to_have_text(re.compile("^acting"))
    before = chart.evaluate("box => box.data[0].x[0]")
    page.get_by_role("slider").press("Home")
    wait_for(lambda: chart.evaluate("box => box.data[0].x[0]") != before)
    expect(page.get_by_text("After epoch 1 the vectors")).to_be_visible()
    box(page).fill(f"{TEXT} awful")
    wait_for(lambda: "awful" in chart.evaluate("box => box.data.at(-1).text"))


def test_a_filter_is_opened_with_the_keyboard(page: Page, server):
    strip = shown(page, server, "cnn_lstm_dense", "filters", "filters with the largest effects")
    numbers = [row.split(" ")[0] for row in strip.evaluate("box => box.data[0].y")]
    expect(page.get_by_text(f"Where filter {numbers[0]} answers most in this text")).to_be_visible()
    choose_by_keys(page, "Open a filter", f"filter {numbers[1]}:")
    expect(page.get_by_text(f"Where filter {numbers[1]} answers most in this text")).to_be_visible()
    expect(page).to_have_url(re.compile(f"filter={numbers[1]}"))


def test_pointing_at_an_answer_to_why_marks_its_word_in_the_text(page: Page, server):
    chart = shown(page, server, "gru_attention", "why", "answers to “why”", times=2)
    rows = chart.evaluate("box => box.layout.yaxis.ticktext")
    assert rows == ["leave one out", "integrated gradients", "attention"]
    surface = chart.locator(".nsewdrag").first
    surface.scroll_into_view_if_needed()
    area, words = surface.bounding_box(), TEXT.split()
    for row in range(len(rows)):
        for word in ("boring,", "wonderful"):
            across, down = (words.index(word) + 0.5) / len(words), (row + 0.5) / len(rows)
            page.mouse.move(area["x"] + area["width"] * across, area["y"] + area["height"] * down)
            expect(page.locator(".words .pointed")).to_have_text([re.compile(f"^{word.rstrip(',')}")] * 2)
    box(page).fill(f"{TEXT} film")
    wait_for(lambda: chart.evaluate("box => box.data[0].z[0].length") == len(words) + 1)


def test_a_step_of_the_lesson_opens_its_view(opened):
    opened.get_by_text("Lesson: inside the memory").click()
    opened.get_by_role("button", name="Show this view").nth(2).click()
    expect(opened.get_by_label("Look at")).to_have_value("units of the memory")
    expect(opened.get_by_text("alone tells the")).to_be_visible()
    expect(opened).to_have_url(re.compile("view=units"))


def test_a_network_is_fooled_and_the_swap_is_put_into_the_box_and_undone(page: Page, server):
    text = "The plot is good, but the end is not what I like"
    page.goto(f"{server.url}/?model=pretrained/cnn_lstm_dense&inside=true&view=fool")
    box(page).fill(text)
    page.get_by_role("button", name="Try to turn the verdict").click()
    expect(page.get_by_text("Turned with 1 swapped word")).to_be_visible(timeout=20_000)
    swapped = page.locator("del").inner_text()
    page.get_by_role("button", name="Put this text into the box").click()
    wait_for(lambda: box(page).input_value() not in ("", text))
    assert swapped == "good" and len(box(page).input_value().split()) == len(text.split())
    expect(page.locator(".verdict")).to_contain_text("Negative")
    page.get_by_role("button", name="Undo", exact=False).first.click()
    wait_for(lambda: box(page).input_value() == text)


def test_the_epoch_slider_keeps_the_chart_and_draws_into_it(opened):
    chart = opened.locator(MAP)
    chart.evaluate("box => { box.isMarked = true }")
    opened.get_by_role("slider").press("Home")
    expect(opened.get_by_text("After epoch 1 the network was right")).to_be_visible()
    wait_until_complete(opened)
    assert chart.evaluate("box => box.isMarked")
