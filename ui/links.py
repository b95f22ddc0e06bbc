"""Links from one page to another, with what they carry. Called by pages and panels.

The file, title and icon of each page stand in ui/pages.py.
"""

import streamlit as st

from ui.pages import link_to


def show_link(
    script: str,
    label: str = "",
    *,
    icon: str = "",
    disabled: bool = False,
    tip: str = "",
    **query: str | list[str],
) -> None:
    """A link to the page of a script in pages/; its label is Markdown, by default the page's title.

    `tip` is shown under the mouse. `query` is what the link holds: run="…", model="…", dataset="…".
    """
    page = link_to(script)
    st.page_link(
        page.file,
        label=label or page.title,
        icon=f":material/{icon or page.icon}:",
        query_params=query,
        disabled=disabled,
        help=tip or None,
    )
