"""The lowered priority of a process that prepares a training: it holds for each of its threads."""

import os
import sys
import threading

import psutil
import pytest

from imdb_core.operating_system import priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")


def test_a_thread_that_starts_meanwhile_gets_the_priority_too(monkeypatch):
    """Its parent has the earlier priority still, because the list was made before the first change."""
    may_end, late, niceness_set = threading.Event(), [], {}
    listing = psutil.Process.threads

    def threads(process):
        listed = listing(process)
        if not late:
            late.append(threading.Thread(target=may_end.wait, args=(30,)))
            late[0].start()
        return listed

    monkeypatch.setattr(psutil.Process, "threads", threads)
    monkeypatch.setattr(os, "getpriority", lambda *_: 0)
    monkeypatch.setattr(os, "setpriority", lambda which, id, niceness: niceness_set.update({id: niceness}))
    try:
        lowered = priority.LoweredPriority()
        assert niceness_set[late[0].native_id] == priority.NICENESS
        lowered.restore()
        living = {thread.id for thread in listing(psutil.Process())}
        assert {niceness_set[id] for id in living & niceness_set.keys()} == {0}
    finally:
        may_end.set()
