"""Exported cells that a spreadsheet would compute as formulas."""

import csv
import io
import tomllib

from streamlit import config as streamlit_config

from imdb_core import formulas, paths
from tests.faults.rows import Outcome, row
from ui import csv_files

CELLS = [
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "\t=1",
    "\r=1",
    "=cmd|'/c calc'!A0",
    "-film",
    "+film",
    "@film",
    '="a"',
    "\t",
    "\r",
    "-",
]


@row(
    "G4",
    "a spreadsheet computes a cell of an export",
    "0 cells begin like a formula, numbers unchanged",
    breaks=("cells as they are",),
)
def computed_cells(place, patch, broken):
    if broken:
        patch.setattr(formulas, "harmless", lambda cell: cell)
    numbers = [-1.5, -2, 0.25, None, -0.0]
    columns = {cell: [cell] * len(numbers) for cell in CELLS} | {"numbers": numbers}
    read = list(csv.reader(io.StringIO(csv_files.csv_text(columns), newline="")))
    texts = [cell for line in read for cell in line[:-1] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    intact = [line[-1] for line in read[1:]] == ["-1.5", "-2", "0.25", "", "-0.0"]
    client = tomllib.loads((paths.PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))["client"]
    known = "client.disableDataExport" in streamlit_config.get_config_options()
    off = known and client.get("disableDataExport") is True
    settings = (
        f"numbers {'unchanged' if intact else 'CHANGED'}, Streamlit's own export {'off' if off else 'ON'}"
    )
    return Outcome(
        f"{len(texts)} of {len(CELLS) * len(read)} cells begin like a formula, {settings}",
        not texts and intact and off,
    )
