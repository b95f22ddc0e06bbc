"""Sentences and tables in which each run's name stands beside a piece of its line (ui/browser/run_marks.js).

A part of a sentence or a cell is a text, or the `mark` of a ComparedRun. All of it is plain text: the browser
reads no Markdown and no HTML in it.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from ui.browser import component
from ui.pages import link_to

Part = str | dict[str, str]

_RUN_MARKS = component("run_marks")


@dataclass(frozen=True)
class Link:
    """A link to a page for one run; `key` is the value of the page's `parameter`."""

    label: str
    page: str  # the script in pages/
    parameter: str
    key: str

    @property
    def as_data(self) -> dict[str, str]:
        """What the browser gets: the address is for a new tab."""
        path = link_to(self.page).path or "./"
        address = f"{path}?{urlencode({self.parameter: self.key})}"
        return {"label": self.label, "address": address, "page": self.page, "key": self.key}


@dataclass(frozen=True)
class Cell:
    """One cell: `parts` in a row, below them a small `note` and `links`, and a `tip` under the mouse.

    A cell with `strong` stands out; a screen reader says the text of `strong`.
    """

    parts: tuple[Part, ...] = ()
    note: str = ""
    tip: str = ""
    strong: str = ""
    links: tuple[Link, ...] = ()


def text(value: str, **more: str) -> Cell:
    """A cell with this text."""
    return Cell((value,), **more)


def show_lines(lines: list[list[Part]], *, key: str) -> None:
    """Show one paragraph for each list of parts."""
    _RUN_MARKS(key=key, data={"lines": lines, "table": None}, on_open_change=lambda: None)


def show_table(heading: list[Cell], rows: list[list[Cell]], *, label: str, key: str) -> None:
    """Show a table that scrolls sideways, except its first column. `label` says what it shows."""
    links = {(link.page, link.key): link for row in rows for cell in row for link in cell.links}
    table = {"label": label, "heading": _data(heading), "rows": [_data(row) for row in rows]}
    data = {"lines": [], "table": table}
    clicked = _RUN_MARKS(key=key, data=data, on_open_change=lambda: None).open
    link = links.get((clicked.get("page"), clicked.get("key"))) if isinstance(clicked, dict) else None
    if link:
        st.switch_page(link_to(link.page).file, query_params={link.parameter: link.key})


def _data(cells):
    return [vars(cell) | {"links": [link.as_data for link in cell.links]} for cell in cells]
