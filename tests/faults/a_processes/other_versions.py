"""Runs that an earlier or a later version of the app has written."""

import shutil
from pathlib import Path

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import launcher, reading, store
from imdb_core.scoring import predictor
from tests.faults.rows import Outcome, row

GOLDEN = Path(__file__).parent.parent / "golden"


@row(
    "A20",
    "runs were written by earlier and later versions of the app",
    "100 % listed; a newer format is not changed and gets a sentence",
    breaks=("format ignored",),
)
def other_versions(place, patch, broken):
    if broken:
        patch.setattr(reading, "FORMAT", 2)
    shutil.copytree(GOLDEN, paths.runs_folder())
    shutil.copytree(
        paths.PRETRAINED / "cnn_lstm_dense", paths.runs_folder() / "20251122-120000000-pretrain"
    )  # a run of an early version
    count = len(list(GOLDEN.iterdir())) + 1
    before = _contents(paths.runs_folder())
    runs = {run.name if run.config else run.id: run for run in launcher.runs()}
    states = {name: run.state for name, run in runs.items()}
    expected = {"first": "finished", "unfinished": "interrupted", "later": "finished"}
    readable = sum(states.get(name) == state for name, state in expected.items())
    newer = [run for run in runs.values() if run.damaged and "newer version of this app" in run.damaged]
    scored = sum(
        0 < predictor.load(run.folder).score("a superb film").probability < 1
        for run in runs.values()
        if run.has_model and run.config
    )
    refused = sum(_refuses(run) for run in newer)
    after = _contents(paths.runs_folder())
    untouched = all(before[path] == content for path, content in after.items() if "newer" in path)
    figure = f"{len(runs)} of {count} listed, {readable} of 3 readable, {scored} scores a review, "
    figure += f"{refused} of a newer format refused"
    return Outcome(
        figure,
        len(runs) == count and readable == 3 and len(newer) == refused == 1 and scored == 1 and untouched,
    )


def _contents(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _refuses(run) -> bool:
    """Whether a run of a newer format is neither resumed nor renamed."""
    for action in (launcher.resume, lambda run: store.rename(run, "other")):
        try:
            action(run)
        except RunError:
            continue
        return False
    return True
