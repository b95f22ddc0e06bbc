"""What the server does not keep in memory, and need not look at. Called by app.py, and when ui is imported."""

import gc
import sys

from imdb_core.operating_system import resources

LARGEST_KEPT = (
    4 * 2**20
)  # bytes; attention's tables fit (explanations.LARGEST_BATCH): a larger block costs anew each time
_packages = 0  # how many modules there were at the last freeze


def keep_little() -> None:
    """Have freed memory go back to the system: every page runs in a thread, which may keep a heap."""
    resources.keep_small_heap(LARGEST_KEPT)


def spare_packages() -> None:
    """After a page has run: objects of the packages it loaded are not looked at again by the collector of
    garbage.

    Streamlit collects after every rerun, and would look each time at every object of every package: a tenth
    of a second.
    """
    global _packages
    if len(sys.modules) > _packages:
        _packages = len(sys.modules)
        gc.collect()
        gc.freeze()
