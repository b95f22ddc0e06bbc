"""The path of a typed text over the map of its network's memory. Called by the panels of "Type a review"."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imdb_core.inside import map_files, stored
from imdb_core.inside.memory_map import MemoryMap
from imdb_core.inside.plane import Doubles
from imdb_core.inside.trace import Trace
from imdb_core.runs import layout
from imdb_core.scoring.predictor import Predictor

NAMED = 12  # steps whose words are written beside the path


@dataclass(frozen=True)
class Walk:
    """`points` (steps + 1, 2): the memory on the map, first before the first word, then after each step.

    `heights` (steps + 1,): the log-odds of the second class for the memory at each point. They are exact if
    the last layer judges the memory directly, otherwise those of the map's line; None without a line.
    `named`: the numbers of the points, from 1, to which the memory moves farthest, at most NAMED, in order. A
    move is a change of the log-odds or, without a line, a distance. `ends_across`: the last point lies on the
    other side of the map's line than the log-odds say, because of directions that the map does not show.
    """

    points: Doubles
    heights: Doubles | None
    named: tuple[int, ...]
    ends_across: bool

    @property
    def crossings(self) -> tuple[int, ...]:
        """The numbers of the points, from 1, at which the sign of the log-odds has changed."""
        if self.heights is None:
            return ()
        sides = self.heights > 0
        return tuple((np.flatnonzero(sides[1:] != sides[:-1]) + 1).tolist())


def map_of(network: Predictor) -> MemoryMap:
    """The map of the network's epoch; raises ModelError, with the command that makes it, if there is none."""
    folder, epoch = network.folder, network.epoch
    stored.require(network, layout.memory_map(epoch), "map of its memory")
    return map_files.read(folder, epoch, network.config)


def walk(trace: Trace, memory_map: MemoryMap) -> Walk:
    """Where the memory of `trace` goes on the map; raises ModelError if the map is of another network."""
    if trace.layer.fingerprint != memory_map.fingerprint:
        raise stored.of_another("map")
    memories, line, head = np.vstack([trace.start, trace.steps.memory]), memory_map.line, trace.layer.head
    points = memory_map.plane.coordinates(memories)
    on_map = heights = None if line is None else points @ line[:2] + line[2]
    if head is not None:
        heights = memories.astype(np.float64) @ head.kernel + head.bias
    moves = np.abs(np.diff(heights)) if heights is not None else np.hypot(*np.diff(points, axis=0).T)
    farthest = np.argsort(-moves, kind="stable")[:NAMED]
    across = on_map is not None and heights is not None and bool((on_map[-1] > 0) != (heights[-1] > 0))
    return Walk(points, heights, tuple(sorted((farthest + 1).tolist())), across)


def words_of(trace: Trace, words: Sequence[str]) -> list[str]:
    """The words that each step reads, for instance "not good" of two words; `words` are the reading's."""
    return [" ".join(words[first:end]) for first, end in trace.words]
