"""The words that a network treats as similar: the nearest in its embedding. Called by ui/word_menu.py.

The embedding is read from the ONNX file of the chosen epoch, without Keras. model_files limits its size. The
vectors are compared a block at a time, and only the nearest words stay in memory.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from imdb_core.data.reviews import FIRST_WORD
from imdb_core.file_cache import FileCache
from imdb_core.scoring.predictor import Predictor

SHOWN = 8  # neighbours of a word
BLOCK = 4096  # words that are compared at once: 2 MiB for 128 numbers a word
MOST_REMEMBERED = 256  # words whose neighbours stay in memory


class Neighbour(NamedTuple):
    """A word of the vocabulary, and the cosine between its vector and that of the asked word: -1 to 1."""

    word: str
    similarity: float


def nearest(predictor: Predictor, word: str) -> tuple[Neighbour, ...] | None:
    """The SHOWN words whose vectors have the largest cosine with the vector of `word`, the nearest first.

    () for a word that the network does not know, None for a network without an embedding. Raises ModelError.
    """
    if not predictor.has_word_vectors:
        return None
    number = predictor.vocabulary.encode_words([word])[1]
    if number not in range(FIRST_WORD + 1, predictor.config.vocabulary_size):
        return ()
    key = (predictor.file, predictor.checksum, number)
    return _remembered.value(key, (predictor.file,), compute=lambda: _nearest(predictor, number))


def _nearest(predictor: Predictor, number: int) -> tuple[Neighbour, ...]:
    vectors = predictor.word_vectors()
    assert vectors is not None
    words = predictor.vocabulary.words[: len(vectors) - FIRST_WORD - 1]
    similar = cosines(vectors[: FIRST_WORD + 1 + len(words)], number)
    similar[: FIRST_WORD + 1] = similar[number] = -np.inf  # padding, start, unknown, and the word itself
    best = np.argsort(-similar, kind="stable")[:SHOWN]
    return tuple(
        Neighbour(words[i - FIRST_WORD - 1], float(similar[i])) for i in best.tolist() if similar[i] > -np.inf
    )


def cosines(vectors: npt.NDArray[np.float32], number: int) -> npt.NDArray[np.float64]:
    """float64 (words,): the cosine of each vector and that of the word `number`; see all_cosines()."""
    return all_cosines(vectors, [number])[:, 0]


def all_cosines(vectors: npt.NDArray[np.float32], numbers: Sequence[int]) -> npt.NDArray[np.float64]:
    """float64 (words, numbers): the cosine of each vector and that of each of these words.

    A vector of zeros, or with a number that is not finite, has no direction: its cosines are -inf.
    """
    wanted = vectors[list(numbers)].astype(np.float64).T
    similar = np.full((len(vectors), len(numbers)), -np.inf)
    with np.errstate(all="ignore"):
        wanted_lengths = np.sqrt(np.square(wanted).sum(axis=0))
        for start in range(0, len(vectors), BLOCK):
            block = vectors[start : start + BLOCK].astype(np.float64)
            lengths = np.sqrt(np.square(block).sum(axis=1))
            cosine = block @ wanted / lengths[:, None] / wanted_lengths
            similar[start : start + BLOCK] = np.where(np.isfinite(cosine), cosine, -np.inf)
    return similar


_remembered = FileCache[tuple[Neighbour, ...]](MOST_REMEMBERED)
