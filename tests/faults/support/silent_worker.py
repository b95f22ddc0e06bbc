"""A worker that never records that it has started.

python -m tests.faults.support.silent_worker RUN_FOLDER ...

Each start adds a line to SILENT_STARTS/<id of the run>. What it does depends on the run's name:
exits            ends with code 3 before it takes its lock
gives up         takes its lock, releases it, and starts queued runs, as a worker does at its end
hides            like "gives up", but first makes the run's events read-only
any other name   trains, as light_worker.py does
"""

import json
import os
import sys
from pathlib import Path

from tests.faults.support import light_worker


def main() -> int:
    """Count this start, then act by the run's name."""
    folder = Path(sys.argv[1])
    with open(Path(os.environ["SILENT_STARTS"], folder.name), "a") as starts:
        starts.write("started\n")
    name = json.loads((folder / "config.json").read_text())["config"]["name"]
    if name == "exits":
        return 3
    if name not in ("gives up", "hides"):
        return light_worker.main()
    from imdb_core.runs import launcher, locks

    locks.hold(folder / "run.lock").release()
    if name == "hides":
        (folder / "events.jsonl").chmod(0o400)
    launcher.workers.START_SECONDS = 0.3
    launcher.dispatch()
    return 1


if __name__ == "__main__":
    sys.exit(main())
