"""The words of a map before training and after it: with random vectors, with learned ones, and trained.

Called by the panels of "Type a review".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imdb_core.inside import plane, start_vectors
from imdb_core.inside.plane import Doubles
from imdb_core.inside.recurrent import Floats
from imdb_core.inside.word_map import Places, WordMap
from imdb_core.scoring.neighbours import all_cosines
from imdb_core.scoring.predictor import Predictor


@dataclass(frozen=True)
class Stage:
    """The map's words with the vectors of one stage.

    `kind`: "random", "learned" from neighbouring words, or "trained". The `places` have the leanings of the
    trained network, so that each word keeps its colour. `shares` (2,): of the variance along each axis.
    `same_side`: see the function same_side.
    """

    kind: str
    places: Places
    shares: Doubles
    same_side: float


def stages(network: Predictor, shown: WordMap) -> list[Stage]:
    """The stages of the words of the map `shown`, the network's own, in order. Raises ModelError."""
    table = network.word_vectors()
    assert table is not None  # the network has a map
    ids, config = shown.places.ids, network.config
    found = [_stage("random", start_vectors.random(int(ids.max()) + 1, table.shape[1], config.seed), shown)]
    if start_vectors.are_learned(config):
        found.append(_stage("learned", start_vectors.learned(network), shown))
    return [*found, _stage("trained", table, shown)]


def _stage(kind: str, table: Floats, shown: WordMap) -> Stage:
    rows = np.flatnonzero(shown.places.ids < len(table))
    kept = shown.places.ids[rows], shown.places.leanings[rows]
    vectors = table[kept[0]].astype(np.float64)
    axes = plane.principal(vectors)
    axes = axes.turned(plane.procrustes(axes.coordinates(vectors), shown.places.points[rows]))
    places = Places(kept[0], axes.coordinates(vectors), kept[1])
    return Stage(kind, places, axes.shares, same_side(table[kept[0]], places.classes))


def same_side(vectors: Floats, classes: npt.NDArray[np.int64]) -> float:
    """The share of words whose nearest other word, by the cosine of their `vectors`, has the same class."""
    cosines = all_cosines(vectors, range(len(vectors)))
    np.fill_diagonal(cosines, -np.inf)
    return float(np.mean(classes[cosines.argmax(axis=1)] == classes))
