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


# One process calls all commands, so it is started once for each encoding. A zero byte ends each output.
CALL_ALL = """
import os, sys
from imdb_core.__main__ import main
words = sys.argv[1:]
while words:
    end = words.index("NEXT")
    code = main(words[:end])
    os.write(1, b"\\0")
    os.write(2, b"%d\\0" % code)
    words = words[end + 1:]
"""
COMMANDS = [
    ["runs"],
    ["runs", "--json"],
    ["models"],
    ["resume", "RUN"],
    ["stop", "電影"],
    ["score", "--model", "電影", "x"],
]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
def test_a_name_in_any_script_can_be_listed_in_every_encoding(run, variables):
    store.rename(run, "電影 é 😀")
    words = [run.id if word == "RUN" else word for command in COMMANDS for word in (*command, "NEXT")]
    done = subprocess.run(
        [sys.executable, "-c", CALL_ALL, *words],
        capture_output=True,
        env={**os.environ, **variables},
        cwd=paths.PROJECT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    *outputs, _ = done.stdout.split(b"\0")
    *errors, _ = done.stderr.split(b"\0")
    assert len(outputs) == len(errors) == len(COMMANDS)
    for command, output, (*sentences, code) in zip(
        COMMANDS, outputs, map(bytes.splitlines, errors), strict=True
    ):
        assert code in (b"0", b"2") and b"Error" not in b"".join(sentences), command
        assert len(sentences) == (code == b"2"), command
        assert "--json" not in command or json.loads(output.decode("ascii"))[0]["name"] == "電影 é 😀"
    assert [code for *_, code in map(bytes.splitlines, errors)] == [b"0"] * 3 + [b"2"] * 3


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
