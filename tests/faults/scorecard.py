"""Every fault, one line each: python -m tests.faults.scorecard [--tensorflow | --all] [ID ...]

Without options the rows that need no TensorFlow. Two rows at a time, then those that measure times, one after
the other. The last line counts; the exit code is 1 if a row misses its bound.
"""

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.faults import catalogue


def main(arguments=None) -> int:
    """Check the rows asked for and print them; returns the exit code."""
    options, started = _options(arguments), time.monotonic()
    rows = [one for one in catalogue.ROWS.values() if _wanted(one, options)]
    held = 0
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for line, row_held in pool.map(catalogue.checked, [one.id for one in rows if not one.alone]):
            print(line, flush=True)
            held += row_held
    for line, row_held in map(catalogue.checked, [one.id for one in rows if one.alone]):
        print(line, flush=True)
        held += row_held
    if not options.ids:
        for id, why in catalogue.NOT_APPLICABLE.items():
            print(f"{id:4} not applicable yet: {why}")
    print(f"{held} of {len(rows)} rows held, {len(rows) - held} missed, {time.monotonic() - started:.0f} s")
    return 0 if held == len(rows) else 1


def _wanted(one, options) -> bool:
    if options.ids:
        return one.id in options.ids
    return options.all or one.tensorflow == options.tensorflow


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="only these rows")
    parser.add_argument("--tensorflow", action="store_true", help="the rows that train with the real worker")
    parser.add_argument("--all", action="store_true", help="both kinds of rows")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
