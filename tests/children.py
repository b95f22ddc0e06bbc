"""The processes that a test has started."""

import os

import psutil


def children(*words: str) -> list[psutil.Process]:
    """The living child processes of this process with all these words in their command line.

    process_iter() gives no command line for a process that has just ended; Process.cmdline() raises instead.
    """
    every = psutil.process_iter(["ppid", "cmdline"])
    mine = [each for each in every if each.info["ppid"] == os.getpid()]
    return [each for each in mine if set(words) <= set(each.info["cmdline"] or ())]
