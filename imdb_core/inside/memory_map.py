"""The map of a network's memory after one epoch, made from validation texts. Called by making.

After Maheswaranathan et al., NeurIPS 2019, "Reverse engineering recurrent networks for sentiment
classification reveals line attractor dynamics": a trained memory moves on a line from negative to positive.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.inside import plane, units
from imdb_core.inside.plane import Doubles, Plane
from imdb_core.inside.recurrent import Recurrent, States
from imdb_core.inside.units import Alone, Places

MOST_TEXTS = 2000  # validation texts that the network reads for a map
TRAINING_TEXTS_A_TEXT = 40  # for each direction; reading them takes about 1 % of an epoch (bench/inside.py)
FEWEST_TEXTS = 20  # also of a small data set
CLOUD = 400  # final memories that the map shows
ALONG = 7  # states of each text, evenly spaced, that the axes are computed from, beside the final one
PLACE_TEXTS = 256  # texts that are searched for places
LARGEST_BATCH = 2**22  # numbers of a batch's states: 16 MB


@dataclass(frozen=True)
class MemoryMap:
    """The map of one epoch.

    `points` (texts, 2): the final memories of up to CLOUD texts on the plane; `labels` and `verdicts`
    (texts,) are class numbers. `line`: a x + b y + c = 0 is where the verdict turns; None with more than two
    classes.
    `exact`: the line is the trace of the last layer's hyperplane, else it is fitted to the verdicts on the
    plane. `agreement`: the share of the texts whose side of the line is the network's verdict. `texts` is how
    many texts the network has read for the map.
    """

    fingerprint: bytes
    plane: Plane
    points: Doubles
    labels: npt.NDArray[np.uint8]
    verdicts: npt.NDArray[np.uint8]
    line: Doubles | None
    exact: bool
    agreement: float
    alone: Alone
    changes: npt.NDArray[np.float32]  # (units, 2 units.PLACES), see units.Places
    contexts: npt.NDArray[np.int32]  # (units, 2 units.PLACES, units.CONTEXT)
    texts: int


def texts_of_map(training: int, validation: int, directions: int = 1) -> int:
    """How many validation texts a map is made from, for these numbers of texts.

    A network that reads in two directions needs twice the time for a text, so it reads half as many.
    """
    share = training // (TRAINING_TEXTS_A_TEXT * directions)
    return min(validation, MOST_TEXTS, max(FEWEST_TEXTS, share))


def make(
    layer: Recurrent,
    validation: Reviews,
    config: RunConfig,
    *,
    training: int,
    before: MemoryMap | None = None,
) -> MemoryMap:
    """The map of a network whose recurrent layer is `layer`.

    `validation` are prepared reviews, `training` is the number of training reviews. `before` is the map of an
    earlier epoch of the same run: the axes are turned so that the cloud moves as little as possible.
    """
    count = texts_of_map(training, len(validation), layer.directions)
    chosen = validation.select(np.linspace(0, len(validation) - 1, count).astype(np.int64))
    read = _Read(layer.units)
    for indices, words, states in _states(layer, chosen, config):
        read.add(indices, words, states, chosen.lengths[indices], layer.words_per_step)
    return _map(layer, read.in_order(chosen.labels), config, before)


@dataclass
class _Read:
    """What is kept of the states of all texts."""

    units: int
    indices: list[Any] = field(default_factory=list)
    final: list[Any] = field(default_factory=list)
    along: list[Any] = field(default_factory=list)
    verdicts: list[Any] = field(default_factory=list)
    searched: int = 0

    def __post_init__(self) -> None:
        self.places = Places(self.units)

    def add(
        self,
        indices: npt.NDArray[Any],
        words: npt.NDArray[np.int32],
        states: States,
        lengths: npt.NDArray[Any],
        size: int,
    ) -> None:
        first = words.shape[1] - lengths  # positions of the start tokens
        memory = states.memory
        steps = (first // size)[:, None] + np.linspace(0, 1, ALONG + 2)[1:-1] * (lengths // size)[:, None]
        along = memory[np.minimum(steps.astype(np.int64), len(memory) - 1), np.arange(len(indices))[:, None]]
        self.indices.append(indices)
        self.final.append(memory[-1])
        self.along.append(along.reshape(-1, self.units))
        self.verdicts.append(answers.verdicts(answers.shares(states.output)))
        if self.searched < PLACE_TEXTS:
            self.places.add(memory, words, first + 1, size)
            self.searched += len(indices)

    def in_order(self, labels: npt.NDArray[np.uint8]) -> "_Texts":
        order = np.argsort(np.concatenate(self.indices))
        final = np.concatenate(self.final)[order]
        verdicts = np.concatenate(self.verdicts)[order].astype(np.uint8)
        return _Texts(final, np.concatenate([final, *self.along]), labels, verdicts, self.places)


@dataclass(frozen=True)
class _Texts:
    """`final` memories (texts, units), all sampled `states`, `labels`, `verdicts`, and the places."""

    final: npt.NDArray[np.float32]
    states: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    verdicts: npt.NDArray[np.uint8]
    places: Places


def _states(
    layer: Recurrent, reviews: Reviews, config: RunConfig
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[np.int32], States]]:
    """Yields (indices, padded ids, States): every review once, in batches of bounded size."""
    session = layer.opened(inputs=False)
    name = session.get_inputs()[0].name
    directions = layer.directions * layer.units

    def texts_in_batch(width: int) -> int:
        return max(1, LARGEST_BATCH // (width * directions))

    for indices, width in batches.same_width(reviews.lengths, config, texts_in_batch):
        words = reviews.padded(indices, width)
        yield indices, words, layer.states(session.run(None, {name: words}), inputs=False)


def _map(layer: Recurrent, texts: _Texts, config: RunConfig, before: MemoryMap | None) -> MemoryMap:
    shown = np.linspace(0, len(texts.final) - 1, min(CLOUD, len(texts.final))).astype(np.int64)
    axes = plane.principal(texts.states)
    points, labels = axes.coordinates(texts.final[shown]), texts.labels[shown]
    if before is not None and before.points.shape == points.shape and (before.labels == labels).all():
        axes = axes.turned(plane.procrustes(points, before.points))
    elif len(config.classes) == 2:
        axes = axes.turned(plane.positive_to_the_right(points, labels))
    line, exact, agreement = _line(layer, axes, texts, config)
    return MemoryMap(
        fingerprint=layer.fingerprint,
        plane=axes,
        points=axes.coordinates(texts.final[shown]),
        labels=labels,
        verdicts=texts.verdicts[shown],
        line=line,
        exact=exact,
        agreement=agreement,
        alone=units.alone(texts.final, texts.labels, len(config.classes)),
        changes=texts.places.changes,
        contexts=texts.places.contexts,
        texts=len(texts.final),
    )


def _line(
    layer: Recurrent, axes: Plane, texts: _Texts, config: RunConfig
) -> tuple[Doubles | None, bool, float]:
    """(line, whether it is exact, agreement with the network's verdicts); see MemoryMap."""
    if not answers.is_binary(config.classes):
        return None, False, 0.0
    points, sides = axes.coordinates(texts.final), texts.verdicts == 1
    if layer.head is not None:
        line: Doubles | None = plane.trace_of_hyperplane(axes, layer.head.kernel, layer.head.bias)
    else:
        line = plane.fitted_line(points, sides)
    if line is None:
        return None, False, 0.0
    agreement = float(np.mean((points @ line[:2] + line[2] > 0) == sides))
    return line, layer.head is not None, agreement
