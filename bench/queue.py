"""Queue all five presets at once, and compare with the plain scripts one after another.

    python -m bench.queue speed.json

speed.json holds the plain scripts' times: `python -m bench.speed --json speed.json` on the same machine.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from bench.runs import machine, surroundings
from imdb_core import architectures
from imdb_core.config import preset


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measured", type=Path, help="the file that bench.speed --json wrote")
    rows = json.loads(parser.parse_args().measured.read_text("utf-8"))
    plain = sum(row["plain"]["fit"] + row["plain"]["evaluate"] for row in rows if row["timed"])
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(surroundings(folder))
        seconds = queued()
    ratio = f"{plain / seconds:.2f} times as fast"
    times = f"five plain scripts {plain:.0f} s, the queue {seconds:.0f} s with all start-ups"
    print(f"{machine()}: {times}: {ratio}.")


def queued():
    """Seconds from the first submitted run to the last result."""
    from imdb_core.runs import launcher

    started = time.monotonic()
    for network in architectures.tutorial_names():
        launcher.submit(preset(network))
    while any(run.state != "finished" for run in launcher.runs()):
        failed = [run for run in launcher.runs() if run.state in ("failed", "interrupted", "damaged")]
        if failed:
            raise SystemExit(f"{failed[0].folder}: {failed[0].ending}")
        time.sleep(0.5)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
