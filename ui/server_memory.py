"""Two settings that keep the server's memory and the garbage collector's work small. Called by app.py."""

import gc
import sys

from imdb_core.operating_system import resources

# Bytes. Attention's tables fit (many.LARGEST_TABLE). The C library returns a larger block to the
# system as soon as it is freed, so the next block of that size costs time anew.
LARGEST_BLOCK_IN_HEAP = 4 * 2**20
_frozen_modules = 0  # how many modules were loaded at the last freeze


def return_freed_memory() -> None:
    """Have the C library return freed memory to the system.

    Every page runs in a thread, and each thread would keep a heap of its own.
    """
    resources.keep_small_heap(LARGEST_BLOCK_IN_HEAP)


def freeze_loaded_modules() -> None:
    """Exempt all objects of the loaded modules from garbage collection. Call this after a page has run.

    Streamlit collects garbage after every rerun. With the objects of all packages that takes 0.1 s each time.
    """
    global _frozen_modules
    if len(sys.modules) > _frozen_modules:
        _frozen_modules = len(sys.modules)
        gc.collect()
        gc.freeze()
