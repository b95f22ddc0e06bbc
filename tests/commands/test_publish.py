"""`publish` replaces only what publish wrote, completely or not at all, and reads only the run's own plain
files.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from imdb_core import __main__ as command_line
from imdb_core import files, paths
from imdb_core.commands import publish
from imdb_core.runs import store
from imdb_core.scoring import predictor
from tests.faults.support.child_processes import NO_SUPERUSER, small_disk
from tests.faults.support.sample_runs import trained_copy

FILES = {*publish.PUBLISHED, "model.json", "command.txt", "weights.npz", "epochs"}


@pytest.fixture
def run():
    return trained_copy()


@pytest.fixture
def published(run, tmp_path):
    """A folder that publish has written, with an older figure in it."""
    assert command_line.main(["publish", run.id, str(tmp_path / "out")]) == 0
    (tmp_path / "out" / "epochs" / "epoch-199.onnx").write_bytes(b"of an earlier version")
    return tmp_path / "out"


def contents(folder):
    """name -> content, for everything below the folder; for a link its target."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        entries[name] = (
            os.readlink(path)
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else "folder or pipe"
        )
    return entries


def refused(run, folder, capsys, *, below):
    """Publish, which must be refused with one line and change nothing in `below`; returns that line."""
    before = contents(below)
    assert command_line.main(["publish", run.id, str(folder)]) == 2
    sentence = capsys.readouterr().err
    assert contents(below) == before and len(sentence.splitlines()) == 1
    return sentence


@pytest.mark.parametrize("existing", ["new", "new below new folders", "empty"])
def test_a_new_or_empty_folder_gets_all_files_and_nothing_beside_it(existing, run, tmp_path):
    folder = tmp_path / "a" / "b" / "out" if "below" in existing else tmp_path / "out"
    if existing == "empty":
        folder.mkdir()
    assert command_line.main(["publish", run.id, str(folder)]) == 0
    assert (
        {path.name for path in folder.iterdir()} == FILES
        and os.listdir(folder.parent) == ["out"]
        or "runs" in os.listdir(tmp_path)
    )
    assert not list(tmp_path.rglob(".*"))
    assert predictor.load(folder).score("a fine film") == predictor.load(run.folder).score("a fine film")


def test_a_folder_that_publish_wrote_before_is_replaced_completely(run, published, tmp_path):
    assert command_line.main(["publish", run.id, str(published), "--best-only"]) == 0
    assert {path.name for path in published.iterdir()} == FILES - {"weights.npz", "epochs"}
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("name", [path.name for path in sorted(paths.PRETRAINED.iterdir())])
def test_each_pretrained_network_may_be_replaced(name):
    assert publish._why_not_ours(paths.PRETRAINED / name) is None


FOREIGN = {
    "a file": lambda folder: (folder / "notes.txt").write_text("mine"),
    "a hidden file": lambda folder: (folder / ".git").write_text("mine"),
    "a folder": lambda folder: (folder / "more").mkdir(),
    "a file among the epochs": lambda folder: (folder / "epochs" / "mine.onnx").write_text("mine"),
    "another spelling of an epoch": lambda folder: (folder / "epochs" / "epoch-1.onnx").write_text("mine"),
    "a link among the epochs": lambda folder: (folder / "epochs" / "epoch-198.onnx").symlink_to("/etc/hostname"),
    "a link for a file": lambda folder: _instead(folder / "predictions.npz").symlink_to("/etc/hostname"),
    "a link for the epochs": lambda folder: _moved(folder / "epochs"),
    "a folder for a file": lambda folder: _instead(folder / "weights.npz").mkdir(),
    "a pipe for a file": lambda folder: os.mkfifo(_instead(folder / "weights.npz")),
    "a file for the epochs": lambda folder: _instead(folder / "epochs").write_text("mine"),
    "no command": lambda folder: (folder / "command.txt").unlink(),
    "another command": lambda folder: (folder / "command.txt").write_text("make all\n"),
    "a command of endless length": lambda folder: (folder / "command.txt").write_text("python -m imdb_core train " + "x" * 10**6),
    "no model": lambda folder: (folder / "model.json").unlink(),
}  # fmt: skip


