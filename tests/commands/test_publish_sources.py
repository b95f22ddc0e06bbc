"""`publish` reads only complete runs of plain files; an error at any step leaves the old folder as it was."""

import errno
import json
import os
import subprocess
import sys

import pytest

from imdb_core import __main__ as command_line
from imdb_core import files, paths
from imdb_core.runs import layout
from imdb_core.scoring import published as core
from tests.faults.support.child_processes import NO_SUPERUSER, small_disk
from tests.folders import contents, removed, replace_by_link


@pytest.mark.parametrize(
    "name", ["model.onnx", "vocabulary.json", "predictions.npz", "weights.npz", "model.json"]
)
@pytest.mark.parametrize("kind", ["a pipe", "a link to an endless device"])
def test_endless_files_of_a_run_are_not_published(run, tmp_path, capsys, name, kind):
    (run.folder / name).unlink()
    os.mkfifo(run.folder / name) if kind == "a pipe" else (run.folder / name).symlink_to("/dev/zero")
    assert command_line.main(["publish", run.id, str(tmp_path / "out")]) == 2
    assert f"{name} is " in capsys.readouterr().err


def change_model(run, **changes):
    facts = json.loads((run.folder / "model.json").read_text())
    (run.folder / "model.json").write_text(json.dumps(facts | changes))


SOURCES = sorted({*core.FILES, layout.MODEL_FACTS, layout.WEIGHTS})
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
    "without an epoch": lambda run: next((run.folder / "epochs").glob("*.onnx")).unlink(),
    "a link for a file": lambda run: removed(run.folder / "predictions.npz").symlink_to("/etc/hostname"),
    "a link for the epochs": lambda run: replace_by_link(run.folder / "epochs"),
    "a pipe for a file": lambda run: os.mkfifo(removed(run.folder / "weights.npz")),
    "a pipe for the model": lambda run: os.mkfifo(removed(run.folder / "model.json")),
    "a device for a file": lambda run: removed(run.folder / "weights.npz").symlink_to("/dev/zero"),
    "a folder for a file": lambda run: removed(run.folder / "vocabulary.json").mkdir(),
    "other bytes": lambda run: (run.folder / "model.onnx").write_bytes(b"other"),
    **{
        f"the epoch {name[:12]!r}": lambda run, name=name: change_model(run, epochs={name: "0" * 64})
        for name in HOSTILE_EPOCHS
    },
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
def test_an_incomplete_run_is_not_published_and_the_old_folder_stays(kind, run, published, tmp_path, refused):
    DAMAGE[kind](run)
    sentence = refused(run, published, below=published)
    assert not list(tmp_path.glob(".*")) and "Traceback" not in sentence
    assert (
        command_line.main(["publish", run.id, str(tmp_path / "a" / "new")]) == 2
        and not (tmp_path / "a").exists()
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("step", ["copy", "sync", "model.json", "command.txt", "aside", "in place"])
def test_an_error_at_any_step_leaves_the_old_folder(
    step, code, run, published, tmp_path, refused, monkeypatch
):
    def fails(*_, **__):
        raise OSError(code, os.strerror(code), "somewhere")

    moves = []

    def move(folder, target, real=core.move_folder):
        moves.append(target)
        if len(moves) == (1 if step == "aside" else 2):
            fails()
        real(folder, target)

    if step in ("aside", "in place"):
        monkeypatch.setattr(core, "move_folder", move)
    elif step in ("copy", "sync"):
        monkeypatch.setattr(*{"copy": (core.shutil, "copyfileobj"), "sync": (os, "fsync")}[step], fails)
    else:
        monkeypatch.setattr(
            core, {"model.json": "write_json", "command.txt": "write_atomically"}[step], fails
        )
    assert os.strerror(code) in refused(run, published, below=published)
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_added_during_the_copy_stays(run, published, tmp_path, capsys, monkeypatch):
    def write(path, content):
        files.write_atomically(path, content)
        (published / "mine.txt").write_text("mine")

    monkeypatch.setattr(core, "write_atomically", write)
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
