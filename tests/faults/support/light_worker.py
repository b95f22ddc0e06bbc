"""A worker that starts within about 30 ms, for rows that start many workers.

python -m tests.faults.support.light_worker RUN_FOLDER ...

It holds the run's lock and writes the run's events as the real worker does, but imports nothing of the app.
LIGHT_SECONDS is how long it lives; 60 by default. With LIGHT_UNLOCKED it takes no lock.
"""

import fcntl
import json
import os
import sys
import time


def main() -> int:
    """Hold the lock, sleep, then record that the run has finished."""
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
    with open("/proc/self/stat") as file:  # as background.identity, which takes a second if ten workers start
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
