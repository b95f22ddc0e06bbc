"""Pages, statistical tests and baselines beside reviews or files that differ from a run's record."""

import shutil
from dataclasses import replace

import numpy as np

from imdb_core import paths
from imdb_core.arrays import packed
from imdb_core.data import demo, shown
from imdb_core.errors import DataError, ModelError
from imdb_core.evaluation import baselines, comparisons, duplicates, hard_reviews, predictions
from imdb_core.files import write_json
from imdb_core.runs import layout, notes, store
from imdb_core.scoring import models, predictor
from tests.faults.j_found_later.changed_records_resumed import OTHER
from tests.faults.support import sample_runs


def _tested_run(fingerprint: str | None, name: str, **changes) -> store.Run:
    """A finished run on the demo reviews, with predictions, that recorded this fingerprint (None: none)."""
    run, labels = sample_runs.finished_run(name, **changes), demo.load().test.labels
    halves = {half: np.full(len(labels), 0.9, np.float32) for half in ("test", "validation")}
    arrays = halves | {f"{half}_labels": labels for half in halves}
    (run.folder / layout.PREDICTIONS).write_bytes(packed(arrays))
    if fingerprint:
        store.record(run.folder, "phase", phase="starting Keras", fingerprint=fingerprint)
    return store.read(run.folder)


def noticed_when_shown() -> dict:
    demo_reviews = demo.load().fingerprint
    own, other, older = (
        _tested_run(*named) for named in ((demo_reviews, "own"), (OTHER, "other"), (None, "older"))
    )
    seed = _tested_run(OTHER, "another seed", seed=99)
    results = {
        "a text beside another's probability": _refuses(
            DataError, hard_reviews.tested_reviews, other, predictions.read_classes(other)
        ),
        "McNemar's test on different reviews": _refuses(ModelError, comparisons.pair, own, other),
        "disagreements on different reviews": _refuses(ModelError, hard_reviews.disagreements, own, other),
        "all pairs of different reviews": not comparisons.all_pairs({"own": own, "other": other})[0],
        "a band over seeds of different reviews": len(comparisons.by_seed({"own": own, "seed": seed})) == 2,
        "own reviews are shown": len(hard_reviews.tested_reviews(own, predictions.read_classes(own)).reviews)
        == 1000,
        "reviews of an older run are shown": len(
            hard_reviews.tested_reviews(older, predictions.read_classes(older)).reviews
        )
        == 1000,
    }
    return results | _pages(own, other) | _marks(own, other, demo_reviews) | _versions(own)


def _refuses(kind: type[Exception], act, *arguments) -> bool:
    try:
        act(*arguments)
    except kind as error:
        return str(error).endswith(".")
    return False


def _pages(own, other) -> dict:
    """The pages show an error and no review."""
    inspected = sample_runs.Tab("inspect").show(run=other.id)
    compared = sample_runs.Tab("compare").show(runs=f"{own.id},{other.id}")
    texts = {review.value for review in [*inspected.text, *compared.text]}
    reviews = {
        hard_reviews.tested_reviews(own, predictions.read_classes(own)).text(place) for place in range(1000)
    }
    return {
        "the page of one run": bool(inspected.error) and not texts & reviews,
        "the page of several runs": bool(compared.error) and not texts & reviews,
    }


def _marks(own, other, demo_reviews: str) -> dict:
    """The baseline's line, and the effect of duplicates on the pretrained networks.

    Uses the private _place and _read of baselines: no public function stores a baseline of other reviews.
    """
    values = {
        "dataset": "demo",
        "fingerprint": demo_reviews,
        "test_accuracy": 0.9,
        "test_reviews": 1000,
        "train_reviews": 4000,
    }
    values |= {"c": 1, "fit_seconds": 1.0, "versions": {}, "when": "2026-01-01"}
    paths.cache_folder().mkdir(parents=True, exist_ok=True)
    write_json(baselines._result_file("demo", demo_reviews), values)
    mark = baselines.baseline("demo")
    write_json(baselines._result_file("demo", OTHER), values)  # a copy under the name of other reviews
    restarted = _tested_run(OTHER, "started again")
    store.record(restarted.folder, "phase", phase="starting Keras", fingerprint=demo_reviews)
    original, models.pretrained = models.pretrained, lambda: [models.Model("pretrained/other", other)]
    counts = replace(duplicates.duplicates("demo"), in_training=np.arange(1000) < 10)
    effect = duplicates.effect("demo", counts)
    models.pretrained = original
    return {
        "a baseline beside a run on other reviews": bool(mark) and mark.suits(own) and not mark.suits(other),
        "a run that started again has the baseline of its new reviews": mark.suits(
            store.read(restarted.folder)
        ),
        "a stored baseline of other reviews": baselines._read("demo", OTHER) is None,
        "the effect of duplicates with other reviews": effect is None,
    }


def _versions(run) -> dict:
    for version in ("3.11", "3.12"):
        store.record(run.folder, "phase", phase="training", backend="tensorflow", versions={"keras": version})
        store.record(run.folder, "resumed", epoch=2)
    noted = notes.notes(store.read(run.folder))
    return {"another version of Keras": len(noted) == 1 and "3.12 instead of 3.11" in noted[0]}


def noticed_in_model_files() -> dict:
    """Files of another run in a model's folder, and a changed generator of demo reviews.

    Empties the private cache of demo reviews, because the generator must run again.
    """
    results = {}
    for name in (layout.VOCABULARY, layout.MODEL):
        run = sample_runs.trained_copy()
        shutil.copyfile(paths.PRETRAINED / "cnn_lstm" / name, run.folder / name)
        results[f"{name} of another run"] = _refuses(ModelError, predictor.Predictor, run.folder)
    words = shown.shown_corpus("demo").corpus
    original, demo.AMBIGUOUS = demo.AMBIGUOUS, 0.07
    demo.load.cache_clear()
    demo._reviews.cache_clear()
    results["a changed generator of demo reviews"] = demo.load().fingerprint != words.fingerprint
    demo.AMBIGUOUS = original
    return results
