"""Compile the layers of fast before a training needs them: python -m imdb_core.training.compile_ahead FOLDER

Compiling takes 7 to 10 seconds for the network that the form offers first. The server starts this process
once it is idle (runs.ahead), at the lowest priority. The process ends before the next layer if a run is
trained, and at once if all is compiled for this version. FOLDER is the folder of runs.
"""

import sys
from collections.abc import Callable

from imdb_core.operating_system import resources
from imdb_core.runs import locks, standby
from imdb_core.training import compiled_caches

LOWEST = 19
LOCK, DONE = "ahead.lock", "ahead.done"  # beside Numba's files


def main() -> int:
    """Compile what is not compiled yet; returns 0."""
    resources.yield_to_others(LOWEST)
    folder = compiled_caches.numba_folder()
    if folder is None or (folder / DONE).exists():
        return 0
    try:
        with locks.hold(folder / LOCK, 0):
            if compile_all(standby.is_free):
                (folder / DONE).touch()
    except (locks.Held, OSError):  # another process compiles, or the folder is gone
        return 0
    return 0


def compile_all(may_go_on: Callable[[], bool]) -> bool:
    """Compute each layer once in both directions, while `may_go_on()`; returns whether all were computed."""
    from imdb_core.training.fast import examples  # loads Numba

    return all(may_go_on() and example() is None for example in examples.EXAMPLES)


if __name__ == "__main__":
    sys.exit(main())
