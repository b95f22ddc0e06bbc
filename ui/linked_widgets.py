"""Widgets whose choice stays in the page's link, so that a reload or a copied link shows the same page.

Streamlit can bind a widget to the link itself, but then the link holds the shown title, and titles change.
These widgets put the key into the link.
"""

from collections import Counter
from collections.abc import Callable

import streamlit as st

from ui import page_link, streamlit_internals
from ui.formats import escaped


def linked_choice(
    label: str,
    titles: dict[str, str],
    *,
    link: str,
    forget: str = "",
    then: Callable[[], object] = lambda: None,
) -> str:
    """A selectbox over `titles` (key -> shown title); the first title if the link has no known key.

    Another choice removes the parameter `forget` from the link, which belonged to the earlier choice, and
    calls `then`.
    """
    titles = distinct_titles(titles)
    requested = page_link.value(link)
    st.query_params[link] = requested if requested in titles else next(iter(titles))
    widget = f"{link}-choice"
    set_widget(widget, st.query_params[link], titles)

    def follow():
        if st.session_state[widget] in titles:  # a late click may report a title that has changed since
            page_link.change(link, st.session_state[widget])
            if forget:
                page_link.change(forget, None)
            then()

    return st.selectbox(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def linked_choices(label: str, titles: dict[str, str], *, link: str, default: list[str]) -> list[str]:
    """As linked_choice, for several keys, separated by commas in the link. A sentence names unknown keys."""
    titles = distinct_titles(titles)
    requested = [key for key in (page_link.value(link) or "").split(",") if key]
    if unknown := [key for key in requested if key not in titles]:
        st.error(
            escaped(f"The link names {', '.join(unknown)[:80]}, which does not exist here. Choose below.")
        )
    widget, known = f"{link}-choices", [key for key in requested if key in titles]
    set_widget(widget, known if requested or link in st.query_params else default, titles)

    def follow():
        page_link.change(link, ",".join(key for key in st.session_state[widget] if key in titles))

    return st.multiselect(label, list(titles), format_func=titles.get, key=widget, on_change=follow)


def linked_option(label: str, titles: dict[str, str], *, link: str, help: str | None = None) -> str:
    """A selectbox over `titles` (key -> shown title); the link holds any key but the first, the default.

    A key that the link names and that does not exist here is ignored: another network has other classes.
    """
    titles = distinct_titles(titles)
    default, requested = next(iter(titles)), page_link.value(link)
    widget = f"{link}-option"
    set_widget(widget, requested if requested in titles else default, titles)

    def follow():
        if st.session_state[widget] == default:
            page_link.change(link, None)
        elif st.session_state[widget] in titles:
            page_link.change(link, st.session_state[widget])

    return st.selectbox(label, list(titles), format_func=titles.get, key=widget, on_change=follow, help=help)


def linked_slider(label: str, titles: dict[int, str], *, link: str, default: int, help: str) -> int:
    """A slider over `titles` (value -> shown title); the link holds a value other than the default."""
    requested = page_link.value(link) or ""
    known = requested in map(str, titles)
    if requested and not known:
        st.error(
            escaped(
                f"The link asks for {link} {requested[:20]}, which was not saved. Move the slider to a saved "
                f"{link}."
            )
        )
    widget = f"{link}-slider"
    set_widget(widget, int(requested) if known else default, titles)

    def follow():
        value = st.session_state[widget]
        page_link.change(link, None if value == default else str(value))

    return st.select_slider(
        label, list(titles), format_func=titles.get, key=widget, on_change=follow, help=help
    )


def linked_number(label: str, *, link: str, most: int, width: int) -> int:
    """A number box from 1 to `most`; 1 if the link has no number. Bound widgets fail at long numbers."""
    most, widget = max(1, most), f"{link}"
    requested = page_link.value(link) or ""
    number = int(requested) if requested.isdecimal() and len(requested) < 10 else 1
    set_widget(widget, max(1, min(most, number)))

    def follow():
        page_link.change(link, str(st.session_state[widget]))

    return st.number_input(label, 1, most, key=widget, width=width, on_change=follow)


def set_widget(key: str, value: object, titles: dict | None = None) -> None:
    """Give the widget with this key a value, before the widget is shown.

    `titles` are the options of the widget (value -> shown title). If the script sets a value, Streamlit sends
    it to the browser, where it replaces what the visitor is choosing at that moment. So nothing is set if the
    browser reports this value already and the titles are the same. It is not enough that an earlier run has
    set the value: of several messages for one widget, Streamlit may send only the newest.
    """
    offered, offered_key = list((titles or {}).items()), f"{key}-titles"
    is_shown = streamlit_internals.browser_reports(key) and st.session_state[key] == value
    if not is_shown or st.session_state.get(offered_key) != offered:
        st.session_state[key], st.session_state[offered_key] = value, offered


def distinct_titles(titles: dict[str, str]) -> dict[str, str]:
    """`titles` (key -> shown title); equal titles get the end of their key.

    A browser reports the title that was chosen; of equal titles Streamlit would take the last.
    """
    counts = Counter(titles.values())
    return {key: f"{title} · {key[-8:]}" if counts[title] > 1 else title for key, title in titles.items()}
