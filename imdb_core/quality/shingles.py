"""Which texts may be near duplicates? MinHash of shingles with locality-sensitive hashing.

A shingle is three neighbouring words. The Jaccard similarity of two texts is the number of shingles that both
have, divided by the number that at least one has. Two texts are candidates if all ROWS smallest hashes of one
of BANDS bands agree. Broder 1997, "On the resemblance and containment of documents". Called by duplicates.
"""

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from imdb_core.quality.reading import Progress, Texts, words

WORDS = 3  # of a shingle
BANDS, ROWS = 10, 6  # of similarity 0.9, all but 0.05 % of the pairs become candidates; of 0.5, 15 %
CHUNK = 2000  # texts whose shingles are in memory together
CLOSE_NEIGHBOURS = 20  # of a larger group with one band key, each text is compared with two texts only
Hashes = NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_drawn = np.random.default_rng(7).integers(0, 2**64, (2, BANDS * ROWS), np.uint64)
_FACTORS, _TERMS = _drawn[0] | np.uint64(1), _drawn[1]


def shingles(text: str) -> Hashes:
    """A hash of each shingle of `text`, sorted and distinct.

    A text of fewer words than a shingle has one hash, of all its words.
    """
    # crc32, because Python's hash() of a text differs from process to process.
    hashes = np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in words(text)], np.uint64)
    size = min(WORDS, len(hashes))
    if not size:
        return np.zeros(0, np.uint64)
    combined = np.zeros(len(hashes) - size + 1, np.uint64)
    for first in range(size):
        combined = _mixed(combined * _ODD + hashes[first : first + len(combined)])
    return np.unique(combined)


def jaccard(first: Hashes, second: Hashes) -> float:
    """The Jaccard similarity of two texts, given by their shingles(); 0 if both have none."""
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / max(1, len(first) + len(second) - common)


def candidates(texts: Texts, indices: NDArray[np.int64], progress: Progress) -> NDArray[np.int64]:
    """Pairs of `indices` whose texts may be near duplicates: int64 (pairs, 2), sorted and distinct."""
    keys = _band_keys(texts, indices, progress)
    pairs = [pair for band in keys for pair in _pairs_with_equal_keys(band)]
    if not pairs:
        return np.zeros((0, 2), np.int64)
    return np.unique(np.sort(indices[np.concatenate(pairs)], axis=1), axis=0)


def _band_keys(texts: Texts, indices: NDArray[np.int64], progress: Progress) -> Hashes:
    """A key for each band and text: uint64 (BANDS, texts). 80 bytes per text."""
    keys = np.zeros((BANDS, len(indices)), np.uint64)
    for start in range(0, len(indices), CHUNK):
        chunk = [shingles(texts[int(index)]) for index in indices[start : start + CHUNK]]
        keys[:, start : start + CHUNK] = _keys_of_chunk(chunk, first=start)
        progress(min(1.0, (start + CHUNK) / len(indices)))
    return keys


def _keys_of_chunk(chunk: list[Hashes], *, first: int) -> Hashes:
    """The band keys of some texts, (BANDS, texts). A text without shingles gets a key of its own."""
    own = [each if len(each) else np.array([first + at], np.uint64) for at, each in enumerate(chunk)]
    starts = np.cumsum([0, *map(len, own[:-1])])
    every = np.concatenate(own)
    keys = np.zeros((BANDS, len(chunk)), np.uint64)
    for number in range(BANDS * ROWS):
        smallest = np.minimum.reduceat(_mixed(every * _FACTORS[number] + _TERMS[number]), starts)
        band = number // ROWS
        keys[band] = _mixed(keys[band] * _ODD + smallest)
    return keys


def _pairs_with_equal_keys(keys: Hashes) -> Iterator[NDArray[np.int64]]:
    """Pairs of positions with the same key; their number grows with the texts, not with their square."""
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(keys)]])
    for start, end in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        members = order[start:end]
        if len(members) <= CLOSE_NEIGHBOURS:
            yield np.stack([members[at] for at in np.triu_indices(len(members), 1)], axis=1)
        else:
            yield np.stack([members[1:], members[:-1]], axis=1)
            yield np.stack([members[1:], np.full(len(members) - 1, members[0])], axis=1)


def _mixed(values: Hashes) -> Hashes:
    """The values with their high bits mixed into the low ones (the end of splitmix64, in one round)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(27))
