"""Widgets whose choice stands in the page's link: quick actions, late messages, and steps back."""

import pytest
from streamlit.testing.v1 import AppTest

from ui import page_link, streamlit_internals


def choice():
    from ui.linked_widgets import linked_choice

    linked_choice("Box", {"a": "Alpha", "b": "Beta", "c": "Gamma"}, link="it")


def choices():
    from ui.linked_widgets import linked_choices

    linked_choices("Box", {"a": "Alpha", "b": "Beta", "c": "Gamma"}, link="it", default=["a"])


def option():
    from ui.linked_widgets import linked_option

    linked_option("Box", {"a": "Alpha", "b": "Beta", "c": "Gamma"}, link="it")


def slider():
    from ui.linked_widgets import linked_slider

    linked_slider("Box", {1: "one", 2: "two", 3: "three"}, link="it", default=1, help="")


def number():
    from ui.linked_widgets import linked_number

    linked_number("Box", link="it", most=3, width=100)


# The script, its kind of widget, and two values: of the widget, and in the link.
WIDGETS = {
    "choice": (choice, "selectbox", {"b": "b", "c": "c"}),
    "choices": (choices, "multiselect", {("a", "b"): "a,b", ("b",): "b"}),
    "option": (option, "selectbox", {"b": "b", "c": "c"}),
    "slider": (slider, "select_slider", {2: "2", 3: "3"}),
    "number": (number, "number_input", {2: "2", 3: "3"}),
}


@pytest.fixture(params=WIDGETS)
def opened(request):
    """(app with one widget, kind of the widget, two of its values, each with its text in the link)."""
    script, kind, values = WIDGETS[request.param]
    app = AppTest.from_function(script, default_timeout=60).run()
    return app, kind, list(values.items())


def widget(app, kind):
    [shown] = getattr(app, kind)
    return shown


def choose(app, kind, value):
    widget(app, kind).set_value(list(value) if isinstance(value, tuple) else value).run()
    assert not app.exception


def chosen(app, kind):
    value = widget(app, kind).value
    return tuple(value) if isinstance(value, list) else value


def link(app):
    value = app.query_params.get("it")
    return value[-1] if isinstance(value, list) else value


def come_with_link(app, value):
    """A message of the browser with this value in its address bar."""
    app.query_params.pop("it", None)
    if value is not None:
        app.query_params["it"] = value
    app.run()


def test_a_message_that_was_sent_too_early_does_not_undo_a_choice(opened):
    app, kind, [(first, in_link), (second, second_in_link)] = opened
    before = link(app)
    choose(app, kind, first)
    come_with_link(app, before)
    assert link(app) == in_link and chosen(app, kind) == first
    choose(app, kind, second)
    for late in (before, in_link):  # the browser may know of the first choice by then, or not
        come_with_link(app, late)
        assert link(app) == second_in_link


def test_a_step_back_is_a_step_back(opened, monkeypatch):
    app, kind, [(first, in_link), *_] = opened
    before, shown = link(app), chosen(app, kind)
    choose(app, kind, first)
    monkeypatch.setattr(page_link, "ANSWER_SECONDS", 0)
    come_with_link(app, before)
    assert chosen(app, kind) == shown
    monkeypatch.undo()
    come_with_link(app, in_link)
    come_with_link(app, before)  # nothing was chosen since: no message is late
    assert chosen(app, kind) == shown


def test_another_link_is_followed_at_once(opened):
    app, kind, [(first, _), (second, second_in_link)] = opened
    choose(app, kind, first)
    come_with_link(app, second_in_link)
    assert chosen(app, kind) == second


def test_only_a_part_of_the_page_runs_again_only_for_a_choice_on_it(opened, monkeypatch):
    app, kind, [(first, in_link), *_] = opened
    before = link(app)
    choose(app, kind, first)
    monkeypatch.setattr(page_link, "ANSWER_SECONDS", 0)
    monkeypatch.setattr(streamlit_internals, "is_fragment_run", lambda: True)
    come_with_link(app, before)
    assert link(app) == in_link


def test_a_change_on_another_page_is_not_repeated(opened, monkeypatch):
    app, kind, [(first, _), *_] = opened
    before, shown = link(app), chosen(app, kind)
    choose(app, kind, first)
    monkeypatch.setattr(streamlit_internals, "page_of_this_run", lambda: "another page")
    come_with_link(app, before)
    assert chosen(app, kind) == shown


def test_what_the_visitor_is_choosing_is_not_replaced_without_need(opened):
    """A value that the script sets replaces what the browser shows, so it is set only when it changes."""
    app, kind, [(first, in_link), *_] = opened
    app.run()
    assert not widget(app, kind).proto.set_value
    choose(app, kind, first)
    app.run()
    assert not widget(app, kind).proto.set_value
    come_with_link(app, in_link)
    assert not widget(app, kind).proto.set_value


def test_a_value_that_the_browser_does_not_report_is_set_again(opened, monkeypatch):
    """Streamlit drops a message that is not sent yet when a newer one for the same widget comes."""
    app, kind, _ = opened
    shown = chosen(app, kind)
    monkeypatch.setattr(streamlit_internals, "browser_reports", lambda key: False)
    app.run()
    assert widget(app, kind).proto.set_value and chosen(app, kind) == shown


def test_the_first_run_of_a_page_has_no_report_and_the_next_one_has(monkeypatch):
    reports = []
    real = streamlit_internals.browser_reports
    monkeypatch.setattr(
        streamlit_internals, "browser_reports", lambda key: reports.append(real(key)) or reports[-1]
    )
    AppTest.from_function(choice, default_timeout=60).run().run()
    assert reports == [False, True]


def changing_titles():
    import streamlit as st

    from ui.linked_widgets import linked_choice

    names = st.session_state.get("names", "ab")
    linked_choice("Box", {"1": f"first {names[0]}", "2": f"second {names[1]}"}, link="it")


def test_a_new_title_of_the_chosen_value_is_shown():
    app = AppTest.from_function(changing_titles, default_timeout=60).run()
    choose(app, "selectbox", "2")
    app.session_state["names"] = "xy"
    app.run()
    box = widget(app, "selectbox")
    assert box.value == "2" and box.options == ["first x", "second y"]
    assert box.proto.set_value and box.proto.raw_value == "second y"
