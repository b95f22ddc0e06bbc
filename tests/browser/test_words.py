"""Words are changed by a click or a key; the link takes the text along; score and curve keep their place."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import box, wait_until_complete

TEXT = "It is not bad at all, and never boring"
LINK = "/?model=pretrained/lstm&epoch=2"
LEFT_OUT = re.compile(r"without “(.+)”: ([\d.]+)% → ([\d.]+)% positive \(log-odds ([+-][\d.]+)\)")


@pytest.fixture
def typed(page: Page, server):
    """The page with TEXT in the box and its words shown."""
    page.goto(f"{server.url}{LINK}")
    box(page).fill(TEXT)
    expect(page.locator(".words .word")).to_have_count(len(TEXT.split()))
    wait_until_complete(page)
    return page


def word(page, text):
    return page.locator(".words").get_by_role("button", name=re.compile(rf"^{text}[ :]"))


def open_menu(page, text):
    word(page, text).click()
    menu = page.get_by_role("dialog", name=f"Change “{text}”")
    expect(menu.get_by_role("button").nth(1)).to_be_visible()
    return menu


def test_a_word_that_is_left_out_changes_the_score_by_the_effect_that_it_showed(typed):
    shown = word(typed, "not").locator("sub").inner_text()
    number = typed.locator(".number").inner_text()
    open_menu(typed, "not").get_by_role("button", name="Leave it out").click()
    expect(box(typed)).to_have_value(TEXT.replace("not ", ""))
    line = typed.get_by_text(LEFT_OUT)
    expect(line).to_be_visible()
    left_out, before, after, difference = LEFT_OUT.search(line.inner_text()).groups()
    assert left_out == "not" and number == f"{before}% positive"
    expect(typed.locator(".number")).to_have_text(f"{after}% positive")
    assert float(difference) == -float(shown)
    expect(typed.locator(".words .word")).to_have_count(len(TEXT.split()) - 1)


def test_a_word_is_swapped_for_a_near_word_or_for_a_typed_one_and_each_change_can_be_undone(typed):
    menu = open_menu(typed, "bad")
    near = menu.get_by_role("group").get_by_role("button")
    expect(near.first).to_have_text(re.compile(r"^\S+ 0\.\d\d$"))
    expect(near).to_have_count(8)
    swapped = near.first.inner_text().split()[0]
    near.first.click()
    expect(box(typed)).to_have_value(TEXT.replace("bad", swapped))
    menu = open_menu(typed, "it")
    menu.get_by_role("textbox").fill("  this  film ")
    menu.get_by_role("textbox").press("Enter")
    changed = TEXT.replace("bad", swapped).replace("It", "This film")
    expect(box(typed)).to_have_value(changed)
    expect(typed.get_by_text("“It” → “this film”")).to_be_visible()
    typed.get_by_role("button", name="Undo the last change").click()
    expect(box(typed)).to_have_value(TEXT.replace("bad", swapped))
    open_menu(typed, "never").get_by_role("button", name="Leave it out").click()
    expect(box(typed)).to_have_value(TEXT.replace("bad", swapped).replace("never ", ""))
    typed.get_by_role("button", name="Undo all changes").click()
    expect(box(typed)).to_have_value(TEXT)
    expect(typed.get_by_text(", undone")).to_have_count(3)
    typed.get_by_role("button", name="Clear the list").click()
    expect(typed.get_by_text(", undone")).to_have_count(0)
    expect(box(typed)).to_have_value(TEXT)


def test_words_are_one_tab_stop_and_are_changed_with_the_keyboard(typed):
    expect(typed.locator(".words [tabindex='0']")).to_have_count(1)
    typed.locator(".words [tabindex='0']").focus()
    for _ in range(3):
        typed.keyboard.press("ArrowRight")
    expect(word(typed, "bad")).to_be_focused()
    typed.keyboard.press("Home")
    expect(word(typed, "it")).to_be_focused()
    typed.keyboard.press("End")
    expect(word(typed, "boring")).to_be_focused()
    typed.keyboard.press("Enter")
    menu = typed.get_by_role("dialog", name="Change “boring”")
    expect(menu.get_by_role("button", name="Leave it out")).to_be_focused()
    typed.wait_for_timeout(1000)  # the similar words arrive and must not take the focus
    expect(menu.get_by_role("button", name="Leave it out")).to_be_focused()
    typed.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(word(typed, "boring")).to_be_focused()
    typed.keyboard.press("Enter")
    typed.keyboard.press("Enter")
    expect(box(typed)).to_have_value(TEXT.removesuffix(" boring"))


def test_typing_goes_on_while_a_menu_is_open(typed):
    menu = open_menu(typed, "bad")
    box(typed).press_sequentially(", wonderful")
    expect(typed.locator(".words .word")).to_have_count(len(TEXT.split()) + 1)
    expect(box(typed)).to_have_value(f"{TEXT}, wonderful")
    if menu.count() == 0:
        menu = open_menu(typed, "bad")
    menu.get_by_role("button", name="Leave it out").click()
    expect(box(typed)).to_have_value(f"{TEXT}, wonderful".replace("bad ", ""))


def test_a_network_without_the_word_says_so_and_offers_another_word(typed):
    box(typed).fill("a zqxx film")
    menu = open_menu(typed, "zqxx")
    expect(menu.get_by_text("does not know the word")).to_be_visible()
    menu.get_by_role("textbox").fill("great")
    menu.get_by_role("button", name="Put it in").click()
    expect(box(typed)).to_have_value("a great film")


def test_the_link_with_the_text_fills_the_box_and_no_server_sees_the_text(page: Page, context, server):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = "Söhne & Töchter: not bad at all?\n100% #1 😀"
    page.goto(f"{server.url}{LINK}")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Type a text first")).to_be_visible()
    box(page).fill(text)
    expect(page.locator(".number")).to_have_text(re.compile("positive"))
    assert "text" not in page.url
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    address, _, fragment = link.partition("#text=")
    assert unquote(fragment) == text and "model=pretrained" in address and "epoch=2" in address
    opened, asked = context.new_page(), []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(link)
    expect(box(opened)).to_have_value(text)
    expect(opened.locator(".number")).to_have_text(page.locator(".number").inner_text())
    expect(opened.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("epoch 2"))
    expect(opened).to_have_url(re.compile("^[^#]*epoch=2[^#]*$"))
    assert asked and not [url for url in asked if "T%C3%B6chter" in url.partition("#")[0]]
    box(opened).fill("Another text")
    opened.reload()
    expect(box(opened)).to_have_value("")


def test_a_text_too_long_for_a_link_and_a_damaged_link_get_a_sentence(page: Page, server):
    page.goto(f"{server.url}{LINK}")
    box(page).fill("film " * 2000)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("too long for a link (10,000 of 8,000 characters)")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{server.url}{LINK}#text=%E0%A4%A")
    expect(page.get_by_text("cannot be read")).to_be_visible()
    expect(box(page)).to_have_value("")


def test_score_and_curve_keep_their_place_and_their_axes_while_a_text_grows(page: Page, server):
    page.goto(f"{server.url}{LINK}")
    wait_until_complete(page)
    places, axes = [], []
    for text in ("", "A", "A wonderful film", TEXT, "a film " * 15, "zqxx", ""):
        box(page).fill(text)
        page.wait_for_timeout(400)
        wait_until_complete(page)
        chart = page.locator(".js-plotly-plot").first
        boxes = [part.bounding_box() for part in (page.locator(".verdict"), chart)]
        places.append([(round(part["y"]), round(part["height"])) for part in boxes])
        layout = (
            "chart => [chart._fullLayout.yaxis.range, chart._fullLayout._size.l, chart._fullLayout._size.b]"
        )
        axes.append(chart.evaluate(layout))
    assert len(set(map(str, axes))) == 1, axes
    assert all(place == places[0] for place in places), places


def test_screen_readers_hear_the_score_after_a_pause(typed):
    expect(
        typed.get_by_role("status").filter(has_text=re.compile(r"^(Positive|Negative), \d+ %$"))
    ).to_have_count(1)


def test_networks_side_by_side_keep_their_order_while_a_text_is_typed(typed):
    typed.get_by_text("Several networks side by side").click()
    titles = "charts => charts.map(chart => chart.layout.annotations.map(note => note.text))"
    orders = []
    for text in ("a wonderful film", "a terrible, boring film", "it is not bad"):
        box(typed).fill(text)
        typed.wait_for_timeout(500)
        wait_until_complete(typed)
        orders.append(typed.locator(".js-plotly-plot").evaluate_all(titles))
    assert orders[0][0] and orders[0] == orders[1] == orders[2]
