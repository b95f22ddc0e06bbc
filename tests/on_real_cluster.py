"""What a user does with a cluster, on a real one: python -m tests.on_real_cluster FOLDER

tests/runs/test_real_cluster.py starts it in the cluster's network namespace. Prints one line of JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

from imdb_core import config as configs
from imdb_core.runs import launcher, store
from imdb_core.runs.places import checks, settings
from tests import cluster
from tests.conftest import TINY

PLACE = "lab"
SECONDS = 240  # for one training, on a machine that does other things as well


def main(folder: Path) -> None:
    """Check the cluster, train a run to its end, and stop another run in its first epoch."""
    file = folder / "places.toml"
    file.write_text(
        f'[{PLACE}]\naddress = "{cluster.ADDRESS}"\n[{PLACE}.environment]\nA_NAME = "a $(value)"\n'
    )
    os.environ |= {
        "IMDB_PLACES": str(file),
        "IMDB_RUNS_DIR": str(folder / "runs"),
        "IMDB_CACHE_DIR": str(folder / "data"),
        "IMDB_STANDBY": "off",
    }
    findings = [finding._asdict() for finding in checks.check(settings.read().clusters[PLACE])]
    finished = _ended(launcher.submit(configs.checked({**TINY, "place": PLACE})))
    stopped, seconds = _stopped()
    print(
        json.dumps(
            {
                "findings": findings,
                "finished": _facts(finished),
                "stopped": _facts(stopped),
                "stop_seconds": seconds,
                "unknown": str(_wrong_app(file)),
            }
        )
    )


def _facts(run: store.Run) -> dict:
    kinds = [event["event"] for event in run.events]
    return {**run.summary(), "host": run.host, "kinds": kinds, "log": run.log_tail(), "place": run.place}


def _ended(run: store.Run) -> store.Run:
    deadline = time.monotonic() + SECONDS
    while (run := store.read(run.folder)).state not in store.ENDED and time.monotonic() < deadline:
        launcher.runs()
        time.sleep(0.5)
    return run


def _stopped() -> tuple[store.Run, float]:
    """A run that was stopped while it trained, and how long that took."""
    run = launcher.submit(configs.checked({**TINY, "place": PLACE, "epochs": 100}))
    deadline = time.monotonic() + SECONDS
    while not store.read(run.folder).epochs and time.monotonic() < deadline:
        launcher.runs()
        time.sleep(0.2)
    began = time.monotonic()
    launcher.stop(store.read(run.folder))
    ended = _ended(run)
    return ended, time.monotonic() - began


def _wrong_app(file: Path) -> list[str]:
    """What the check says of a folder that the cluster's machines do not have."""
    file.write_text(f'[{PLACE}]\naddress = "{cluster.ADDRESS}"\napp = "/no/such app"\n')
    return [
        finding.sentence for finding in checks.check(settings.read().clusters[PLACE]) if not finding.is_right
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
