"""The row about reviews, checkpoints and figures that differ from those that a run recorded. See rows.py."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_core import config as configs
from imdb_core import data, paths
from imdb_core.arrays import packed
from imdb_core.data import batches, demo, shown
from imdb_core.errors import DataError, ModelError
from imdb_core.evaluation import baselines, comparisons, duplicates, hard_reviews, predictions
from imdb_core.files import write_json
from imdb_core.runs import layout, notes, provenance, store
from imdb_core.scoring import models, predictor
from imdb_core.training import fit, recorder, worker
from tests.faults import extras, made, plain_worker
from tests.faults.child import outcome
from tests.faults.rows import Found, row

OTHER = "f" * 64  # the fingerprint of reviews that are not here


@row(
    "J6",
    "a run is resumed, shown or compared after its reviews, checkpoints or figures were changed",
    "0 silent",
    breaks=("fingerprints are not compared", "any checkpoint will do", "labels are enough"),
)
def changed_behind_the_record(place, patch, broken):
    results = outcome(_silent_members, broken or "", PLAIN_EPOCH_SECONDS="0", PLAIN_NUMBERS="10")
    silent = [name for name, noticed in results.items() if not noticed]
    return Found(
        f"{len(silent)} of {len(results)} silent {silent or ''}".strip(), not silent and len(results) > 20
    )


def _silent_members(broken: str) -> dict:
    """Case -> whether the change was noticed."""
    extras.install()
    _break(broken)
    if broken:
        return _shown() if broken == "labels are enough" else _resumed()
    return {**_resumed(), **_shown(), **_of_model_files()}


def _break(broken: str) -> None:
    if broken == "fingerprints are not compared":
        provenance._newest = lambda run, name: None
    elif broken == "any checkpoint will do":
        recorder._require_matching = lambda saved, written: None
        provenance.of_folder = lambda folder: None
    elif broken == "labels are enough":
        provenance.demand_shown = lambda run, fingerprint: None
        provenance.same_reviews = lambda first, second: True


# A run that was stopped after two of three epochs, and what happens to it before it is resumed.


def _stopped_run(epochs: int = 2) -> store.Run:
    """A run that was stopped after `epochs` of its three epochs."""
    run = store.create(configs.checked(extras.CONFIG), store.new_id())
    usual = plain_worker.Model.learn

    def learn(model, epoch):
        if epoch > epochs:
            raise fit.Stopped
        usual(model, epoch)

    plain_worker.Model.learn = learn
    worker.main([str(run.folder)])
    plain_worker.Model.learn = usual
    assert len(store.read(run.folder).epochs) == epochs
    return store.read(run.folder)


def _resume(run) -> None:
    store.record(run.folder, "queued", resumed=True)
    worker.main([str(run.folder)])


def _resumed() -> dict:
    """After each change, a resume must fail with a sentence and leave the run's files as they are."""
    changes = {
        "other words behind the ids": (_other_words, "reviews_unusable"),
        "other labels": (_other_labels, "reviews_unusable"),
        "another split": (_other_split, "reviews_unusable"),
        "a checkpoint of another run": (_foreign_checkpoint, "user_error"),
        "a later checkpoint of another run": (_later_foreign_checkpoint, "user_error"),
        "an old-format checkpoint of another run": (_foreign_checkpoint_without_its_run, "user_error"),
        "the last checkpoint is gone": (lambda run: shutil.rmtree(_newest_checkpoint(run)), "user_error"),
        "all checkpoints are gone": (lambda run: shutil.rmtree(run.folder / "checkpoints"), "user_error"),
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
        "a run without an epoch starts anew": ended.state == "finished"
        and provenance.fingerprint(ended) == now
    }


def _content(folder: Path) -> dict[str, str]:
    """Checksums of a run's files, without events, log and lock."""
    written = {path for name in ("events.jsonl", "worker.log", "run.lock") for path in folder.glob(name)}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path not in written)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _with_corpus(**changes):
    """Replace the corpus "demo" by a changed one; returns a function that undoes this."""
    usual = data.load
    changed = replace(usual("demo"), fingerprint=OTHER, **changes)
    data.load = lambda dataset: changed

    def undo():
        data.load = usual

    return undo


def _other_words(run):
    words = data.load("demo").words
    return _with_corpus(words=words[::-1])


def _other_labels(run):
    train = data.load("demo").train
    return _with_corpus(train=replace(train, labels=1 - train.labels))


def _other_split(run):
    usual = batches.split
    batches.split = lambda reviews, share, seed: usual(reviews, share, seed + 1)

    def undo():
        batches.split = usual

    return undo


def _newest_checkpoint(run) -> Path:
    return max((run.folder / "checkpoints").glob("epoch-*"))


def _foreign_checkpoint(run) -> None:
    for theirs in (_stopped_run().folder / "checkpoints").iterdir():
        shutil.rmtree(run.folder / "checkpoints" / theirs.name)
        shutil.copytree(theirs, run.folder / "checkpoints" / theirs.name)


def _later_foreign_checkpoint(run) -> None:
    theirs = _newest_checkpoint(_stopped_run(3))
    shutil.copytree(theirs, run.folder / "checkpoints" / theirs.name)


