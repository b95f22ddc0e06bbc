"""Texts that stand in a data set more than once, exactly or almost. Called by content.

Exact duplicates differ only in case, spaces and signs. Near duplicates share at least SIMILAR of their
shingles (see shingles). A test text that is a training text too does not show how a network judges new texts.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.quality import shingles
from imdb_core.quality.reading import Progress, Texts, canonical

SIMILAR = 0.9  # the smallest Jaccard similarity of near duplicates
MOST_CANDIDATES = 500_000  # pairs whose similarity is computed; each takes some 0.1 ms
DIGEST_BYTES = 8  # two of a million texts have the same digest with a probability of 1 in 10 million
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Texts that are duplicates of each other, by ascending number.

    `similarity` is the smallest Jaccard similarity that joined two of them; 1 for exact duplicates.
    """

    texts: tuple[int, ...]
    similarity: float


@dataclass(frozen=True)
class Groups:
    """All groups, by their first text. `complete` is False if there were more than MOST_CANDIDATES pairs."""

    groups: tuple[Group, ...]
    complete: bool


def groups(texts: Texts, progress: Progress = lambda share: None) -> Groups:
    """The groups of duplicates among `texts`. Memory: some 150 bytes per text; no text is kept."""
    first, repeated = _by_digest(texts, lambda share: progress(share / 3))
    pairs = shingles.candidates(texts, first, lambda share: progress((1 + share) / 3))
    near = _similar(texts, pairs[:MOST_CANDIDATES], lambda share: progress((2 + share) / 3))
    joined = _joined(repeated, near)
    return Groups(tuple(sorted(joined, key=lambda group: group.texts)), len(pairs) <= MOST_CANDIDATES)


def _by_digest(texts: Texts, progress: Progress) -> tuple[Indices, dict[int, list[int]]]:
    """Texts that are equal but for case, spaces and signs.

    (the first text of each group, ascending; first text -> all texts, for groups of several texts).
    """
    digests = np.zeros(len(texts), np.uint64)
    for number in range(len(texts)):
        content = canonical(texts[number]).encode("utf-8", "replace")
        digest = hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()
        digests[number] = int.from_bytes(digest, "little")
        if number % shingles.CHUNK == 0:
            progress(number / len(texts))
    order = np.argsort(digests, kind="stable")  # stable, so each group is in ascending order
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = np.diff(digests[order]) != 0
    starts = np.flatnonzero(is_first)
    sizes = np.diff(np.append(starts, len(order)))
    several = [
        order[start : start + size].tolist() for start, size in zip(starts, sizes, strict=True) if size > 1
    ]
    return np.sort(order[starts]), {members[0]: members for members in several}


def _similar(texts: Texts, pairs: Indices, progress: Progress) -> list[tuple[int, int, float]]:
    """(first, second, similarity) of the pairs whose similarity is at least SIMILAR."""
    similar, number, hashes = [], -1, np.zeros(0, np.uint64)
    for done, (first, second) in enumerate(pairs.tolist()):
        if first != number:  # the pairs are sorted
            number, hashes = first, shingles.shingles(texts[first])
        similarity = shingles.jaccard(hashes, shingles.shingles(texts[second]))
        if similarity >= SIMILAR:
            similar.append((first, second, similarity))
        if done % shingles.CHUNK == 0:
            progress(done / len(pairs))
    return similar


def _joined(repeated: dict[int, list[int]], near: list[tuple[int, int, float]]) -> list[Group]:
    """The groups of several texts, after joining groups whose first texts are similar."""
    parent: dict[int, int] = {}
    smallest: defaultdict[int, float] = defaultdict(lambda: 1.0)  # by the first text of a group

    def root(number: int) -> int:
        while (above := parent.get(number, number)) != number:
            parent[number] = number = parent.get(above, above)
        return number

    for first, second, similarity in near:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
        smallest[low] = min(smallest[low], smallest[high], similarity)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for first in {*repeated, *(number for pair in near for number in pair[:2])}:
        members[root(first)].extend(repeated.get(first, [first]))
    return [Group(tuple(sorted(numbers)), smallest[first]) for first, numbers in members.items()]
