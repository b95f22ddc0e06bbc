"""Out-of-fold predictions by counting: TF-IDF of words, pairs and characters, logistic regression.

Called by labels, in a process of its own, because it imports scikit-learn. It takes about a minute for 25,000
film reviews and needs no network.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.evaluation import tfidf
from imdb_core.quality import reading
from imdb_core.quality.folds import folds
from imdb_core.quality.reading import Progress, Texts

FOLDS = 5
C = 3.0  # of logistic regression; a larger C trusts single texts, and so their wrong labels, more
COLUMNS = 2**20  # phrases are hashed into so many columns, so memory does not grow with new phrases
CHARACTERS = (1, 4)  # lengths of runs of characters
SHORT = 300  # mean characters per text up to which runs of characters are counted as well
# Texts of more characters are checked in portions, which bounds the memory: 0.6 GB, and 1.4 GB with runs.
PORTION, PORTION_WITH_RUNS = 60_000_000, 10_000_000
SEED = 7


def out_of_fold_shares(
    texts: Texts, labels: NDArray[np.integer], classes: int, progress: Progress = lambda share: None
) -> NDArray[np.float32]:
    """The shares of the classes for each text, by models of other texts: float32 (texts, classes)."""
    shares = np.zeros((len(texts), classes), np.float32)
    characters = _mean_characters(texts)
    runs = characters <= SHORT
    portions = _portions(len(texts), characters, PORTION_WITH_RUNS if runs else PORTION)
    for done, members in enumerate(portions):

        def progress_of_all(share: float, done: int = done) -> None:
            progress((done + share) / len(portions))

        features = _features(texts, members, runs=runs)
        shares[members] = _shares(features, labels[members], classes, progress_of_all)
    return shares


def _mean_characters(texts: Texts) -> float:
    """The mean length of a sample of the texts."""
    sample = np.random.default_rng(SEED).permutation(len(texts))[:1000]
    return float(np.mean([len(texts[int(number)]) for number in sample])) if len(sample) else 0.0


def _portions(texts: int, characters: float, most: int) -> list[NDArray[np.int64]]:
    """The numbers of all texts in random portions of about `most` characters."""
    order = np.random.default_rng(SEED).permutation(texts)
    return [np.sort(part) for part in np.array_split(order, max(1, round(texts * characters / most)))]


def _features(texts: Texts, members: NDArray[np.int64], *, runs: bool) -> Any:
    """A sparse matrix (texts, columns): logarithmic counts, weighted by rarity, rows of length 1."""
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    def weighted(ngrams: tuple[int, int], **analyzer: Any) -> Any:
        counter = HashingVectorizer(
            n_features=COLUMNS,
            alternate_sign=False,
            norm=None,
            dtype=np.float32,
            ngram_range=ngrams,
            **analyzer,
        )
        each = (texts[int(number)][: reading.LONGEST] for number in members)
        return TfidfTransformer(sublinear_tf=True).fit_transform(counter.transform(each))

    words = weighted((1, 2), tokenizer=reading.tokens, token_pattern=None, lowercase=False)
    return sparse.hstack([words, weighted(CHARACTERS, analyzer="char")], "csr") if runs else words


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
    if is_label.all() or not is_label.any():
        return np.full(judged.shape[0], is_label.any(), np.float32)
    model = tfidf.logistic_regression(C)
    probabilities: NDArray[np.float32] = model.fit(learned, is_label).predict_proba(judged)[:, 1]
    return probabilities
