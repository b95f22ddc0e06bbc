"""The limits of a process that scores a table. Called by the command `score` and by table_job.py.

The bounds on the table itself are those of data sets: data/own/limits.py.
"""

from imdb_core.data.own import limits
from imdb_core.runs.cores import cpu_cores

CPU_SECONDS = 7 * 24 * 3600  # on all cores together; a million rows take about half an hour
LOOK_SECONDS = 300  # to read a whole table once
OUTPUT_BYTES = 4 * limits.MOST_FILE_BYTES
THREAD_BYTES = 160 * 2**20  # of address space: stack and heap of a core's two threads
TOO_LARGE = "The table needs more memory than is allowed. Split it, or save it as CSV."


def memory() -> int:
    """The most address space in bytes: what reading may take, and the threads that score."""
    return limits.MEMORY + cpu_cores() * THREAD_BYTES
