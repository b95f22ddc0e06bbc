"""Keep spreadsheets from computing text: a cell that starts like a formula gets a leading apostrophe.

The rule of OWASP's page "CSV Injection". Called by every writer of CSV files: ui.csv_files and
scoring.table_writers.
"""

import re
from typing import Any

STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet computes a cell that starts with one of these
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][+-]?\d+)?")


def harmless(cell: Any) -> Any:
    """`cell`, with an apostrophe in front if it is a text that starts like a formula. Numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(STARTS) else cell


def harmless_unless_number(cell: str) -> str:
    """As harmless(), for a cell read from a file, where a number is a text as well: "-1.5" stays."""
    if not cell.startswith(STARTS) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"
