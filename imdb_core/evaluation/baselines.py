"""What counting words alone achieves: TF-IDF of words and pairs with logistic regression, the mark that
networks are held to.

Computed once per corpus in a process of its own (python -m imdb_core.evaluation.baselines imdb) and kept in
the cache folder. Pages and the command line read the result; nothing that a page imports loads scikit-learn.
"""

import json
import math
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from imdb_core import background, data
from imdb_core.data import batches, demo, imdb
from imdb_core.data.reviews import Corpus
from imdb_core.errors import DataError, UserError
from imdb_core.files import write_json
from imdb_core.operating_system import processes
from imdb_core.paths import cache_folder
from imdb_core.runs import locks, provenance
from imdb_core.runs.store import Run

STRENGTHS = (1, 10, 100)  # of logistic regression's C: larger trusts the reviews more
VALIDATION_SHARE, SEED = 0.1, 7
PAIR = 2**20  # above every word id, so that first * PAIR + second is no word's id and no other pair's


@dataclass(frozen=True)
class Baseline:
    """The measured figures; `fit_seconds` covers counting, choosing C and the last fit, `versions` is package
    -> version.
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

    def suits(self, run: Run) -> bool:
        """Whether `run` learns from and is tested on the same reviews."""
        return (
            bool(run.config)
            and run.config.dataset == self.dataset
            and provenance.learned_from(run, self.fingerprint)
        )


def baseline(dataset: str) -> Baseline | None:
    """The baseline of "imdb" or "demo", or None if it was not computed yet. Only reads a small file."""
    return _read(dataset, fingerprint) if (fingerprint := _fingerprint(dataset)) else None


def of(runs: list[Run]) -> list[Baseline]:
    """The baselines that were computed for the corpora of `runs`, for charts."""
    found = map(baseline, dict.fromkeys(run.config.dataset for run in runs if run.config))
    return [one for one in found if one and any(map(one.suits, runs))]


def possible(dataset: str) -> bool:
    """Whether the reviews are on this machine, so that start() need not download them."""
    return _fingerprint(dataset) is not None


def start(dataset: str) -> Path:
    """Compute the baseline in a process of its own, unless it is there or on its way; returns its log.
    OSError passes on.
    """
    if not (fingerprint := _fingerprint(dataset)):
        raise DataError(
            f"The baseline of {dataset!r} needs its reviews, and they are not on this machine. Get them first."
        )
    place = _place(dataset, fingerprint)
    if not (baseline(dataset) or computing(dataset)):
        cache_folder().mkdir(parents=True, exist_ok=True)
        _started[place] = background.spawn("imdb_core.evaluation.baselines", dataset, log=_log(place))
    return _log(place)


def computing(dataset: str) -> bool:
    """Whether any process computes the baseline just now, this one's included that still loads scikit-learn."""
    if not (fingerprint := _fingerprint(dataset)):
        return False
    place = _place(dataset, fingerprint)
    own = _started.get(place)
    return bool(own and own.poll() is None) or locks.held(_lock(place))


def failure(dataset: str) -> str | None:
    """Why the computation that this process started last ended without a result, as a sentence; None if it
    did not.
    """
    place = _place(dataset, _fingerprint(dataset) or "")
    own = _started.get(place)
    if own is None or own.poll() in (None, 0):
        return None
    if cause := processes.ended_by(own.returncode):
        return f"The computation was ended by {cause}; nothing was kept. Start it again."
    last = (_log(place).read_text("utf-8", "replace").strip().splitlines() or ["no reason was given"])[-1]
    return f"The computation failed: {last[:300]}"


def compute(dataset: str) -> Baseline:
    """The baseline, computed here if no process did before: about a minute for "imdb". Raises DataError;
    OSError passes on.

    Two at once compute once: the second waits for the first's result.
    """
    corpus = data.load(dataset)
    cache_folder().mkdir(parents=True, exist_ok=True)
    place = _place(dataset, corpus.fingerprint)
    with locks.hold(_lock(place), seconds=math.inf):
        found = _read(dataset, corpus.fingerprint)
        if not found:
            found = _measured(corpus)
            write_json(place, asdict(found))
    return found


def main(arguments=None) -> int:
    """Compute the baseline of the one corpus that is named; what is printed goes to the log."""
    (dataset,) = arguments or sys.argv[1:]
    try:
        print(compute(dataset), flush=True)
    except UserError as error:
        print(error, flush=True)
        return 2
    return 0


_started: dict[Path, subprocess.Popen] = {}  # result -> the newest process that was started for it here


def _fingerprint(dataset: str) -> str | None:
    """The corpus's fingerprint, or None while its reviews are not on this machine."""
    if dataset == "demo":
        return demo.load().fingerprint
    return imdb.fingerprint() if imdb.available() else None


def _place(dataset: str, fingerprint: str) -> Path:
    return cache_folder() / f"baseline-{dataset}-{fingerprint[:16]}.json"


def _lock(place: Path) -> Path:
    return place.with_suffix(".lock")


def _log(place: Path) -> Path:
    return place.with_suffix(".log")


def _read(dataset: str, fingerprint: str) -> Baseline | None:
    """The stored baseline of these reviews. None if the file is missing, damaged or of other reviews: compute
    it.
    """
    try:
        found = Baseline(**json.loads(_place(dataset, fingerprint).read_text("utf-8")))
        if (found.dataset, found.fingerprint) != (dataset, fingerprint):
            return None
        counted = 0 <= found.test_accuracy <= 1 and found.test_reviews > 0 and found.train_reviews > 0
        return found if counted and 0 <= found.fit_seconds < math.inf else None
    except (OSError, ValueError, TypeError):
        return None


def _measured(corpus: Corpus) -> Baseline:
    """Fit on the training reviews, C chosen on a tenth of them, then score the test reviews once.

    Word counts and their weights use all training reviews without their labels; the last fit uses all
    training reviews.
    """
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer

    began = time.monotonic()
    weights = TfidfVectorizer(
        analyzer=_words_and_pairs, sublinear_tf=True, min_df=2
    )  # log counts; what comes once cannot help
    words, labels = weights.fit_transform(_each(corpus.train)), corpus.train.labels
    training, validation = batches.split(corpus.train, VALIDATION_SHARE, SEED)

    def validation_accuracy(c):
        return _model(c).fit(words[training], labels[training]).score(words[validation], labels[validation])

    c = max(STRENGTHS, key=validation_accuracy)  # of equals the first, which trusts single reviews least
    model = _model(c).fit(words, labels)
    seconds = time.monotonic() - began
    return Baseline(
        dataset=corpus.name,
        fingerprint=corpus.fingerprint,
        test_accuracy=float(model.score(weights.transform(_each(corpus.test)), corpus.test.labels)),
        test_reviews=len(corpus.test),
        train_reviews=len(corpus.train),
        c=c,
        fit_seconds=round(seconds, 2),
        versions={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _model(c):
    """Logistic regression; liblinear's dual method takes a third of lbfgs's time on so many columns."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, solver="liblinear", dual=True, max_iter=1000, random_state=SEED)


def _each(reviews):
    return (reviews[i] for i in range(len(reviews)))


def _words_and_pairs(ids) -> list[int]:
    """One number for each word and one for each pair of neighbours; the start token is no word."""
    words = ids[1:].astype(np.int64)
    return np.concatenate([words, words[:-1] * PAIR + words[1:]]).tolist()


if __name__ == "__main__":
    sys.exit(main())
