"""What differs between operating systems: processes, file locks, file access, limits of the machine.

Linux and macOS have signals, process groups and shared locks. Windows has none of them, so these modules also
have a portable way: psutil for processes, exclusive locks, and retries for files that are open.
IMDB_PORTABLE=1 takes the portable way on Linux, for the tests. No module outside this package may use
functions that Windows lacks; tests/operating_system/test_names.py searches the whole program for them.
"""

import os


def is_portable() -> bool:
    """Whether to avoid signals, process groups and shared locks."""
    return os.name == "nt" or os.environ.get("IMDB_PORTABLE") == "1"
