"""Move the queue on while runs wait or train at a place whose workers do not: python -m imdb_core.runs.keeper

A worker of this machine starts the next queued run when it ends. A worker elsewhere does not. So this process
looks every few seconds, until no run waits or trains elsewhere, and no page has to be open. There is one
keeper for a folder of runs and a machine. Started by movers.
"""

import contextlib
import sys
import time

from imdb_core.runs import launcher, locks, movers, store

SECONDS = 5.0  # between two looks


def main() -> int:
    """Keep the queue moving; returns when nothing waits or trains elsewhere, at once if there is a keeper.

    It looks once more after it has freed its lock. Who queued a run just before that has seen a keeper, and
    so has not started another one.
    """
    while _is_needed():
        try:
            lock = locks.hold(movers.keeper_file(movers.KEEPER_LOCK), 0)
        except (locks.Held, FileNotFoundError):  # there is a keeper, or the folder of runs was removed
            return 0
        with lock:
            while _is_needed():
                with contextlib.suppress(OSError):
                    launcher.runs()
                time.sleep(SECONDS)
    return 0


def _is_needed() -> bool:
    """Whether a run waits or trains elsewhere; True if the disk does not answer now."""
    try:
        return movers.keeper_is_needed(store.unsettled())
    except OSError:
        return True


if __name__ == "__main__":
    sys.exit(main())
