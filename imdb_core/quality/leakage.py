"""Label leakage: words and phrases that give a class away by themselves. Called by check.

Such a word may be part of the task ("how many" in questions for numbers), or a trace of how the labels were
collected (the stars at the end of a review, the name of a mailbox). Then a network learns the trace.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.quality.reading import Progress, Texts, tokens

COVERAGE = 0.10  # a word that fewer texts of its class have is not reported
ELSEWHERE = 0.01  # nor one that a larger share of the other classes' texts has
PRECISION = 0.95  # nor one whose texts belong to the class less often
FEWEST_TEXTS = 10  # nor one in fewer texts of the class
SAMPLE = 1000  # texts per class among which candidates are sought; bounds the memory for phrases
SAMPLE_SHARE = 0.7  # of COVERAGE that a candidate needs in the sample, because the sample may be unlucky
SEED = 7
MOST_WORDS = 100  # that are reported


@dataclass(frozen=True)
class TellingWord:
    """A word or a phrase of two words that gives class `label` away.

    `precision`: of the texts with it, the share of this class. `coverage`: of the texts of this class, the
    share with it. `elsewhere`: of all other texts, the share with it. `texts` have it.
    """

    phrase: str
    label: int
    precision: float
    coverage: float
    elsewhere: float
    texts: int


def telling_words(
    texts: Texts, labels: NDArray[np.integer], classes: int, progress: Progress = lambda share: None
) -> list[TellingWord]:
    """The words that give a class away, the one with the largest coverage first; at most MOST_WORDS.

    Reads a sample of each class for candidates, then counts the candidates in all texts.
    """
    sizes = np.bincount(labels, minlength=classes)
    if np.count_nonzero(sizes) < 2:
        return []
    candidates = _candidates(texts, labels, sizes, lambda share: progress(share / 2))
    counts = _counts(texts, labels, candidates, classes, lambda share: progress((1 + share) / 2))
    words = [
        word
        for phrase, by_class in counts.items()
        if (word := _measured(phrase, by_class, sizes)) and _is_telling(word, by_class)
    ]
    # Of equal coverage the shorter phrase first: "free" before "free entry".
    words.sort(key=lambda word: (-word.coverage, len(word.phrase), word.phrase))
    return _without_longer_ones(words)[:MOST_WORDS]


def _phrases(text: str) -> set[str]:
    """All words, signs and pairs of neighbours of a text."""
    words = tokens(text)
    return {*words, *(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))}


def _candidates(
    texts: Texts, labels: NDArray[np.integer], sizes: NDArray[np.int64], progress: Progress
) -> frozenset[str]:
    """The phrases that enough texts in a sample of one class have. One class at a time is in memory."""
    random, candidates = np.random.default_rng(SEED), set[str]()
    for label in range(len(sizes)):
        members = random.permutation(np.flatnonzero(labels == label))[:SAMPLE]
        counter = Counter(phrase for number in members for phrase in _phrases(texts[int(number)]))
        fewest = max(1.0, SAMPLE_SHARE * COVERAGE * len(members))
        candidates |= {phrase for phrase, count in counter.items() if count >= fewest}
        progress((label + 1) / len(sizes))
    return frozenset(candidates)


def _counts(
    texts: Texts, labels: NDArray[np.integer], phrases: frozenset[str], classes: int, progress: Progress
) -> dict[str, NDArray[np.int64]]:
    """phrase -> number of texts with it, by class: (classes,)."""
    counts = {phrase: [0] * classes for phrase in phrases}
    for number, label in enumerate(labels.tolist()):
        for phrase in _phrases(texts[number]) & phrases:
            counts[phrase][label] += 1
        if number % 1000 == 0:
            progress(number / len(labels))
    progress(1.0)
    return {phrase: np.array(by_class) for phrase, by_class in counts.items()}


def _measured(phrase: str, by_class: NDArray[np.int64], sizes: NDArray[np.int64]) -> TellingWord | None:
    """The figures of a phrase for the class of which it covers the largest share; None if no text has it."""
    texts = int(by_class.sum())
    if not texts:
        return None
    coverage = by_class / np.maximum(sizes, 1)
    label = int(coverage.argmax())
    others = int(sizes.sum() - sizes[label])
    return TellingWord(
        phrase=phrase,
        label=label,
        precision=int(by_class[label]) / texts,
        coverage=float(coverage[label]),
        elsewhere=(texts - int(by_class[label])) / others,
        texts=texts,
    )


def _is_telling(word: TellingWord, by_class: NDArray[np.int64]) -> bool:
    precise = word.precision >= PRECISION and word.elsewhere <= ELSEWHERE
    return bool(precise and word.coverage >= COVERAGE and by_class[word.label] >= FEWEST_TEXTS)


def _without_longer_ones(words: Iterable[TellingWord]) -> list[TellingWord]:
    """`words` without phrases that contain an earlier one of the same class, or that it contains."""
    kept: list[TellingWord] = []
    for word in words:
        parts = set(word.phrase.split(" "))
        earlier = [set(other.phrase.split(" ")) for other in kept if other.label == word.label]
        if not any(parts <= others or others <= parts for others in earlier):
            kept.append(word)
    return kept