def _instead(path: Path) -> Path:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return path


def _moved(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_folder_with_a_foreign_file_is_not_changed(kind, run, published, tmp_path, capsys):
    FOREIGN[kind](published)
    assert "is left as it is" in refused(run, published, capsys, below=tmp_path)


def test_a_folder_with_the_users_own_epochs_keeps_them(run, tmp_path, capsys):
    (tmp_path / "mine" / "epochs").mkdir(parents=True)
    (tmp_path / "mine" / "epochs" / "epoch-001.onnx").write_text("mine")
    assert "is left as it is" in refused(run, tmp_path / "mine", capsys, below=tmp_path)


PLACES = {
    "the run's own folder": lambda run, place: run.folder,
    "a folder in the run": lambda run, place: run.folder / "published",
    "the folder of runs": lambda run, place: paths.runs_folder(),
    "a new run": lambda run, place: paths.runs_folder() / store.new_id(),
    "another run": lambda run, place: trained_copy().folder,
    "the folder above": lambda run, place: place,
    "the run, through a link above it": lambda run, place: (
        _link(place / "link", paths.runs_folder()) / run.id
    ),
    "a link to an empty folder": lambda run, place: _link(place / "link", _made(place / "empty")),
    "a link to nothing": lambda run, place: _link(place / "link", place / "nothing"),
    "a link to itself": lambda run, place: _link(place / "link", place / "link"),
    "a link to a published folder": lambda run, place: _link(place / "link", place / "out"),
    "a file": lambda run, place: place / "out" / "model.json",
    "below a file": lambda run, place: place / "out" / "model.json" / "x",
    "a pipe": lambda run, place: os.mkfifo(place / "pipe") or place / "pipe",
    "the system's root": lambda run, place: Path("/"),
    "a device": lambda run, place: Path("/dev/null"),
    "a home that a shell did not put in, as on Windows": lambda run, place: (
        os.environ.update(HOME=str(place)) or Path("~")
    ),
}


def _link(path, target):
    path.symlink_to(target)
    return path


def _made(path):
    path.mkdir()
    return path


@pytest.mark.parametrize("name", ["", ".", "./", "../here", "../here/"])
def test_the_folder_in_which_it_was_started_is_not_replaced(name, run, tmp_path, capsys, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "is the folder in which this was started" in refused(run, name, capsys, below=tmp_path)
    assert os.getcwd() == str(tmp_path / "here")


@pytest.mark.parametrize("kind", PLACES)
def test_a_target_that_must_not_be_overwritten_is_refused(
    kind, run, published, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("HOME", os.environ.get("HOME", "/"))  # put back afterwards
    monkeypatch.chdir(_made(tmp_path / "here"))
    refused(run, PLACES[kind](run, tmp_path), capsys, below=tmp_path)


def change_model(run, **changes):
    facts = json.loads((run.folder / "model.json").read_text())
    (run.folder / "model.json").write_text(json.dumps(facts | changes))


SOURCES = sorted(FILES - {"epochs", "command.txt"})
HOSTILE_EPOCHS = [
    "../../x",
    "/etc/hostname",
    "-1",
    "0",
    "201",
    "1.5",
    " 1",
    "01",
    "1_0",
    "1\n",
    "١",
    "",
    "9" * 5000,
    "NaN",
]
DAMAGE = {
    **{f"without {name}": lambda run, name=name: (run.folder / name).unlink() for name in SOURCES},
    "without an epoch": lambda run: next((run.folder / "epochs").iterdir()).unlink(),
    "a link for a file": lambda run: _instead(run.folder / "predictions.npz").symlink_to("/etc/hostname"),
    "a link for the epochs": lambda run: _moved(run.folder / "epochs"),
    "a pipe for a file": lambda run: os.mkfifo(_instead(run.folder / "weights.npz")),
    "a pipe for the model": lambda run: os.mkfifo(_instead(run.folder / "model.json")),
    "a device for a file": lambda run: _instead(run.folder / "weights.npz").symlink_to("/dev/zero"),
    "a folder for a file": lambda run: _instead(run.folder / "vocabulary.json").mkdir(),
    "other bytes": lambda run: (run.folder / "model.onnx").write_bytes(b"other"),
    **{f"the epoch {name[:12]!r}": lambda run, name=name: change_model(run, epochs={name: "0" * 64}) for name in HOSTILE_EPOCHS},
    **{
        f"{name} {value!r}": lambda run, name=name, value=value: change_model(run, **{name: value})
        for name, values in {
            "epochs": ([], None, 3, {"1": 5}),
            "epoch": ("../../x", True, None, 0, 10**30),
            "sha256": ({}, None, [], {"model.onnx": 1}),
            "onnx_minus_keras": (float("nan"),),
        }.items()
        for value in values
    },
    "no object": lambda run: (run.folder / "model.json").write_text("[1]"),
    "deep": lambda run: (run.folder / "model.json").write_text("[" * 100_000),
    "no JSON": lambda run: (run.folder / "model.json").write_bytes(b"\xff\xfe"),
    "a lone surrogate": lambda run: change_model(run, note="\ud800"),
    "100 MB": lambda run: os.truncate(run.folder / "model.json", 10**8),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_an_incomplete_run_is_not_published_and_the_old_folder_stays(kind, run, published, tmp_path, capsys):
    DAMAGE[kind](run)
    sentence = refused(run, published, capsys, below=published)
    assert not list(tmp_path.glob(".*")) and "Traceback" not in sentence
    assert (
        command_line.main(["publish", run.id, str(tmp_path / "a" / "new")]) == 2
        and not (tmp_path / "a").exists()
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("step", ["copy", "sync", "model.json", "command.txt", "aside", "in place"])
def test_an_error_at_any_step_leaves_the_old_folder(
    step, code, run, published, tmp_path, capsys, monkeypatch
):
    def fails(*_, **__):
        raise OSError(code, os.strerror(code), "somewhere")

    moves = []

    def move(folder, target, real=publish.move_folder):
        moves.append(target)
        if len(moves) == (1 if step == "aside" else 2):
            fails()
        real(folder, target)

    if step in ("aside", "in place"):
        monkeypatch.setattr(publish, "move_folder", move)
    elif step in ("copy", "sync"):
        monkeypatch.setattr(*{"copy": (publish.shutil, "copyfileobj"), "sync": (os, "fsync")}[step], fails)
    else:
        monkeypatch.setattr(
            publish, {"model.json": "write_json", "command.txt": "write_atomically"}[step], fails
        )
    assert os.strerror(code) in refused(run, published, capsys, below=published)
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_added_during_the_copy_stays(run, published, tmp_path, capsys, monkeypatch):
    def write(path, content):
        files.write_atomically(path, content)
        (published / "mine.txt").write_text("mine")

    monkeypatch.setattr(publish, "write_atomically", write)
    assert (
        command_line.main(["publish", run.id, str(published)]) == 2
        and "was changed while" in capsys.readouterr().err
    )
    assert (published / "mine.txt").read_text() == "mine" and (
        published / "epochs" / "epoch-199.onnx"
    ).exists()
    assert not list(tmp_path.glob(".*"))


def test_a_read_only_folder_and_a_full_disk_give_a_sentence(run, published, tmp_path):
    before = contents(published)
    for prefix, folder in (
        (NO_SUPERUSER, published),
        (small_disk(tmp_path / "disk", "300k"), tmp_path / "disk" / "out"),
    ):
        tmp_path.chmod(0o555)
        command = [*prefix, sys.executable, "-m", "imdb_core", "publish", run.id, str(folder)]
        done = subprocess.run(
            command, cwd=paths.PROJECT, env=os.environ, capture_output=True, text=True, timeout=60
        )
        tmp_path.chmod(0o755)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
        assert "Permission denied" in done.stderr or "No space left" in done.stderr
    assert contents(published) == before
