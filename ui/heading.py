"""The top of every page: title, the sentences about the last action, the title of the browser's tab."""

import streamlit as st

from imdb_core import paths
from ui import messages
from ui.browser import component
from ui.formats import escaped

# Style sheet and script for Streamlit's own elements: translated pages stay current, messages stay in view,
# long texts end with "…", wide tables scroll, progress bars are not animated, the focus is visible.
_WHOLE_PAGE = component("whole_page", isolate_styles=False, more=("accessibility",))


def page_heading(text: str, *, tab: str | None = None, verbatim: bool = False) -> None:
    """Show the title and below it the sentences about actions. The tab shows `tab`, by default the title.

    A `verbatim` title was written by the user, for instance a run's name: browsers must not translate it.
    """
    tab_title(tab or text)
    with st.container(gap=None, key="verbatim-heading" if verbatim else "heading"):
        st.title(escaped(text) if verbatim else text)
        _WHOLE_PAGE(key="whole page", height=1)
    with st.container(key="messages"):
        messages.show()


def tab_title(text: str) -> None:
    """Set the title of the browser's tab. It is shown as plain text; a fragment may set it again."""
    st.set_page_config(page_title=text)


def show_folders() -> None:
    """Say where runs and reviews are kept, unless their folders are beside the app."""
    if sentence := paths.moved_folders_notice():
        st.caption(escaped(sentence))
