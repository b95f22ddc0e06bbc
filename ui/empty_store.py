"""What a page shows while there is nothing on it yet: one sentence and the way to change that."""

import streamlit as st

from ui.pages import link_to


def show_nothing_yet(sentence: str) -> None:
    """Show why the page is empty, and the link to the training form; the page ends here.

    `sentence` says what is missing and what this page does with it.
    """
    st.info(sentence, icon=":material/info:")
    train = link_to("train")
    st.page_link(train.file, label=train.title, icon=f":material/{train.icon}:")
    st.stop()
