"""Check every fault, one line each: python -m tests.faults.scorecard [--tensorflow | --all | --list] [ID ...]

Without options: the rows that need no TensorFlow. Two rows run at a time; the rows that measure times run
last, one after the other. The last line counts. The exit code is 1 if a row misses its bound.
"""

import argparse
import itertools
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.faults import catalogue


def main(arguments=None) -> int:
    """Check the rows that were asked for and print them; returns the exit code."""
    options, started = _options(arguments), time.monotonic()
    if options.list:
        print(catalogue.table())
        return 0
    rows = [row for row in catalogue.ROWS.values() if _is_wanted(row, options)]
    verdicts: Counter[str] = Counter()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        lines = pool.map(catalogue.score, [row.id for row in rows if not row.alone])
        lines = itertools.chain(lines, map(catalogue.score, [row.id for row in rows if row.alone]))
        for line, verdict in lines:
            print(line, flush=True)
            verdicts[verdict] += 1
    if not options.ids:
        for id, (fault, reason) in catalogue.NOT_APPLICABLE.items():
            print(f"{id:4} does not apply: {fault}: {reason}")
    skipped = f", {verdicts['skipped']} skipped" if verdicts["skipped"] else ""
    counts = f"{verdicts['held']} of {len(rows)} rows held, {verdicts['missed']} missed{skipped}"
    print(f"{counts}, {time.monotonic() - started:.0f} s")
    return 1 if verdicts["missed"] else 0


def _is_wanted(row, options) -> bool:
    if options.ids:
        return row.id in options.ids
    return options.all or row.tensorflow == options.tensorflow


def _options(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.scorecard", description=__doc__.split(":")[0]
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="check only these rows")
    parser.add_argument(
        "--tensorflow", action="store_true", help="check the rows that train with the real worker"
    )
    parser.add_argument("--all", action="store_true", help="check both kinds of rows")
    parser.add_argument("--list", action="store_true", help="print the table of all rows and check none")
    options = parser.parse_args(arguments)
    unknown = [id for id in options.ids if id not in catalogue.ROWS]
    if unknown:
        known = f"rows are {', '.join(catalogue.ROWS)}"
        reasons = [f"{id} does not apply: {catalogue.NOT_APPLICABLE[id][1]}" for id in unknown
                   if id in catalogue.NOT_APPLICABLE]  # fmt: skip
        parser.error("; ".join(reasons) or f"there is no row {', '.join(unknown)}; {known}")
    return options


if __name__ == "__main__":
    sys.exit(main())
