"""Ctrl-C in the terminal in which a run was started."""

import os
import subprocess
import sys
import time

from imdb_core import paths
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.processes import processes_of
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import use_light_worker


@row(
    "A7",
    "Ctrl-C is pressed in the terminal",
    "10 of 10 workers go on, 10 of 10 commands say how to stop the run, 0 processes after the stop",
    breaks=("same session",),
)
def interrupt_the_terminal(place, patch, broken):
    use_light_worker(patch, 60)
    if broken:
        _share_the_session(place, patch)
    count = 2 if broken else 10
    terminals = [_Terminal(place / f"runs-{number}") for number in range(count)]
    wait_until(
        lambda: (
            sum(run.state == "running" for terminal in terminals for run in terminal.runs(patch)) == count
        ),
        60,
    )
    outputs = [terminal.interrupted() for terminal in terminals]
    time.sleep(0.5)
    runs = [run for terminal in terminals for run in terminal.runs(patch)]
    alive = sum(run.state == "running" for run in runs)
    informed = sum(
        "goes on without this process" in output and run.id in output
        for output, run in zip(outputs, runs, strict=True)
    )
    for run in runs:
        launcher.end(run)
    left = len(processes_of(place))
    figure = f"{alive} of {count} workers go on, {informed} commands say how to stop the run, "
    figure += f"{left} processes after the stop"
    return Outcome(figure, alive == informed == count and not left)


class _Terminal:
    """`python -m imdb_core train --wait` in the foreground of a terminal of its own."""

    def __init__(self, folder):
        self._master, terminal = os.openpty()
        self._folder, options = folder, ["--network", "lstm", "--dataset", "demo", "--name", str(folder)]
        self._process = subprocess.Popen(
            # A shell lets background processes ignore Ctrl-C; this process is in the foreground.
            [
                "env",
                "--default-signal=INT",
                "setsid",
                "--ctty",
                sys.executable,
                "-m",
                "imdb_core",
                "train",
                "--wait",
                *options,
            ],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=paths.PROJECT,
            env={**os.environ, "IMDB_RUNS_DIR": str(folder)},
        )
        os.close(terminal)

    def runs(self, patch) -> list:
        """The runs that the command started, in its own folder of runs."""
        patch.setenv("IMDB_RUNS_DIR", str(self._folder))
        return store.runs()

    def interrupted(self) -> str:
        """Press Ctrl-C; returns what the command wrote until it ended."""
        os.write(self._master, b"\x03")
        words = b""
        try:
            while part := os.read(self._master, 4096):
                words += part
        except OSError:  # the terminal's other end is closed
            pass
        os.close(self._master)
        self._process.wait(20)
        return words.decode("utf-8", "replace")


def _share_the_session(place, patch) -> None:
    """The broken variant: workers stay in the terminal's session."""
    (place / "sitecustomize.py").write_text(
        "import subprocess\n"
        "start = subprocess.Popen.__init__\n"
        "def same_session(self, *args, **options):\n"
        "    start(self, *args, **{**options, 'start_new_session': False})\n"
        "subprocess.Popen.__init__ = same_session\n"
    )
    patch.setenv("PYTHONPATH", f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
