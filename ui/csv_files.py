"""A chart's numbers as a CSV file, and the button that downloads it."""

import csv
import functools
import io
from collections.abc import Callable

import streamlit as st

from imdb_core import formulas

Columns = dict[str, list]  # heading -> values, all of one length


def csv_download(
    columns: Columns | Callable[[], Columns], *, file_name: str, label: str = "Numbers as CSV"
) -> None:
    """Show a button that saves a chart's numbers. A function makes large columns, at the click."""
    st.download_button(
        label,
        functools.partial(_file_of, columns),  # the file is written at a click, not at every rerun
        file_name,
        "text/csv",
        key=f"download-{file_name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _file_of(columns):
    return csv_file(columns() if callable(columns) else columns)


def csv_file(columns: dict[str, list]) -> bytes:
    """The table as a CSV file in UTF-8. Without the byte order mark, Excel would assume another encoding."""
    return csv_text(columns).encode("utf-8-sig", "replace")  # lone surrogates cannot be encoded


def csv_text(columns: dict[str, list]) -> str:
    """The table as CSV. A text that a spreadsheet would take for a formula gets a leading apostrophe."""
    file = io.StringIO()
    for row in (columns, *zip(*columns.values(), strict=True)):
        csv.writer(file).writerow(formulas.harmless(cell) for cell in row)
    return file.getvalue()
