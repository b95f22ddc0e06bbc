"""Resumes of a run after its reviews, its split or its checkpoints were changed."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

from imdb_core import config as configs
from imdb_core import data
from imdb_core.data import batches
from imdb_core.files import write_json
from imdb_core.runs import layout, provenance, store
from imdb_core.training import fit, worker
from tests.faults.support import counting_worker, faulty_extras

OTHER = "f" * 64  # the fingerprint of other reviews than those of the demo


def _stopped_run(epochs: int = 2) -> store.Run:
    """A run that was stopped after `epochs` of its three epochs."""
    run = store.create(configs.checked(faulty_extras.CONFIG), store.new_id())
    original = counting_worker.Model.learn

    def learn(model, epoch):
        if epoch > epochs:
            raise fit.Stopped
        original(model, epoch)

    counting_worker.Model.learn = learn
    worker.main([str(run.folder)])
    counting_worker.Model.learn = original
    assert len(store.read(run.folder).epochs) == epochs
    return store.read(run.folder)


def _resume(run) -> None:
    store.record(run.folder, "queued", resumed=True)
    worker.main([str(run.folder)])


def noticed_when_resumed() -> dict:
    """After each change, a resume must fail with a sentence and leave the run's files as they are."""
    changes = {
        "other words behind the ids": (_other_words, "reviews_unusable"),
        "other labels": (_other_labels, "reviews_unusable"),
        "another split": (_other_split, "reviews_unusable"),
        "a checkpoint of another run": (_foreign_checkpoint, "user_error"),
        "a later checkpoint of another run": (_later_foreign_checkpoint, "user_error"),
        "an old-format checkpoint of another run": (_foreign_checkpoint_without_its_run, "user_error"),
        "the last checkpoint is gone": (lambda run: shutil.rmtree(_newest_checkpoint(run)), "user_error"),
        "all checkpoints are gone": (
            lambda run: shutil.rmtree(run.folder / layout.CHECKPOINTS),
            "user_error",
        ),
    }
    results = {}
    for name, (change, failure) in changes.items():
        run = _stopped_run()
        undo = change(run) or (lambda: None)
        before = _content(run.folder)
        _resume(run)
        undo()
        ended = store.read(run.folder)
        sentence = ended.message or ""
        results[name] = ended.state == "failed" and ended.failure == failure and sentence.endswith(".")
        results[name] = results[name] and before == _content(run.folder)
        if failure == "reviews_unusable" and results[name]:  # with the reviews back it goes on
            _resume(run)
            results[name] = store.read(run.folder).state == "finished"
    return results | _started_anew()


def _started_anew() -> dict:
    """A run without a finished epoch starts from the beginning and records the new reviews."""
    run = _stopped_run(epochs=0)
    undo = _other_words(run)
    now = data.load("demo").fingerprint
    _resume(run)
    undo()
    ended = store.read(run.folder)
    return {
        "a run without an epoch starts again": ended.state == "finished"
        and provenance.fingerprint(ended) == now
    }


def _content(folder: Path) -> dict[str, str]:
    """Checksums of a run's files, without events, log and lock."""
    written = {path for name in (layout.EVENTS, layout.LOG, layout.LOCK) for path in folder.glob(name)}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path not in written)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _with_corpus(**changes):
    """Replace the corpus "demo" by a changed one; returns a function that undoes this."""
    original = data.load
    changed = replace(original("demo"), fingerprint=OTHER, **changes)
    data.load = lambda dataset, **_: changed

    def undo():
        data.load = original

    return undo


def _other_words(run):
    words = data.load("demo").words
    return _with_corpus(words=words[::-1])


def _other_labels(run):
    train = data.load("demo").train
    return _with_corpus(train=replace(train, labels=1 - train.labels))


def _other_split(run):
    original = batches.split
    batches.split = lambda reviews, share, seed, **more: original(reviews, share, seed + 1, **more)

    def undo():
        batches.split = original

    return undo


def _newest_checkpoint(run) -> Path:
    return max((run.folder / layout.CHECKPOINTS).glob("epoch-*"))


def _foreign_checkpoint(run) -> None:
    for theirs in (_stopped_run().folder / layout.CHECKPOINTS).iterdir():
        shutil.rmtree(run.folder / layout.CHECKPOINTS / theirs.name)
        shutil.copytree(theirs, run.folder / layout.CHECKPOINTS / theirs.name)


def _later_foreign_checkpoint(run) -> None:
    theirs = _newest_checkpoint(_stopped_run(3))
    shutil.copytree(theirs, run.folder / layout.CHECKPOINTS / theirs.name)


def _foreign_checkpoint_without_its_run(run) -> None:
    """A foreign checkpoint of an older version, without the run's checksum; only its row differs."""
    _foreign_checkpoint(run)
    path = _newest_checkpoint(run) / layout.MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["run"], manifest["checksum"]
    manifest["row"]["seconds"] += 1.5
    write_json(path, manifest)
