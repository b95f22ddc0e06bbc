"""Lower the priority of this process for a while. Called by training.standby.

On Linux most users may lower a priority but not raise it again, and a training must not stay slow. So the
priority is lowered only where it can be raised.
"""

import contextlib
import os
import sys
import threading

import psutil

NICENESS = 10
WINDOWS_CLASSES = "BELOW_NORMAL_PRIORITY_CLASS", "NORMAL_PRIORITY_CLASS"


class LoweredPriority:
    """Lowers the priority of this process until restore(), if this user may raise it again."""

    def __init__(self) -> None:
        self._is_low = False
        if sys.platform == "linux" and _can_raise():
            self._before = os.getpriority(os.PRIO_PROCESS, 0)
            self._is_low = _set_all_threads(min(19, self._before + NICENESS))
        elif os.name == "nt":
            _set_windows_class(WINDOWS_CLASSES[0])

    def restore(self) -> None:
        """Give all threads the priority that this process had before."""
        if sys.platform == "linux" and self._is_low:
            self._is_low = not _set_all_threads(self._before)
        elif os.name == "nt":
            _set_windows_class(WINDOWS_CLASSES[1])


def _can_raise() -> bool:
    """Whether this user may raise a priority again; tried in a thread, which has a priority of its own."""
    succeeded = []

    def try_it() -> None:
        with contextlib.suppress(OSError):
            before = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, 0, before + 1)
            os.setpriority(os.PRIO_PROCESS, 0, before)
            succeeded.append(True)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    return bool(succeeded)


def _set_all_threads(niceness: int) -> bool:
    """Linux has a priority for each thread; a new thread inherits that of the thread that starts it.

    So a thread that was started meanwhile may have the earlier priority: the threads are listed until a list
    has no new one.
    """
    done: set[int] = set()
    while new := {thread.id for thread in psutil.Process().threads()} - done:
        for thread in new:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.setpriority(os.PRIO_PROCESS, thread, niceness)
        done |= new
    return True


def _set_windows_class(name: str) -> None:
    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process().nice(getattr(psutil, name))
