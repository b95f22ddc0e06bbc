"""A map of a network's word vectors, and what each word alone says. Called by the panels of "Type a review".

Everything comes from the ONNX file of the chosen epoch. So every network with word vectors has a map, also
one that an earlier version of the app trained. The best epoch decides which words are shown. The maps of the
other epochs are turned to fit the map of the best epoch, so that words move and do not jump when the visitor
goes from one epoch to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imdb_core import answers
from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.errors import ModelError
from imdb_core.file_cache import FileCache
from imdb_core.inside import plane
from imdb_core.inside.plane import Doubles, Plane
from imdb_core.scoring import predictor
from imdb_core.scoring.leanings import leanings_of
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within

CANDIDATES = 2000  # so many of the most frequent words are scored, each as a text of its own
# So many of them are on the map: those with the largest leanings, and the most frequent ones.
TELLING, FREQUENT = 240, 60
MOST_REMEMBERED = 24  # maps of epochs that stay in memory, about 100 kB each

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Where words lie on the map, and what they say.

    `ids` (words,); `points` (words, 2); `leanings` (words, classes): how much a text of this one word raises
    the log-odds of each class, compared with a text of no word.
    """

    ids: Numbers
    points: Doubles
    leanings: Doubles

    @property
    def classes(self) -> Numbers:
        """(words,): the class that each word raises most."""
        raised: Numbers = self.leanings.argmax(axis=1)
        return raised


@dataclass(frozen=True)
class WordMap:
    """The map of one epoch: its plane, and the places of the words, which are the same words in all epochs.

    `distance` is the mean distance of the words' vectors from their middle. It grows in training.
    """

    plane: Plane
    places: Places
    distance: float


def has_word_vectors(config: RunConfig) -> bool:
    """Whether the network of `config` has a vector for each word."""
    return "word_vectors" in configs.hyperparameters(config.network)


def word_map(
    network: Predictor, limit: TimeLimit | None = None, *, reference: Predictor | None = None
) -> WordMap:
    """The map of the network's epoch. Raises ModelError, also for a network without word vectors.

    The epoch of `reference`, by default the best one, decides which words are shown.
    """
    first = reference or predictor.load(network.folder)
    key = network.file, network.checksum, first.checksum
    return _remembered.value(key, (network.file,), compute=lambda: _made(network, first, limit))


def places(network: Predictor, ids: Sequence[int], limit: TimeLimit | None = None) -> Places:
    """The Places of any words, for instance those of a typed text, on the map of the network's epoch."""
    on_map, numbers = word_map(network, limit).plane, np.array(ids, np.int64)
    with within(limit, SCORE_SECONDS) as limit:
        leanings = leanings_of(network, numbers, limit)
    return Places(numbers, on_map.coordinates(_vectors(network, numbers)), leanings)


def _made(network: Predictor, reference: Predictor, limit: TimeLimit | None) -> WordMap:
    with within(limit, SCORE_SECONDS) as limit:
        if network.checksum != reference.checksum:
            first = word_map(reference, limit, reference=reference)
            ids, target = first.places.ids, first.places.points
            leanings = leanings_of(network, ids, limit)
        else:
            ids, leanings = _telling_words(network, limit)
            target = None
    vectors = _vectors(network, ids)
    axes = plane.principal(vectors)
    points = axes.coordinates(vectors)
    if target is not None:
        axes = axes.turned(plane.procrustes(points, target))
    elif answers.is_binary(network.config.classes):
        axes = axes.turned(plane.positive_to_the_right(points, (leanings[:, 1] > 0).astype(np.int64)))
    distance = float(np.linalg.norm(vectors - axes.mean, axis=1).mean())
    return WordMap(axes, Places(ids, axes.coordinates(vectors), leanings), distance)


def _telling_words(network: Predictor, limit: TimeLimit) -> tuple[Numbers, Doubles]:
    """(ids, leanings) of the words on the map; each class has the same number of words that raise it."""
    first = FIRST_WORD + 1
    known = min(network.config.vocabulary_size, first + len(network.vocabulary.words))
    candidates = np.arange(first, min(known, first + CANDIDATES))
    leanings = leanings_of(network, candidates, limit)
    chosen = set(range(min(FREQUENT, len(candidates))))
    share = TELLING // leanings.shape[1]
    for column in range(leanings.shape[1]):
        chosen.update(np.argsort(-leanings[:, column], kind="stable")[:share].tolist())
    rows = sorted(chosen)
    return candidates[rows], leanings[rows]


def _vectors(network: Predictor, ids: Numbers) -> Doubles:
    """float64 (words, size); raises ModelError without word vectors, or if one is not finite."""
    table = network.word_vectors()
    if table is None:
        raise ModelError(f"{network.file} has no word vectors, so it has no map of words.")
    vectors = table[ids].astype(np.float64)
    if not np.isfinite(vectors).all():
        raise ModelError(
            f"The word vectors of {network.file} hold numbers that are not finite. Choose another epoch."
        )
    return vectors


_remembered = FileCache[WordMap](MOST_REMEMBERED)
