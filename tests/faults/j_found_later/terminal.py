"""The command line with control characters, repeated Ctrl-C, closed streams and Python's options."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from imdb_core import paths
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support import sample_runs
from tests.faults.support.waiting import wait_until
from tests.faults.support.workers import suspended_holder, use_light_worker

HARMFUL = "\x1b[2J\x1b]0;owned\x07 red\u202e name\r\n\x9b31m"
ODD_ARGUMENTS = (
    ["score", "--model", HARMFUL, "a film"],
    ["runs", f"--{HARMFUL}"],
    [HARMFUL],
    ["stop", HARMFUL],
)
# Ctrl-C is pressed when the process has loaded this library: during imports, and during scoring.
CTRL_C_AT = ("pydantic_core", "numpy", "onnxruntime", "onnxruntime")
CLOSED = ("<&-", ">&-", "2>&-", "<&- >&- 2>&-")


@row(
    "J12",
    "control characters, Ctrl-C twice, -OO, closed streams, a run deleted under --wait, a suspended process",
    "one sentence each",
    breaks=("Ctrl-C as Python has it", "texts as they came"),
)
def terminal(place, patch, broken):
    run = sample_runs.finished_run("harmless")
    store.record(run.folder, "renamed", name=HARMFUL)
    store.record(run.folder, "failed", message=f"It failed {HARMFUL}")
    use_light_worker(patch, seconds=0.2)
    checks = {"texts as they came": _texts, "Ctrl-C as Python has it": _ctrl_c}
    wanted = (
        [checks[broken]]
        if broken
        else [*checks.values(), _optimised, _strict, _closed, _deleted_while_waiting, _suspended]
    )
    tried, wrong = 0, []
    for check in wanted:
        for case, problem in check(run, broken):
            tried += 1
            wrong += [f"{case}: {problem}"] if problem else []
    return Outcome(f"{len(wrong)} of {tried} without a plain sentence {'; '.join(wrong)[:400]}", not wrong)


def _texts(run, broken):
    code = ["-c", _AS_THEY_CAME] if broken else ["-m", "imdb_core"]
    for arguments in (["runs"], ["resume", run.id], *ODD_ARGUMENTS):
        done = subprocess.run(
            [sys.executable, *code, *arguments], capture_output=True, timeout=60, cwd=paths.PROJECT
        )
        written = (done.stdout + done.stderr).decode("utf-8")
        yield (
            " ".join(arguments)[:20],
            _fault(done.stderr.decode("utf-8"), any(sign in written for sign in "\x1b\x07\u202e\r\x9b")),
        )


_AS_THEY_CAME = """
from imdb_core import plain_text
plain_text.one_line = lambda text: text
from imdb_core.__main__ import main
raise SystemExit(main())
"""


def _ctrl_c(run, broken):
    program = "import imdb_core.__main__ as command; raise SystemExit(command.main())"
    code = ["-c", program] if broken else ["-m", "imdb_core"]
    for number, library in enumerate(CTRL_C_AT):
        command = [sys.executable, *code, "score", "--json", "--model", "pretrained/cnn_lstm_dense"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=paths.PROJECT,
            text=True,
        )
        wait_until(
            lambda library=library, pid=process.pid: (
                library in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
            )
        )
        time.sleep(0.2 * number)
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _, error = process.communicate(timeout=30)
        yield f"Ctrl-C at {library}", _fault(error, process.returncode != 130 or error.count("\n") != 1)


def _optimised(run, broken):
    for arguments in (
        ["--help"],
        ["runs"],
        ["networks"],
        ["score", "--model", "pretrained/cnn_lstm_dense", "a film"],
    ):
        done = _run(["-OO", "-m", "imdb_core", *arguments])
        yield (
            f"-OO {arguments[0]}",
            _fault(done.stderr, done.returncode != 0 or "None" in done.stdout + done.stderr),
        )


def _strict(run, broken):
    """Python's own warnings, also at the end of the process, while a training goes on."""
    os.environ["LIGHT_SECONDS"] = "60"
    for option in (["-X", "dev"], ["-W", "error"]):
        started = _run([*option, "-m", "imdb_core", "train", "--network", "cnn_lstm", "--dataset", "demo"])
        yield (
            f"{option} train",
            _fault(started.stderr, started.returncode != 0 or "Warning" in started.stderr),
        )
    _run(["-m", "imdb_core", "stop", "--all"])
    os.environ["LIGHT_SECONDS"] = "0.2"


def _closed(run, broken):
    for streams in CLOSED:
        for arguments in ("runs --json", "score --model pretrained/cnn_lstm_dense"):
            command = f'exec "{sys.executable}" -m imdb_core {arguments} {streams}'
            done = subprocess.run(
                ["sh", "-c", command], capture_output=True, text=True, timeout=60, cwd=paths.PROJECT, input=""
            )
            yield f"{arguments} {streams}", _fault(done.stderr, done.returncode not in (0, 2))


def _deleted_while_waiting(run, broken):
    os.environ["LIGHT_SECONDS"] = "60"
    command = [
        sys.executable,
        "-m",
        "imdb_core",
        "train",
        "--network",
        "cnn_lstm",
        "--dataset",
        "demo",
        "--wait",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=paths.PROJECT
    )
    [waited_for] = wait_until(lambda: [run for run in store.runs() if run.state == "running"])
    shutil.rmtree(waited_for.folder)
    _, error = process.communicate(timeout=60)
    yield (
        "deleted under --wait",
        _fault(error, process.returncode != 2 or f"{waited_for.id} was deleted" not in error),
    )


def _suspended(run, broken):
    """A suspended process holds the queue's lock: the command names it, and goes on when the lock is free."""
    with suspended_holder(paths.runs_folder() / launcher.QUEUE_LOCK) as pid:
        command = [sys.executable, "-m", "imdb_core", "train", "--network", "cnn_lstm", "--dataset", "demo"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=paths.PROJECT
        )
        line = process.stderr.readline()
    _, error = process.communicate(timeout=60)
    yield (
        "a suspended process",
        _fault(line + error, process.returncode != 0 or f"Process {pid} (python" not in line),
    )


def _run(arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, cwd=paths.PROJECT
    )


def _fault(error: str, wrong: bool) -> str | None:
    """The end of standard error if it holds a traceback or `wrong` is true; else None."""
    traceback = any(mark in error for mark in ("Traceback", "Exception ignored", "Fatal Python", "None"))
    return json.dumps(error[-160:]) if wrong or traceback else None
