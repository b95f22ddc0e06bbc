"""`publish` replaces only folders that publish wrote, completely or not at all."""

import json
import os
from pathlib import Path

import pytest

from imdb_core import __main__ as command_line
from imdb_core import paths
from imdb_core.runs import layout, store
from imdb_core.scoring import predictor
from imdb_core.scoring import published as core
from tests.faults.support.sample_runs import trained_copy
from tests.folders import link, new_folder, removed, replace_by_link

NEEDED = {*core.FILES, layout.ROBUSTNESS, layout.MODEL_FACTS, layout.COMMAND}
WRITTEN = {*NEEDED, layout.WEIGHTS, layout.EPOCH_MODELS}


def test_a_finished_run_is_published_with_its_command_and_all_epochs(run, tmp_path):
    assert command_line.main(["publish", run.id, str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == WRITTEN
    assert predictor.load(tmp_path / "out").epochs == [row["epoch"] for row in run.epochs]
    maps = {path.name for path in (run.folder / layout.EPOCH_MODELS).glob("*.npz")}
    assert maps == {path.name for path in (tmp_path / "out" / layout.EPOCH_MODELS).glob("*.npz")} != set()
    words = (tmp_path / "out" / layout.COMMAND).read_text().split()
    assert words[:6] == ["python", "-m", "imdb_core", "train", "--network", run.network]
    assert store.read(tmp_path / "out").test_accuracy == run.test_accuracy


def test_only_the_files_that_score_are_published_of_a_large_network(run, tmp_path):
    assert command_line.main(["publish", run.id, str(tmp_path / "out"), "--best-only"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == NEEDED
    network = predictor.load(tmp_path / "out")
    assert network.epochs == [run.best["epoch"]]
    assert network.score("a superb film") == predictor.load(run.folder).score("a superb film")


def test_a_run_whose_texts_nobody_tried_to_turn_is_published_without_the_figure(run, tmp_path):
    (run.folder / layout.ROBUSTNESS).unlink()
    assert command_line.main(["publish", run.id, str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == WRITTEN - {layout.ROBUSTNESS}


def test_the_command_names_the_folder_as_it_was_given(run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command_line.main(["publish", run.id, "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": "out"}


@pytest.mark.parametrize("existing", ["new", "new below new folders", "empty"])
def test_a_new_or_empty_folder_gets_all_files_and_no_temporary_file_is_left(existing, run, tmp_path):
    folder = tmp_path / "a" / "b" / "out" if "below" in existing else tmp_path / "out"
    if existing == "empty":
        folder.mkdir()
    assert command_line.main(["publish", run.id, str(folder)]) == 0
    assert (
        {path.name for path in folder.iterdir()} == WRITTEN
        and os.listdir(folder.parent) == ["out"]
        or "runs" in os.listdir(tmp_path)
    )
    assert not list(tmp_path.rglob(".*"))
    assert predictor.load(folder).score("a fine film") == predictor.load(run.folder).score("a fine film")


def test_a_folder_that_publish_wrote_before_is_replaced_completely(run, published, tmp_path):
    assert command_line.main(["publish", run.id, str(published), "--best-only"]) == 0
    assert {path.name for path in published.iterdir()} == NEEDED
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("name", [path.name for path in sorted(paths.PRETRAINED.iterdir())])
def test_each_pretrained_network_may_be_replaced(name):
    assert core.why_not_ours(paths.PRETRAINED / name) is None


LONG_COMMAND = "python -m imdb_core train " + "x" * 10**6
FOREIGN = {
    "a file": lambda folder: (folder / "notes.txt").write_text("mine"),
    "a hidden file": lambda folder: (folder / ".git").write_text("mine"),
    "a folder": lambda folder: (folder / "more").mkdir(),
    "a file among the epochs": lambda folder: (folder / "epochs" / "mine.onnx").write_text("mine"),
    "another spelling of an epoch": lambda folder: (folder / "epochs" / "epoch-1.onnx").write_text("mine"),
    "a link among the epochs": lambda folder: link(folder / "epochs" / "epoch-198.onnx", "/etc/hostname"),
    "a link for a file": lambda folder: removed(folder / "predictions.npz").symlink_to("/etc/hostname"),
    "a link for the epochs": lambda folder: replace_by_link(folder / "epochs"),
    "a folder for a file": lambda folder: removed(folder / "weights.npz").mkdir(),
    "a pipe for a file": lambda folder: os.mkfifo(removed(folder / "weights.npz")),
    "a file for the epochs": lambda folder: removed(folder / "epochs").write_text("mine"),
    "no command": lambda folder: (folder / "command.txt").unlink(),
    "another command": lambda folder: (folder / "command.txt").write_text("make all\n"),
    "a command of endless length": lambda folder: (folder / "command.txt").write_text(LONG_COMMAND),
    "no model": lambda folder: (folder / "model.json").unlink(),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_folder_with_a_foreign_file_is_not_changed(kind, run, published, tmp_path, refused):
    FOREIGN[kind](published)
    assert "is left as it is" in refused(run, published, below=tmp_path)


def test_a_folder_with_the_users_own_epochs_keeps_them(run, tmp_path, refused):
    (tmp_path / "mine" / "epochs").mkdir(parents=True)
    (tmp_path / "mine" / "epochs" / "epoch-001.onnx").write_text("mine")
    assert "is left as it is" in refused(run, tmp_path / "mine", below=tmp_path)


PLACES = {
    "the run's own folder": lambda run, place: run.folder,
    "a folder in the run": lambda run, place: run.folder / "published",
    "the folder of runs": lambda run, place: paths.runs_folder(),
    "a new run": lambda run, place: paths.runs_folder() / store.new_id(),
    "another run": lambda run, place: trained_copy().folder,
    "the folder above": lambda run, place: place,
    "the run, through a link above it": lambda run, place: link(place / "link", paths.runs_folder()) / run.id,
    "a link to an empty folder": lambda run, place: link(place / "link", new_folder(place / "empty")),
    "a link to nothing": lambda run, place: link(place / "link", place / "nothing"),
    "a link to itself": lambda run, place: link(place / "link", place / "link"),
    "a link to a published folder": lambda run, place: link(place / "link", place / "out"),
    "a file": lambda run, place: place / "out" / "model.json",
    "below a file": lambda run, place: place / "out" / "model.json" / "x",
    "a pipe": lambda run, place: os.mkfifo(place / "pipe") or place / "pipe",
    "the system's root": lambda run, place: Path("/"),
    "a device": lambda run, place: Path("/dev/null"),
    "a home that a shell did not put in, as on Windows": lambda run, place: (
        os.environ.update(HOME=str(place)) or Path("~")
    ),
}


@pytest.mark.parametrize("name", ["", ".", "./", "../here", "../here/"])
def test_the_folder_in_which_it_was_started_is_not_replaced(name, run, tmp_path, refused, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "is the current folder" in refused(run, name, below=tmp_path)
    assert os.getcwd() == str(tmp_path / "here")


@pytest.mark.parametrize("kind", PLACES)
def test_a_target_that_must_not_be_overwritten_is_refused(
    kind, run, published, tmp_path, refused, monkeypatch
):
    monkeypatch.setenv("HOME", os.environ.get("HOME", "/"))  # put back afterwards
    monkeypatch.chdir(new_folder(tmp_path / "here"))
    refused(run, PLACES[kind](run, tmp_path), below=tmp_path)
