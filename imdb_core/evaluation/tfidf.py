"""TF-IDF of words and pairs of words with logistic regression, fitted on a corpus. Called by baselines.

The words are those of the corpus's ids, so they are cut as for the networks. Loads scikit-learn.
"""

import platform
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers
from imdb_core.data import batches
from imdb_core.data.reviews import Corpus, Reviews

STRENGTHS = (1, 10, 100)  # values of logistic regression's C: a larger C regularises less
VALIDATION_SHARE, SEED = 0.1, 7
PAIR = 2**20  # above every word id: the pair first * PAIR + second has a number of its own


def measured(corpus: Corpus) -> dict[str, Any]:
    """The fields of a Baseline, without `when`.

    C is chosen on a tenth of the training reviews; the test reviews are scored once. The weights of words and
    the last fit use all training reviews.
    """
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer

    began = time.monotonic()
    # Logarithmic counts; words and pairs of a single review are left out, because they cannot help.
    weights = TfidfVectorizer(analyzer=_words_and_pairs, sublinear_tf=True, min_df=2)
    features, labels = weights.fit_transform(_each(corpus.train)), corpus.train.labels
    training, validation = _split(corpus)

    def validation_accuracy(c: float) -> float:
        model = _model(c, corpus.classes).fit(features[training], labels[training])
        return float(model.score(features[validation], labels[validation]))

    c = max(STRENGTHS, key=validation_accuracy)  # of equally good values the first, which is the smallest
    model = _model(c, corpus.classes).fit(features, labels)
    seconds = time.monotonic() - began
    verdicts, actual = model.predict(weights.transform(_each(corpus.test))), corpus.test.labels
    right = verdicts == actual
    return {
        "dataset": corpus.name,
        "fingerprint": corpus.fingerprint,
        "test_accuracy": float(right.mean()),
        "test_reviews": len(corpus.test),
        "train_reviews": len(corpus.train),
        "c": c,
        "fit_seconds": round(seconds, 2),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "class_counts": np.bincount(actual, minlength=len(corpus.classes)).tolist(),
        "balanced_accuracy": float(np.mean([right[actual == label].mean() for label in np.unique(actual)])),
    }


def _split(corpus: Corpus) -> tuple[batches.Indices, batches.Indices]:
    """A tenth for validation, or as much more as a rare class needs to have a review in both parts."""
    fewest = int(np.bincount(corpus.train.labels, minlength=len(corpus.classes)).min())
    share = max(VALIDATION_SHARE, min(0.5, 0.51 / max(fewest, 1)))
    return batches.split(corpus.train, share, SEED, classes=corpus.classes)


def logistic_regression(c: float) -> Any:
    """A model of two classes for many columns, on which liblinear takes a third of the time of lbfgs."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, solver="liblinear", dual=True, max_iter=1000, random_state=SEED)


def _model(c: float, classes: tuple[str, ...]) -> Any:
    """Logistic regression; more than two classes have one model each, which tells the class from the rest."""
    from sklearn.multiclass import OneVsRestClassifier

    model = logistic_regression(c)
    return model if answers.is_binary(classes) else OneVsRestClassifier(model)


def _each(reviews: Reviews) -> Iterator[NDArray[np.int32]]:
    return (reviews[i] for i in range(len(reviews)))


def _words_and_pairs(ids: NDArray[np.int32]) -> list[int]:
    """A number for each word and for each pair of neighbouring words; the start token is left out."""
    word_ids = ids[1:].astype(np.int64)
    numbers: list[int] = np.concatenate([word_ids, word_ids[:-1] * PAIR + word_ids[1:]]).tolist()
    return numbers
