"""Add a data set while the page goes on: a thread of the server waits for the reading process.

The reading process does the work. If the server ends, nothing is stored. Called by the page "Your texts".
"""

import os
import tempfile
import threading
from pathlib import Path

from imdb_core.data.own import proposal
from imdb_core.data.own.choices import Choices
from imdb_core.errors import DataError, UserError, reason, sentence
from imdb_core.paths import cache_folder

MOST = 2  # at once; each reading process takes a core
_threads: list["Adding"] = []
_lock = threading.Lock()


class Adding(threading.Thread):
    """One call of proposal.add(). `done` and `total` are bytes; at the end `name` or `error` is set."""

    def __init__(self, path: Path, choices: Choices) -> None:
        super().__init__(name="adding", daemon=True)
        self.path, self.choices = path, choices
        self.title = choices.name or path.name
        self.done = self.total = 0
        self.name = ""  # of the source, once it is stored
        self.error = ""  # a sentence; nothing is stored
        self._stopped = threading.Event()

    def run(self) -> None:
        """Read and store; the result is in `name` or `error`."""
        try:
            self.name = proposal.add(
                self.path, self.choices, self._progress, before_storing=lambda _: self._check()
            )
        except (UserError, OSError) as error:
            self.error = sentence(error)
        except Exception as error:
            self.error = f"The data set was not stored: {reason(error)}. The server's log says more."
            raise

    def stop(self) -> None:
        """End the reading process soon; nothing is stored, unless it was stored already."""
        self._stopped.set()

    @property
    def is_stopping(self) -> bool:
        """Whether stop() was called and the thread has not ended yet."""
        return self._stopped.is_set() and self.is_alive()

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._check()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise DataError("It was stopped, so nothing was stored.")


def start(path: Path, choices: Choices) -> Adding:
    """Begin to add the texts at `path`. Raises DataError and OSError before anything is read."""
    choices.check()
    with _lock:
        _threads[:] = [thread for thread in _threads if thread.is_alive()]
        if len(_threads) >= MOST:
            raise DataError(f"{MOST} data sets are being added already. Wait until one of them is stored.")
        if any(thread.path == path for thread in _threads):
            raise DataError(f"{path.name} is being added already. Wait until it is stored.")
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache_folder()) as file:  # a folder that cannot be written fails here
            os.write(file.fileno(), b"x")
        thread = Adding(path, choices)
        thread.start()
        _threads.append(thread)
    return thread


def running() -> list[Adding]:
    """All data sets that this server is adding now."""
    with _lock:
        return [thread for thread in _threads if thread.is_alive()]
