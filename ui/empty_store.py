"""What a page shows while there is nothing on it yet: one sentence and the link to change that."""

import streamlit as st

from ui.links import show_link


def show_nothing_yet(sentence: str, link: str = "train", label: str = "", **query: str) -> None:
    """Show why the page is empty, and the link to the page that changes that; the page ends here.

    `sentence` says what is missing and what to do. `link` is a script in pages/.
    """
    show_missing(sentence, link, label, **query)
    st.stop()


def show_missing(sentence: str, link: str = "train", label: str = "", **query: str) -> None:
    """As show_nothing_yet, but the page goes on.

    Without a `link`, the page itself has a button for the next step.
    """
    with st.container(key="nothing-yet"):
        st.info(sentence, icon=":material/info:")
        if link:
            show_link(link, label, **query)
