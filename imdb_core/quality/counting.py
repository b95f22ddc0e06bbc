"""Out-of-fold predictions by counting: TF-IDF of words, pairs and characters, logistic regression.

Called by labels, in a process of its own, because it imports scikit-learn. It takes about a minute for 25,000
film reviews and needs no network.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.quality import reading
from imdb_core.quality.folds import folds
from imdb_core.quality.reading import Progress, Texts

FOLDS = 5
C = 3.0  # of logistic regression; a larger C trusts single texts, and so their wrong labels, more
COLUMNS = 2**20  # phrases are hashed into so many columns, so memory does not grow with new phrases
CHARACTERS = (1, 4)  # lengths of runs of characters
SHORT = 300  # mean characters per text up to which runs of characters are counted as well
PORTION_CHARACTERS = 60_000_000  # texts of more characters are checked in portions, to bound memory
SEED = 7


def out_of_fold_shares(
    texts: Texts, labels: NDArray[np.integer], classes: int, progress: Progress = lambda share: None
) -> NDArray[np.float32]:
    """The shares of the classes for each text, by models of other texts: float32 (texts, classes)."""
    shares = np.zeros((len(texts), classes), np.float32)
    portions = _portions(texts)
    for done, members in enumerate(portions):

        def progress_of_all(share: float, done: int = done) -> None:
            progress((done + share) / len(portions))

        features = _features(texts, members)
        shares[members] = _shares(features, labels[members], classes, progress_of_all)
    return shares


def _portions(texts: Texts) -> list[NDArray[np.int64]]:
    """The numbers of all texts in random portions of about PORTION_CHARACTERS."""
    order = np.random.default_rng(SEED).permutation(len(texts))
    sample = [len(texts[int(number)]) for number in order[:1000]]
    characters = float(np.mean(sample)) * len(texts) if sample else 0.0
    return [np.sort(part) for part in np.array_split(order, max(1, round(characters / PORTION_CHARACTERS)))]


def _features(texts: Texts, members: NDArray[np.int64]) -> Any:
    """A sparse matrix (texts, columns): logarithmic counts, weighted by rarity, rows of length 1."""
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    def each() -> Iterator[str]:
        return (texts[int(number)][: reading.LONGEST] for number in members)

    def weighted(analyzer: Any, ngrams: tuple[int, int]) -> Any:
        counter = HashingVectorizer(
            n_features=COLUMNS,
            alternate_sign=False,
            norm=None,
            dtype=np.float32,
            ngram_range=ngrams,
            **analyzer,
        )
        return TfidfTransformer(sublinear_tf=True).fit_transform(counter.transform(each()))

    words = weighted({"tokenizer": reading.tokens, "token_pattern": None, "lowercase": False}, (1, 2))
    lengths = [len(texts[int(number)]) for number in members[:1000]]
    if not lengths or np.mean(lengths) > SHORT:
        return words
    return sparse.hstack([words, weighted({"analyzer": "char"}, CHARACTERS)], "csr")


def _shares(
    features: Any, labels: NDArray[np.integer], classes: int, progress: Progress
) -> NDArray[np.float32]:
    """One class against the rest, class by class, so that one model at a time is in memory."""
    fold = folds(labels, FOLDS, SEED)
    shares = np.zeros((len(labels), classes), np.float32)
    for number in range(FOLDS):
        held_out = fold == number
        learned, judged = features[~held_out], features[held_out]
        for label in range(classes):
            is_label = labels[~held_out] == label
            shares[held_out, label] = _probabilities(learned, is_label, judged)
            progress((number + (label + 1) / classes) / FOLDS)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return shares


def _probabilities(learned: Any, is_label: NDArray[np.bool_], judged: Any) -> NDArray[np.float32]:
    """The probability of the label for each row of `judged`.

    A constant if all or no rows of `learned` have the label.
    """
    from sklearn.linear_model import LogisticRegression

    if is_label.all() or not is_label.any():
        return np.full(judged.shape[0], is_label.any(), np.float32)
    # liblinear's dual method takes a third of lbfgs's time on so many columns.
    model = LogisticRegression(C=C, solver="liblinear", dual=True, max_iter=1000, random_state=SEED)
    probabilities: NDArray[np.float32] = model.fit(learned, is_label).predict_proba(judged)[:, 1]
    return probabilities
