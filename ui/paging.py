"""Show a long list page by page. Called by panels."""

from collections.abc import Sequence

import streamlit as st


def page_of(items: Sequence, size: int, *, key: str) -> Sequence:
    """The items of the chosen page, at most `size`; shows the choice if there are several pages.

    The choice begins anew at page 1 when the number of pages changes.
    """
    pages = -(-len(items) // size)
    if pages <= 1:
        return items
    start = size * (st.pagination(pages, key=key) - 1)
    return items[start : start + size]
