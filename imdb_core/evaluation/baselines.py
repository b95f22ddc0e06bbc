"""The baseline for networks: what counting alone achieves (TF-IDF of words and pairs, logistic regression).

A baseline is computed once per corpus in a process of its own (python -m imdb_core.evaluation.baselines imdb)
and kept in the cache folder. Pages and the command line read the result, so no page loads scikit-learn.
"""

import json
import math
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from imdb_core import data
from imdb_core.background_job import Job, exit_code
from imdb_core.data import sources
from imdb_core.errors import DataError
from imdb_core.evaluation import tfidf
from imdb_core.files import write_json
from imdb_core.paths import cache_folder
from imdb_core.runs import provenance
from imdb_core.runs.run import Run


@dataclass(frozen=True)
class Baseline:
    """The measured figures. `versions`: package -> version.

    `fit_seconds` is the time to count the words, choose C and fit on all training reviews. `class_counts` are
    the test reviews of each class; results of earlier versions have neither them nor `balanced_accuracy`.
    """

    dataset: str
    fingerprint: str
    test_accuracy: float
    test_reviews: int
    train_reviews: int
    c: float
    fit_seconds: float
    versions: dict[str, str]
    when: str
    class_counts: list[int] = field(default_factory=list)
    balanced_accuracy: float | None = None  # the mean of all classes' accuracies on the test reviews

    def suits(self, run: Run) -> bool:
        """Whether `run` was trained and tested on the reviews of this baseline."""
        same_dataset = run.config is not None and run.config.dataset == self.dataset
        return same_dataset and provenance.learned_from(run, self.fingerprint)


def baseline(dataset: str) -> Baseline | None:
    """The baseline of a source, or None if it was not computed yet. Only reads a small file."""
    fingerprint = _fingerprint(dataset)
    return _read(dataset, fingerprint) if fingerprint else None


def computed_for(runs: list[Run]) -> list[Baseline]:
    """The baselines that were computed for the corpora of `runs`, for charts."""
    datasets = dict.fromkeys(run.config.dataset for run in runs if run.config and not run.predicts_words)
    computed = [result for result in map(baseline, datasets) if result]
    return [result for result in computed if any(map(result.suits, runs))]


def is_possible(dataset: str) -> bool:
    """Whether the reviews are on this machine, so that start() does not download them."""
    return _fingerprint(dataset) is not None


def start(dataset: str) -> Path:
    """Compute the baseline in a process of its own, unless it is computed already; returns the log's path.

    Raises DataError without the reviews, and OSError.
    """
    if not (fingerprint := _fingerprint(dataset)):
        raise DataError(
            f"The baseline of {dataset!r} needs its texts, and they are not on this machine. Download them "
            "first."
        )
    job = _job(dataset, fingerprint)
    if not baseline(dataset):
        cache_folder().mkdir(parents=True, exist_ok=True)
        job.start("imdb_core.evaluation.baselines", dataset)
    return job.log


def is_computing(dataset: str) -> bool:
    """Whether a process computes the baseline now. A process that start() has just spawned counts too."""
    fingerprint = _fingerprint(dataset)
    return bool(fingerprint) and _job(dataset, fingerprint or "").is_running()


def failure(dataset: str) -> str | None:
    """Why the newest computation that this process started has failed, as a sentence; None if it has not."""
    return _job(dataset, _fingerprint(dataset) or "").failure()


def compute(dataset: str) -> Baseline:
    """The baseline, computed here if no process has computed it before: about a minute for the IMDB reviews.

    Two processes at once compute once: the second waits for the result. Raises DataError and OSError.
    """
    corpus = data.load(dataset)
    cache_folder().mkdir(parents=True, exist_ok=True)
    with _job(dataset, corpus.fingerprint).exclusive("computes this baseline"):
        result = _read(dataset, corpus.fingerprint)
        if not result:
            when = datetime.now(UTC).isoformat(timespec="seconds")
            result = Baseline(when=when, **tfidf.measured(corpus))
            write_json(_result_file(dataset, corpus.fingerprint), asdict(result))
    return result


def main(arguments: list[str] | None = None) -> int:
    """Compute the baseline of the corpus that is named; the output goes to the log."""
    (dataset,) = arguments or sys.argv[1:]
    return exit_code(lambda: print(compute(dataset), flush=True))


def _fingerprint(dataset: str) -> str | None:
    """The corpus's fingerprint, or None while its reviews are not on this machine."""
    source = sources.find(dataset)  # None for a run whose data set was deleted
    return source.fingerprint() if source else None


def _result_file(dataset: str, fingerprint: str) -> Path:
    return cache_folder() / f"baseline-{dataset}-{fingerprint[:16]}.json"


def _job(dataset: str, fingerprint: str) -> Job:
    return Job(_result_file(dataset, fingerprint).with_suffix(""))


def _read(dataset: str, fingerprint: str) -> Baseline | None:
    """The stored baseline of these reviews; None if the file is missing, damaged or of other reviews."""
    try:
        stored = Baseline(**json.loads(_result_file(dataset, fingerprint).read_text("utf-8")))
        if (stored.dataset, stored.fingerprint) != (dataset, fingerprint):
            return None
        is_sound = 0 <= stored.test_accuracy <= 1 and stored.test_reviews > 0 and stored.train_reviews > 0
        return stored if is_sound and 0 <= stored.fit_seconds < math.inf else None
    except (OSError, ValueError, TypeError):
        return None


if __name__ == "__main__":
    sys.exit(main())
