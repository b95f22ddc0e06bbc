"""Every fault, one line each: python -m tests.faults.scorecard [--tensorflow | --all] [ID ...]

Without options the rows that need no TensorFlow. The last line counts; the exit code is 1 if a row misses its bound.
"""

import argparse
import sys
import time

from tests.faults import catalogue
from tests.faults.rows import Found, found


def main(arguments=None) -> int:
    """Check the rows asked for and print them; returns the exit code."""
    options = _options(arguments)
    rows = [one for one in catalogue.ROWS.values() if _wanted(one, options)]
    missed, started = 0, time.monotonic()
    for one in rows:
        before = time.monotonic()
        result = _found(one)
        missed += not result.held
        verdict, seconds = "held  " if result.held else "MISSED", time.monotonic() - before
        print(f"{one.id:4} {verdict} {seconds:5.1f} s  {one.fault}: {result.figure} (bound: {one.bound})", flush=True)
    if not options.ids:
        for id, why in catalogue.NOT_APPLICABLE.items():
            print(f"{id:4} not applicable yet: {why}")
    seconds = time.monotonic() - started
    print(f"{len(rows) - missed} of {len(rows)} rows held, {missed} missed, {seconds:.0f} s")
    return 1 if missed else 0


def _found(one) -> Found:
    try:
        return found(one)
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the other rows
        return Found(f"the check itself failed with {type(error).__name__}: {error}", False)


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
