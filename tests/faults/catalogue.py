"""All rows of the scorecard, in the catalogue's order, and those there is nothing to check for yet."""

import importlib
import pkgutil
import time

from streamlit.logger import set_log_level

from tests import faults
from tests.faults.rows import ROWS as _REGISTERED
from tests.faults.rows import Outcome, checked_row

LETTERS = {  # letter -> package of its rows: a_processes, b_storage, ...
    package.name[0].upper(): importlib.import_module(f"tests.faults.{package.name}")
    for package in pkgutil.iter_modules(faults.__path__)
    if package.ispkg and package.name[1:2] == "_"
}
for _package in LETTERS.values():
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)  # registers its rows

# By letter and number; A1t is A1 with TensorFlow and follows it, J5p is the part of J5 that pages and
# `publish` have.
ROWS = {
    id: _REGISTERED[id] for id in sorted(_REGISTERED, key=lambda id: (id[0], int(id[1:].rstrip("mprt")), id))
}
# Faults of what the app does not have: listed, never counted as held.
NOT_APPLICABLE = {
    "B9": "there is no database; the folders are the truth",
    "B10": "there is no index beside the run folders that could be damaged",
    "B11": "there is no database with a write-ahead log",
    "C5": "data sets cannot be uploaded",
    "E7": "reviews are typed, a file of reviews cannot be scored on a page",
    "F5": "weights are .npz files of the app's own; safetensors files are never read",
    "F7": "runs cannot be imported from a bundle",
    "G7": "there is no login that a page could forget",
    "G8": "all visitors of a server are one user",
    "H1": "nothing can be uploaded",
    "H2": "runs belong to no particular user, so there is no order per user",
    "I2": "Windows itself was not tried; row I20 checks the portable way that it takes, on Linux",
}


def checked(id: str) -> tuple[str, bool]:
    """(the line of one row, whether it held)."""
    set_log_level("ERROR")  # pages are run here without a server, which Streamlit warns of
    one, before = ROWS[id], time.monotonic()
    try:
        result = checked_row(one)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the other rows
        result = Outcome(f"the check itself failed with {type(error).__name__}: {error}", False)
    verdict, seconds = "held  " if result.held else "MISSED", time.monotonic() - before
    return (
        f"{id:4} {verdict} {seconds:5.1f} s  {one.fault}: {result.figure} (bound: {one.bound})",
        result.held,
    )
