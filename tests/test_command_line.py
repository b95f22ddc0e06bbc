"""The command line as its user sees it: standard output, standard error and exit codes of real processes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from imdb_core import __main__ as command_line
from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.runs import store
from imdb_core.scoring import predictor

TINY = "--network cnn_lstm --dataset demo --vocabulary-size 400 --review-length 40 --units 8 --filters 8".split()


def called(*arguments, text=None):
    """A real `python -m imdb_core ...`."""
    command = [sys.executable, "-m", "imdb_core", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, cwd=paths.PROJECT, env=os.environ, timeout=300)


def test_networks_lists_names_layers_and_exact_parameters_without_loading_keras():
    done = called("networks", "--json")
    listed = json.loads(done.stdout)
    assert [one["name"] for one in listed] == architectures.names()
    assert [one["parameters"] for one in listed[:5]] == [213_301, 213_301, 213_301, 216_405, 39_053]
    for one in listed:
        assert sum(layer["parameters"] for layer in one["layers"]) == one["parameters"]
        assert one["layers"][-1] == {**one["layers"][-1], "type": "Dense", "output_shape": [None, 1]}
    code = "import sys, imdb_core.__main__ as m; m.main(['networks']); assert not {'keras', 'tensorflow'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=paths.PROJECT, capture_output=True).returncode == 0


def test_every_hyperparameter_is_an_option():
    help = called("train", "--help").stdout
    assert all("--" + name.replace("_", "-") in help for name in configs.RunConfig.model_fields)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--network", "lstm", "--units", "9999"], "between 1 and 512"),
        (["train", "--network", "lstm", "--epochs", "many"], "invalid int value"),
        (["train"], "--network"),
        (["train", "--network", "lstm", "--filters", "3"], "lstm has no filters"),
        (["train", "--network", "gru"], "must be one of lstm"),
        (["stop", "nonsense"], "is not a run's id"),
        (["resume", "20200101-000000000-abcdefgh"], "There is no run"),
        (["score", "--model", "pretrained/none", "good"], "There is no model"),
        (["score", "--model", "../..", "good"], "There is no model"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exit_code_2(arguments, says):
    done = called(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_train_waits_and_prints_one_document(stub_worker, capsys, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "2")
    assert command_line.main(["train", *TINY, "--epochs", "2", "--wait", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert {"id", "name", "network", "state", "epochs", "best_epoch", "val_accuracy", "test_accuracy"} <= set(run)
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
        said = waiting.communicate(timeout=30)[1]
    assert waiting.returncode == 130 and "Training goes on" in said and "Traceback" not in said
    assert [run.state for run in store.runs()] == ["running"]


def test_score_prints_one_row_per_review_in_order(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    done = called("score", "--model", tiny_run.id, "--json", text="superb and never boring zzqx\na dull mess\n")
    first, second = json.loads(done.stdout)
    assert set(first) == {"probability", "label", "words", "unknown", "cut"}
    assert first["words"] == 5 and first["unknown"] == ["zzqx"] and first["cut"] == 0 and second["words"] == 3
    assert first["label"] == ("positive" if first["probability"] > 0.5 else "negative")


def test_score_counts_the_words_as_they_were_understood(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    typed, plain = "A “superb”—never boring… &amp; dull • film’s", "a superb never boring dull film's"
    done = called("score", "--model", tiny_run.id, "--json", text=f"{typed}\n{plain}\n")
    first, second = json.loads(done.stdout)
    assert first == second and first["words"] == 6


def test_a_review_that_cannot_be_scored_is_named_by_its_number(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    done = called("score", "--model", tiny_run.id, "--json", text="superb\n...\n")
    assert done.returncode == 2 and done.stdout == "" and "Review 2 of 2" in done.stderr


FILES = {*command_line.PUBLISHED, "model.json", "command.txt"}


def test_a_finished_run_can_be_published_with_its_command(tiny_run, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    assert command_line.main(["publish", tiny_run.id, str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILES, "weights.npz", "epochs"}
    assert predictor.load(tmp_path / "out").epochs == [row["epoch"] for row in tiny_run.epochs]
    words = (tmp_path / "out" / "command.txt").read_text().split()
    assert words[:6] == ["python", "-m", "imdb_core", "train", "--network", "cnn_lstm"] and "--units" in words
    assert store.read(tmp_path / "out").test_accuracy == tiny_run.test_accuracy


def test_of_a_large_network_only_what_scores_is_published(tiny_run, monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    assert command_line.main(["publish", tiny_run.id, str(tmp_path / "out"), "--best-only"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    network = predictor.load(tmp_path / "out")
    assert network.epochs == [tiny_run.best["epoch"]]
    assert network.score("a superb film") == predictor.load(tiny_run.folder).score("a superb film")
