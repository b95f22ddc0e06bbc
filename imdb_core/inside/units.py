"""What single units of a memory tell: how well each alone separates the classes, and where it moves most.

After Radford, Jozefowicz, Sutskever 2017, "Learning to Generate Reviews and Discovering Sentiment", who found
one unit that told the sentiment of a review. Called by memory_map.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.inside.recurrent import Floats

PLACES = 5  # where a unit rises most, and as many where it falls most
AROUND = 4  # ids on each side of a place
CONTEXT = 2 * AROUND + 1


@dataclass(frozen=True)
class Alone:
    """For each unit: how well it tells a class alone, which class, and whether the class lies above (1, -1).

    `accuracy` (units,) is the share of texts on the right side of the best threshold. With more than two
    classes it is the balanced accuracy of one class against the rest, because the rest is larger.
    """

    accuracy: npt.NDArray[np.float32]
    label: npt.NDArray[np.uint8]
    sign: npt.NDArray[np.int8]


def alone(memories: npt.NDArray[Any], labels: npt.NDArray[Any], classes: int) -> Alone:
    """How well each unit of `memories` (texts, units) tells the `labels` alone; see Alone.

    The threshold is chosen on the same texts, so the accuracy is a little too high.
    """
    units = memories.shape[1]
    best = Alone(np.zeros(units, np.float32), np.ones(units, np.uint8), np.ones(units, np.int8))
    for label in [1] if classes == 2 else range(classes):
        inside = labels == label
        if inside.all() or not inside.any():
            continue
        if classes == 2:
            weights = np.full(len(labels), 1 / len(labels))
        else:
            weights = np.where(inside, 0.5 / inside.sum(), 0.5 / (~inside).sum())
        share, sign = _best_threshold(memories, inside, weights)
        better = share > best.accuracy
        best.accuracy[better], best.label[better], best.sign[better] = share[better], label, sign[better]
    return best


def _best_threshold(
    memories: npt.NDArray[Any], inside: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
    """(weight of the texts on the right side, 1 if the class is above) for each unit's best threshold."""
    order = np.argsort(memories, axis=0, kind="stable")
    values = np.take_along_axis(memories, order, axis=0)
    signed = np.where(inside, -weights, weights)[order]  # what a text adds once it is below the threshold
    above = weights[inside].sum() + np.vstack([np.zeros(values.shape[1]), np.cumsum(signed, axis=0)])
    between_equals = np.vstack(
        [np.zeros(values.shape[1], bool), values[1:] == values[:-1], np.zeros(values.shape[1], bool)]
    )
    total = weights.sum()
    highest = np.where(between_equals, 0, above).max(axis=0)
    highest_below = np.where(between_equals, 0, total - above).max(axis=0)
    sign = np.where(highest >= highest_below, 1, -1).astype(np.int8)
    return np.maximum(highest, highest_below), sign


class Places:
    """Collects where each unit rises and falls most, at most one rise and one fall of a unit in each text.

    `changes` (units, 2 PLACES): first the largest rises, then the largest falls. `contexts` (units, 2 PLACES,
    CONTEXT): the ids around the place, the last word that the step reads in the middle, 0 beyond the text.
    """

    def __init__(self, units: int):
        self.changes = np.zeros((units, 2 * PLACES), np.float32)
        self.contexts = np.zeros((units, 2 * PLACES, CONTEXT), np.int32)

    def add(self, memory: Floats, ids: npt.NDArray[np.int32], first: npt.NDArray[Any], size: int) -> None:
        """Look through `memory` (steps, texts, units) of texts `ids` (texts, width).

        `first` (texts,) is the position of each text's first word, `size` the positions that a step reads.
        """
        change = np.diff(memory, axis=0, prepend=np.zeros_like(memory[:1]))
        begins = np.arange(len(memory)) * size
        change[begins[:, None] < first] = 0  # padding and the start token are not shown
        padded = np.pad(ids, ((0, 0), (AROUND, AROUND)))
        for part, sign in ((slice(0, PLACES), 1), (slice(PLACES, None), -1)):
            step = (sign * change).argmax(axis=0)  # (texts, units)
            largest = np.take_along_axis(change, step[None], axis=0)[0]
            self._keep(part, sign, largest, step * size + size - 1, padded)

    def _keep(
        self, part: slice, sign: int, largest: Floats, positions: npt.NDArray[Any], padded: npt.NDArray[Any]
    ) -> None:
        """Merge the best places of a batch, `largest` (texts, units), into the places kept so far."""
        best = np.argsort(-sign * largest, axis=0, kind="stable")[:PLACES]  # (at most PLACES, units)
        changes = np.take_along_axis(largest, best, axis=0).T
        middles = np.take_along_axis(positions, best, axis=0).T
        contexts = padded[best.T[..., None], middles[..., None] + np.arange(CONTEXT)]
        changes = np.concatenate([self.changes[:, part], changes], axis=1)
        contexts = np.concatenate([self.contexts[:, part], contexts], axis=1)
        order = np.argsort(-sign * changes, axis=1, kind="stable")[:, :PLACES]
        self.changes[:, part] = np.take_along_axis(changes, order, axis=1)
        self.contexts[:, part] = np.take_along_axis(contexts, order[..., None], axis=1)
