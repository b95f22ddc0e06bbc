"""The process that scores a table: `python -m imdb_core.scoring.table_job FOLDER`. Started by table_jobs.py.

With "look" instead of a folder it reads an Order as JSON from standard input and prints what the table was
understood to be. The process is limited in memory, time and the size of its output.
"""

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from imdb_core import files
from imdb_core.errors import UserError, sentence
from imdb_core.operating_system import resources
from imdb_core.runs import locks
from imdb_core.scoring import model_files, models, predictor, table_folder, table_limits, tables
from imdb_core.scoring.table_folder import Order
from imdb_core.scoring.table_reading import understand
from imdb_core.scoring.tables import Request

STATUS_SECONDS = 0.5  # between two writings
NICENESS = 10  # so that visitors who type are answered first


class _Stopped(Exception):
    """The user has asked for the end."""


def main(arguments: list[str]) -> None:
    """Look at a table, or do one job."""
    resources.limit_this_process(
        memory=table_limits.memory(),
        cpu_seconds=table_limits.CPU_SECONDS,
        file_bytes=table_limits.OUTPUT_BYTES,
    )
    if arguments == ["look"]:
        print(json.dumps(_look(Order(**json.loads(sys.stdin.read())))))
    else:
        _work(Path(arguments[0]))


def _look(order: Order) -> dict[str, Any]:
    try:
        classes = model_files.facts(models.find(order.model).folder).config.classes
        table = understand(Path(order.source), classes, order.wishes, text=order.column, label=order.label)
    except MemoryError:
        return {"error": table_limits.TOO_LARGE}
    except (UserError, OSError) as error:
        return {"error": sentence(error)}
    columns = {"columns": table.columns, "samples": table.samples, "text": table.text, "label": table.label}
    return columns | {"rows": table.rows, "layout": tables.layout_facts(table)}


def _work(folder: Path) -> None:
    """Do the job in `folder`; its status says how it ended."""
    resources.yield_to_others(NICENESS)
    with locks.hold(folder / table_folder.LOCK):
        order = Order(**json.loads((folder / table_folder.REQUEST).read_bytes()))
        try:
            network = predictor.load(models.find(order.model).folder)
            request = Request(
                Path(order.source),
                folder / f"{table_folder.RESULT}{order.suffix}",
                order.column,
                order.label,
                order.wishes,
            )
            facts = {
                "phase": table_folder.DONE,
                "figures": tables.score_table(network, request, _Progress(folder)),
            }
        except _Stopped:
            facts = {"phase": table_folder.STOPPED}
        except MemoryError:
            facts = {"phase": table_folder.FAILED, "error": table_limits.TOO_LARGE}
        except (UserError, OSError) as error:
            facts = {"phase": table_folder.FAILED, "error": sentence(error)}
        files.remove_own(folder / table_folder.TABLE, re.compile("[^/]+"))
        files.write_json(folder / table_folder.STATUS, facts)


class _Progress:
    """Writes the status and ends the work if the user has asked for the end."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._written = folder, 0.0
        self._phase, self._began = "", time.monotonic()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if (self._folder / table_folder.STOP).exists():
            raise _Stopped
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began = phase, now
        elif now - self._written < STATUS_SECONDS:
            return
        self._written = now
        facts = {"phase": phase, "done": done, "total": total, "seconds": round(now - self._began, 2)}
        files.write_json(self._folder / table_folder.STATUS, facts)


if __name__ == "__main__":
    main(sys.argv[1:])
