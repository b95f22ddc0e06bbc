"""What the server does not keep in memory, and need not look at. Called by app.py, and when ui is imported."""

import ctypes
import gc
import sys

# Of glibc's mallopt (malloc.h): what is set, and to what.
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
LARGEST_KEPT = 4 * 2**20  # bytes; attention's tables fit (explanations.LARGEST_BATCH): a larger block costs anew each time
_packages = 0  # how many modules there were at the last freeze


def keep_little() -> None:
    """Have the C library give large blocks back to the system at once, and all threads share one heap (Linux; else nothing).

    It would keep up to 64 MB of freed memory in each of many heaps, because every visitor's page runs in a thread of its own.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, LARGEST_KEPT)
        set_option(TRIM_THRESHOLD, 4 * LARGEST_KEPT)
        set_option(ARENA_MAX, 1)


def spare_packages() -> None:
    """After a page has run: objects of the packages it loaded are not looked at again by the collector of garbage.

    Streamlit collects after every rerun, and would look each time at every object of every package: a tenth of a second.
    """
    global _packages
    if len(sys.modules) > _packages:
        _packages = len(sys.modules)
        gc.collect()
        gc.freeze()
