"""Which networks the page "The networks" shows: one, or up to four side by side; the link keeps them.

Called by pages/learn.py.
"""

import streamlit as st

from imdb_core import architectures
from ui import page_link
from ui.formats import escaped
from ui.linked_widgets import set_widget

MOST = 4  # side by side; another one replaces the one that was chosen first
LINK = "network"


def chosen_networks() -> list[str]:
    """The names of the chosen networks, in the order of choice; there is always at least one."""
    tutorial, names = architectures.tutorial_names(), architectures.all_names()
    chosen = _known(st.query_params.get(LINK, ""), names)
    st.query_params[LINK] = ",".join(chosen)
    _show_group("From the tutorials", tutorial, chosen)
    beyond = [name for name in architectures.names() if name not in tutorial]
    _show_group("Beyond the tutorials", beyond, chosen)
    _show_group("Learning without labels", architectures.language_models(), chosen)
    return chosen


def _known(link: str, names: list[str]) -> list[str]:
    """The networks that the link names; a sentence names those that do not exist here."""
    requested = [name for name in dict.fromkeys(link.split(",")) if name]
    if unknown := [name for name in requested if name not in names]:
        st.error(escaped(f"There is no network {', '.join(unknown)[:80]} here. Choose another one below."))
    return [name for name in requested if name in names][:MOST] or names[:1]


def _show_group(label: str, names: list[str], chosen: list[str]) -> None:
    """The networks of one group as buttons that can be pressed and released."""
    if not names:
        return
    key = f"{LINK}-{label}"
    set_widget(key, [name for name in names if name in chosen])

    def follow() -> None:
        # Not `chosen` of the drawing: a click in the other group may have come just before.
        chosen = [name for name in (page_link.value(LINK) or "").split(",") if name]
        pressed = [name for name in st.session_state[key] if name in names]
        kept = [name for name in chosen if name not in names or name in pressed]
        chosen_now = [*kept, *(name for name in pressed if name not in kept)][-MOST:]
        page_link.change(LINK, ",".join(chosen_now))

    st.pills(
        label,
        names,
        selection_mode="multi",
        format_func=lambda name: escaped(architectures.get(name).title),
        key=key,
        on_change=follow,
    )
