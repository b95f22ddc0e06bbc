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
    """Keep the queue moving; returns when nothing waits or trains elsewhere, at once if there is a keeper."""
    lock = movers.keeper_file(movers.KEEPER_LOCK)
    with contextlib.suppress(locks.Held, FileNotFoundError), locks.hold(lock, 0):
        while movers.keeper_is_needed(store.unsettled()):
            launcher.runs()
            time.sleep(SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
