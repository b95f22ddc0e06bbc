"""Real processes of the command line, and folders for `publish`. No fixture here trains a network."""

import contextlib
import os
import subprocess
import sys

import pytest

from imdb_core import __main__ as command_line
from imdb_core import paths
from tests.faults.support.sample_runs import trained_copy
from tests.folders import contents

MODEL = "pretrained/cnn_lstm"  # small, and knows the words of the tests
COMMAND = [sys.executable, "-m", "imdb_core"]


@pytest.fixture
def called():
    """called(*arguments, text=None): a finished `python -m imdb_core ...`; output as text."""

    def call(*arguments, text=None):
        return subprocess.run(
            [*COMMAND, *arguments], input=text, capture_output=True, text=True, cwd=paths.PROJECT, timeout=300
        )

    return call


@pytest.fixture
def answered(capsys):
    """answered(*arguments): (exit code, output, errors) of a command that this process carries out itself."""

    def call(*arguments):
        try:
            code = command_line.main(arguments)
        except SystemExit as end:  # how argparse ends
            code = end.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def scored():
    """scored(*arguments, stdin=bytes, **variables): a finished `score` command; output as bytes."""

    def call(*arguments, stdin=b"", **variables):
        command = [*COMMAND, "score", "--model", MODEL, *arguments]
        environment = {**os.environ, **variables}
        return subprocess.run(
            command, input=stdin, capture_output=True, cwd=paths.PROJECT, env=environment, timeout=300
        )

    return call


@pytest.fixture
def open_scoring():
    """open_scoring(*arguments): a real `score` as a Popen with pipes; ended after the test."""
    processes = []

    def start(*arguments):
        # A shell starts background processes with Ctrl-C ignored; this process is in the foreground.
        command = ["env", "--default-signal=INT", *COMMAND, "score", "--model", MODEL, *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        processes.append(subprocess.Popen(command, cwd=paths.PROJECT, **pipes))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):  # input that was not yet flushed
                pipe.close()


@pytest.fixture
def run():
    """A trained run of the user's own."""
    return trained_copy()


@pytest.fixture
def published(run, tmp_path):
    """A folder that publish has written, with the model of an older epoch in it."""
    assert command_line.main(["publish", run.id, str(tmp_path / "out")]) == 0
    (tmp_path / "out" / "epochs" / "epoch-199.onnx").write_bytes(b"of an earlier version")
    return tmp_path / "out"


@pytest.fixture
def refused(capsys):
    """refused(run, folder, below=...): the sentence with which publish refuses; `below` has not changed."""

    def publish(run, folder, *, below):
        before = contents(below)
        assert command_line.main(["publish", run.id, str(folder)]) == 2
        sentence = capsys.readouterr().err
        assert contents(below) == before and len(sentence.splitlines()) == 1
        return sentence

    return publish
