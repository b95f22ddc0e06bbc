"""Links from one page to another, with what they carry. Called by pages and panels.

The file, title and icon of each page stand in ui/pages.py.
"""

import streamlit as st

from ui.pages import link_to


def show_link(script: str, label: str = "", *, icon: str = "", **query: str) -> None:
    """A link to the page of a script in pages/; its label is Markdown, by default the page's title.

    `query` is what the page gets in its link: run="…", model="…", dataset="…".
    """
    page = link_to(script)
    st.page_link(
        page.file,
        label=label or page.title,
        icon=f":material/{icon or page.icon}:",
        query_params=query,
    )
