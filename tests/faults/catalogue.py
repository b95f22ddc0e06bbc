"""All rows of the scorecard in order, the rows that do not apply to this app, and the table of README.md."""

import importlib
import pkgutil
import re
import time

from streamlit import config as streamlit_config
from streamlit.logger import set_log_level

from tests import faults
from tests.faults.rows import ROWS as REGISTERED
from tests.faults.rows import Outcome, checked_row

LETTERS = {  # letter -> the package of its rows: a_processes, b_storage, ...
    package.name[0].upper(): importlib.import_module(f"tests.faults.{package.name}")
    for package in pkgutil.iter_modules(faults.__path__)
    if package.ispkg and package.name[1] == "_"
}
for _package in LETTERS.values():
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)  # registers its rows

# Faults of parts that the app does not have: (fault, why the row does not apply). They never count as held.
NOT_APPLICABLE = {
    "B9": ("a database is locked", "there is no database; the folders of runs are the only record"),
    "B10": ("an index is damaged", "there is no index beside the folders of runs"),
    "B11": ("a write-ahead log is lost", "there is no database"),
    "F5": ("a safetensors file lies about its contents", "weights are the app's own .npz files"),
    "F7": ("a bundle with a run is hostile", "runs cannot be imported"),
    "G7": ("a page forgets the login", "there is no login"),
    "G8": ("a user stops another user's run", "all visitors of a server are one user"),
    "H2": ("one user's runs delay all others", "runs belong to no particular user"),
    "I2": ("Windows itself", "not tried; row I20 checks on Linux the code that runs on Windows"),
}


def _order(id: str) -> tuple[str, int, str]:
    """Sorts ids by letter, number and suffix: A1, A1t, A2, ..., A10."""
    letter, number, suffix = re.fullmatch(r"([A-Z])(\d+)([a-z]*)", id).groups()
    return letter, int(number), suffix


ROWS = {id: REGISTERED[id] for id in sorted(REGISTERED, key=_order)}


def score(id: str) -> tuple[str, str]:
    """(the printed line of one row, "held", "missed" or "skipped")."""
    _silence_streamlit()
    row, started = ROWS[id], time.monotonic()
    if reason := row.missing():
        return f"{id:4} skipped          {row.fault}: {reason}", "skipped"
    try:
        outcome = checked_row(row)
    except Exception as error:  # noqa: BLE001 - a check that fails must not hide the other rows
        outcome = Outcome(f"the check itself failed with {type(error).__name__}: {error}", False)
    verdict, seconds = "held" if outcome.held else "missed", time.monotonic() - started
    printed = "held  " if outcome.held else "MISSED"
    line = f"{id:4} {printed} {seconds:5.1f} s  {row.fault}: {outcome.figure} (bound: {row.bound})"
    return line, verdict


def _silence_streamlit() -> None:
    """No warning for each page that runs without a server ("missing ScriptRunContext").

    Streamlit sets its log level once more when it first reads its configuration, so that is read before.
    """
    streamlit_config.get_config_options()
    set_log_level("ERROR")


def table() -> str:
    """The letters, then the rows of each letter, as Markdown: the end of README.md."""
    return "\n".join([*_contents(), "", *(line for letter in LETTERS for line in _section(letter))]).rstrip()


def _contents() -> list[str]:
    lines = ["| letter | title | what goes wrong | modules |", "|---|---|---|---|"]
    for letter, package in LETTERS.items():
        title, _, about = package.__doc__.splitlines()[0].partition(": ")
        folder = package.__name__.split(".")[-1]
        lines.append(f"| {letter} | {title} | {about} | [{folder}/]({folder}/) |")
    return lines


def _section(letter: str) -> list[str]:
    package = LETTERS[letter]
    title, _, about = package.__doc__.partition(":")
    lines = [f"### {letter}. {title}", "", about.strip().partition("\n\n")[2], ""]
    lines += ["| row | fault | bound | module |", "|---|---|---|---|"]
    ids = sorted([id for id in [*ROWS, *NOT_APPLICABLE] if id[0] == letter], key=_order)
    return [*lines, *map(_table_row, ids), ""]


def _table_row(id: str) -> str:
    if id in NOT_APPLICABLE:
        fault, reason = NOT_APPLICABLE[id]
        cells = (id, fault, f"does not apply: {reason}", "")
    else:
        row = ROWS[id]
        package, module = row.check.__module__.split(".")[-2:]
        link = f"[{module}]({package}/{module}.py)"
        cells = (id, row.fault, row.bound, f"{link}, TensorFlow" if row.tensorflow else link)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
