"""Keeps values that were computed from files, as long as the files stay the same.

Called by data, evaluation and scoring. runs/journal.py has its own cache, for appended files.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Stamp:
    """Changes when files are written to or replaced: (inode, bytes, modification time in ns) of each."""

    files: tuple[tuple[int, int, int], ...]

    @staticmethod
    def of(*paths: Path) -> "Stamp":
        """The stamp of these files now. Raises OSError if a file is missing."""
        stats = [path.stat() for path in paths]
        return Stamp(tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats))


class FileCache(Generic[Value]):
    """Values by key, each with the stamp of its files; at most `limit`, the least recently used leaves first.

    Threads that ask for the same key at once share one computation. A new stamp replaces the old value.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._entries: OrderedDict[Hashable, tuple[Stamp, Future[Value]]] = OrderedDict()
        self._changing = threading.Lock()  # held only while _entries changes, never during a computation

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forget all values."""
        with self._changing:
            self._entries.clear()

    def value(self, key: Hashable, files: tuple[Path, ...], *, compute: Callable[[], Value]) -> Value:
        """The value of `key`, from memory if no file in `files` has changed, else from compute().

        If a file is missing, compute() is called each time and nothing is kept. If compute() raises an
        Exception, the waiting threads get it too, and nothing is kept. If compute() ends only its own thread
        (KeyboardInterrupt, or a visitor who left), a waiting thread computes the value itself.
        """
        try:
            stamp = Stamp.of(*files)
        except OSError:
            return compute()
        while True:
            future, is_new = self._entry(key, stamp)
            if is_new:
                self._fill(future, key, compute)
            try:
                return future.result()
            except CancelledError:
                continue

    def _entry(self, key: Hashable, stamp: Stamp) -> tuple["Future[Value]", bool]:
        """(the future of this key and stamp, whether the caller has to fill it)."""
        with self._changing:
            known_stamp, future = self._entries.get(key, (None, Future[Value]()))
            is_new = known_stamp != stamp
            if is_new:
                future = Future()
                self._entries[key] = stamp, future
            self._entries.move_to_end(key)
            while len(self._entries) > self.limit:
                self._entries.popitem(last=False)
            return future, is_new

    def _fill(self, future: "Future[Value]", key: Hashable, compute: Callable[[], Value]) -> None:
        try:
            future.set_result(compute())
        except Exception as error:  # noqa: BLE001 - the waiting threads and the caller get it from the future
            self._forget(key, future)
            future.set_exception(error)
        except BaseException:  # it ends this thread only: the page was closed, or Ctrl-C
            self._forget(key, future)
            future.cancel()
            raise

    def _forget(self, key: Hashable, future: "Future[Value]") -> None:
        with self._changing:
            if key in self._entries and self._entries[key][1] is future:
                del self._entries[key]
