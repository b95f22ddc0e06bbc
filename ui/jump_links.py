"""The sections of a long page, and the line of links at its top that jump to them."""

import re

import streamlit as st


def show_jump_links(*titles: str) -> None:
    """Show a link to each section; the page has these sections, in this order."""
    links = " · ".join(f"[{title}](#{_anchor(title)})" for title in titles)
    st.markdown(f"On this page: {links}")


def section(title: str) -> None:
    """The heading of a section that a link can jump to. The title is the app's own, not a user's text."""
    st.subheader(title, anchor=_anchor(title))


def _anchor(title):
    """Only letters and hyphens: it stands in an address."""
    return re.sub("[^a-z]+", "-", title.lower()).strip("-")
