"""A worker that is up in some 30 ms, for rows that start many: python -m tests.faults.support.light_worker RUN_FOLDER
...

Holds the run's lock and writes its events as the real one, but imports nothing of the app. It lives
LIGHT_SECONDS; 60. With LIGHT_UNLOCKED it holds none.
"""

import fcntl
import json
import os
import sys
import time


def main() -> int:
    """Hold the lock, sleep, say that the run is finished."""
    folder = sys.argv[1]
    lock = open(os.path.join(folder, "run.lock"), "a")
    deadline = time.monotonic() + 5
    while not os.environ.get("LIGHT_UNLOCKED"):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                return 0
            time.sleep(0.01)
    with open(
        "/proc/self/stat"
    ) as file:  # as background.identity: where ten start at once, this line comes a second late
        ticks = int(file.read().rpartition(")")[2].split()[19])
    began = {"process_started": time.time(), "ticks_after_boot": ticks}
    _record(folder, event="started", pid=os.getpid(), **began, device=sys.argv[3], threads=1)
    time.sleep(float(os.environ.get("LIGHT_SECONDS", "60")))
    _record(folder, event="finished", test_accuracy=0.5, test_reviews=1)
    return 0


def _record(folder, **row) -> None:
    with open(os.path.join(folder, "events.jsonl"), "ab", buffering=0) as file:
        file.write(json.dumps(row).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