def _foreign_checkpoint_without_its_run(run) -> None:
    """A checkpoint without the run's checksum, as older versions wrote it: only its row shows that it is
    foreign.
    """
    _foreign_checkpoint(run)
    path = _newest_checkpoint(run) / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["run"], manifest["checksum"]
    manifest["row"]["seconds"] += 1.5
    write_json(path, manifest)


# Reviews, statistical tests and baselines that pages show beside a run.


def _tested_run(fingerprint: str | None, name: str, **changes) -> store.Run:
    """A finished run on the demo reviews, with predictions, that recorded this fingerprint (None: none)."""
    run, labels = made.finished_run(name, **changes), demo.load().test.labels
    halves = {half: np.full(len(labels), 0.9, np.float32) for half in ("test", "validation")}
    arrays = halves | {f"{half}_labels": labels for half in halves}
    (run.folder / layout.PREDICTIONS).write_bytes(packed(arrays))
    if fingerprint:
        store.record(run.folder, "phase", phase="starting Keras", fingerprint=fingerprint)
    return store.read(run.folder)


def _shown() -> dict:
    here = demo.load().fingerprint
    own, other, older = (_tested_run(*named) for named in ((here, "own"), (OTHER, "other"), (None, "older")))
    seed = _tested_run(OTHER, "another seed", seed=99)
    results = {
        "a text beside another's probability": _refuses(
            DataError, hard_reviews.tested_reviews, other, predictions.read(other)
        ),
        "McNemar's test on different reviews": _refuses(ModelError, comparisons.pair, own, other),
        "disagreements on different reviews": _refuses(ModelError, hard_reviews.disagreements, own, other),
        "all pairs of different reviews": not comparisons.all_pairs({"own": own, "other": other})[0],
        "a band over seeds of different reviews": len(comparisons.by_seed({"own": own, "seed": seed})) == 2,
        "own reviews are shown": len(hard_reviews.tested_reviews(own, predictions.read(own)).reviews) == 1000,
        "reviews of an older run are shown": len(
            hard_reviews.tested_reviews(older, predictions.read(older)).reviews
        )
        == 1000,
    }
    return results | _pages(own, other) | _marks(own, other, here) | _versions(own)


def _refuses(kind: type[Exception], act, *arguments) -> bool:
    try:
        act(*arguments)
    except kind as error:
        return str(error).endswith(".")
    return False


def _pages(own, other) -> dict:
    """The pages show an error and no review."""
    inspected = made.Tab("inspect").show(run=other.id)
    compared = made.Tab("compare").show(runs=f"{own.id},{other.id}")
    texts = {review.value for review in [*inspected.text, *compared.text]}
    reviews = {hard_reviews.tested_reviews(own, predictions.read(own)).text(place) for place in range(1000)}
    return {
        "the page of one run": bool(inspected.error) and not texts & reviews,
        "the page of several runs": bool(compared.error) and not texts & reviews,
    }


def _marks(own, other, here: str) -> dict:
    """The baseline's line, and the included networks' accuracies without duplicates."""
    values = {
        "dataset": "demo",
        "fingerprint": here,
        "test_accuracy": 0.9,
        "test_reviews": 1000,
        "train_reviews": 4000,
    }
    values |= {"c": 1, "fit_seconds": 1.0, "versions": {}, "when": "2026-01-01"}
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    write_json(baselines._place("demo", here), values)
    mark = baselines.baseline("demo")
    write_json(baselines._place("demo", OTHER), values)  # a copy under another's name
    anew = _tested_run(OTHER, "began anew")
    store.record(anew.folder, "phase", phase="starting Keras", fingerprint=here)
    usual, models.pretrained = models.pretrained, lambda: [models.Model("pretrained/other", other)]
    counts = replace(duplicates.duplicates("demo"), in_training=np.arange(1000) < 10)
    effect = duplicates.effect("demo", counts)
    models.pretrained = usual
    return {
        "a baseline beside a run on other reviews": bool(mark) and mark.suits(own) and not mark.suits(other),
        "a run that began anew has the baseline of its new reviews": mark.suits(store.read(anew.folder)),
        "a stored baseline of other reviews": baselines._read("demo", OTHER) is None,
        "the effect of duplicates with other reviews": effect is None,
    }


def _versions(run) -> dict:
    for version in ("3.11", "3.12"):
        store.record(run.folder, "phase", phase="training", backend="tensorflow", versions={"keras": version})
        store.record(run.folder, "resumed", epoch=2)
    noted = notes.notes(store.read(run.folder))
    return {"another version of Keras": len(noted) == 1 and "3.12 instead of 3.11" in noted[0]}


def _of_model_files() -> dict:
    """Files of another run in place of a model's own, and a changed generator of demo reviews."""
    results = {}
    for name in ("vocabulary.json", "model.onnx"):
        run = made.trained_copy()
        shutil.copyfile(paths.PRETRAINED / "cnn_lstm" / name, run.folder / name)
        results[f"{name} of another run"] = _refuses(ModelError, predictor.Predictor, run.folder)
    words = shown.shown("demo").corpus
    usual, demo.AMBIGUOUS = demo.AMBIGUOUS, 0.07
    demo.load.cache_clear()
    demo._reviews.cache_clear()
    results["a changed generator of demo reviews"] = demo.load().fingerprint != words.fingerprint
    demo.AMBIGUOUS = usual
    return results
