"""`train`, `runs` and `stop` with a worker that needs no Keras: output, exit codes, Ctrl-C."""

import json
import signal
import subprocess
import sys

import pytest

from imdb_core import __main__ as command_line
from imdb_core.runs import store

TINY = (
    "--network cnn_lstm --dataset demo --vocabulary-size 400 --review-length 40 --units 8 --filters 8".split()
)


def test_train_waits_and_prints_one_document(stub_worker, capsys, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "2")
    assert command_line.main(["train", *TINY, "--epochs", "2", "--wait", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert {"id", "name", "network", "state", "epochs", "best_epoch", "val_accuracy", "test_accuracy"} <= set(
        run
    )
    assert run["state"] == "finished" and [row["epoch"] for row in run["epochs"]] == [1, 2]
    assert command_line.main(["runs", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [run["id"]]


def test_a_failed_run_is_exit_code_1(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_CRASH", "start")
    assert command_line.main(["train", *TINY, "--wait", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["state"] == "failed" and "failed to start" in captured.err


def test_stop_waits_until_the_run_is_stopped(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    command_line.main(["train", *TINY, "--json"])
    id = json.loads(capsys.readouterr().out)["id"]
    assert command_line.main(["stop", id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert command_line.main(["stop", id]) == 0  # twice does no harm


def test_stop_all_ends_every_run_and_starts_none_from_the_queue(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    for _ in range(4):
        command_line.main(["train", *TINY])
    assert [run.state for run in store.runs()].count("queued") >= 2
    capsys.readouterr()
    assert command_line.main(["stop", "--all", "--json"]) == 0
    assert [run["state"] for run in json.loads(capsys.readouterr().out)] == ["stopped"] * 4
    assert [run.state for run in store.runs()] == ["stopped"] * 4
    assert command_line.main(["stop", "--all"]) == 0 and "Nothing" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["stop"], ["stop", "20260101-000000000-aaaaaaaa", "--all"]])
def test_stop_needs_one_run_or_all(words, capsys):
    assert command_line.main(words) == 2 and "either a run's id or --all" in capsys.readouterr().err


def test_ctrl_c_while_waiting_leaves_the_training_alone_and_says_so(stub_worker, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    # A shell starts what runs in the background with Ctrl-C ignored; this one is in the foreground.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "imdb_core", "train", *TINY, "--wait"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr.readline().startswith("epoch 1")
        waiting.send_signal(signal.SIGINT)
        message = waiting.communicate(timeout=30)[1]
    assert waiting.returncode == 130 and "Training goes on" in message and "Traceback" not in message
    assert [run.state for run in store.runs()] == ["running"]
