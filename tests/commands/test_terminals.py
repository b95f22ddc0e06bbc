"""Output for every terminal: encodings that lack characters, names in any script, the progress bar."""

import contextlib
import json
import os
import pty
import subprocess
import sys

import pytest

from imdb_core import paths
from imdb_core.runs import store

MODEL = "pretrained/cnn_lstm"
GOOD = "superb and never boring"


ENCODINGS = [
    *(
        {"PYTHONIOENCODING": name}
        for name in ("cp1252", "cp949", "ascii", "cp437:strict", "shift_jis", "utf-8")
    ),
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
def test_every_encoding_can_write_every_character(scored, variables):
    stdin = f"{GOOD} café € 電影 😀 \u202e".encode()
    done = scored(stdin=stdin + b"\n\xff\n", **variables)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2 and GOOD.encode() in done.stdout
    assert b"1 byte that is not UTF-8" in done.stderr and b"Traceback" not in done.stderr
    done = scored("--json", stdin=stdin, **variables)
    assert done.returncode == 0 and done.stdout.isascii() and "電影" in json.loads(done.stdout)[0]["unknown"]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
@pytest.mark.parametrize(
    "arguments",
    [
        ["runs"],
        ["runs", "--json"],
        ["models"],
        ["resume", "RUN"],
        ["stop", "電影"],
        ["score", "--model", "電影", "x"],
    ],
)
def test_a_name_in_any_script_can_be_listed_in_every_encoding(run, variables, arguments):
    store.rename(run, "電影 é 😀")
    arguments = [run.id if word == "RUN" else word for word in arguments]
    command = [sys.executable, "-m", "imdb_core", *arguments]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **variables}, cwd=paths.PROJECT, timeout=60
    )
    assert done.returncode in (0, 2) and b"Error" not in done.stderr
    assert len(done.stderr.splitlines()) == (done.returncode == 2)
    assert "--json" not in arguments or json.loads(done.stdout.decode("ascii"))[0]["name"] == "電影 é 😀"


@pytest.mark.parametrize("also_the_results", [True, False])
def test_progress_shows_on_a_terminal_and_leaves_the_results_whole(also_the_results, tmp_path):
    (tmp_path / "reviews").write_text(f"{GOOD}\n" * 9000)
    watching, terminal = pty.openpty()
    command = [sys.executable, "-m", "imdb_core", "score", "--model", MODEL]
    with open(tmp_path / "reviews", "rb") as stdin, open(tmp_path / "scores", "wb") as scores:
        output = terminal if also_the_results else scores
        process = subprocess.Popen(command, stdin=stdin, stdout=output, stderr=terminal, cwd=paths.PROJECT)
    os.close(terminal)
    shown = b"".join(_until_closed(watching))
    assert process.wait(60) == 0 and b"texts" in shown and b"%]" not in shown
    results = shown.replace(b"\r\n", b"\n") if also_the_results else (tmp_path / "scores").read_bytes()
    lines = [line.rpartition(b"\r")[2] for line in results.split(b"\n")]
    assert len({line for line in lines if line}) == 1 and lines.count(lines[0]) == 9000


def _until_closed(terminal):
    """What is written to a pseudo-terminal until its other side closes."""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as file:
        while content := file.read(65536):
            yield content
