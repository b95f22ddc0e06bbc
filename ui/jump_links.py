"""The sections of a long page, and the links at its top that jump to them. Used by pages and panels."""

import re

import streamlit as st

from ui.formats import escaped


def show_jump_links(*titles: str) -> None:
    """Show a link to each section; the page has these sections, in this order."""
    links = " · ".join(f"[{escaped(title)}](#{_anchor(title)})" for title in titles)
    st.markdown(f"On this page: {links}")


def section(title: str) -> None:
    """The heading of a section that a link can jump to."""
    st.subheader(escaped(title), anchor=_anchor(title))


def _anchor(title):
    """The title with hyphens for all characters that are not letters or digits, for use in an address."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")
