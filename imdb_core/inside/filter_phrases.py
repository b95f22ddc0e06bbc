"""The phrases of the validation texts to which each filter of a convolution answers most, after one epoch.

The worker makes them from the epoch's ONNX file and stores them beside it. Called by making and the panels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.arrays import fingerprint
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reviews import PAD, Reviews
from imdb_core.inside import stored
from imdb_core.inside.filters import Convolution, convolutions, window_before, with_answers
from imdb_core.inside.memory_map import texts_of_map
from imdb_core.inside.recurrent import Floats
from imdb_core.runs import layout
from imdb_core.scoring.predictor import Predictor

MOST = 6  # phrases of each filter
LARGEST_BATCH = 2**22  # numbers of a batch's answers: 16 MB


@dataclass(frozen=True)
class FilterPhrases:
    """What each filter answers most to; filters are numbered as in filters.Findings.

    `answers` (filters, MOST), the largest first, 0 where there is no further phrase. `ids` (filters, MOST,
    words of the largest window), PAD where the text or the window has no word. `texts` were read.
    `fingerprint`: of the filters' weights, so phrases of other weights are recognised.
    """

    fingerprint: bytes
    answers: Floats
    ids: npt.NDArray[np.int32]
    texts: int

    def of(self, filter: int) -> list[tuple[float, list[int]]]:
        """(answer, ids of the phrase) of each phrase of a filter."""
        return [
            (answer, [id for id in ids if id != PAD])
            for answer, ids in zip(self.answers[filter].tolist(), self.ids[filter].tolist(), strict=True)
            if answer > 0
        ]


def make(content: bytes, validation: Reviews, config: RunConfig, *, training: int) -> FilterPhrases | None:
    """The phrases of the network in the bytes of an ONNX file that was checked; None without a convolution.

    `validation` are prepared reviews, `training` is the number of training reviews. Each text gives a filter
    at most one phrase, the one to which it answers most there.
    """
    layers = convolutions(content)
    if not layers:
        return None
    count = texts_of_map(training, len(validation))
    chosen = validation.select(np.linspace(0, len(validation) - 1, count).astype(np.int64))
    session, best = with_answers(content, layers), [_Best(layer) for layer in layers]
    name = session.get_inputs()[0].name
    filters = sum(len(layer.kernel) for layer in layers)

    def texts_in_batch(width: int) -> int:
        return max(1, LARGEST_BATCH // (width * filters))

    for indices, width in batches.same_width(chosen.lengths, config, texts_in_batch):
        words = chosen.padded(indices, width)
        found = session.run(None, {name: words})[-len(layers) :]
        for each, answers in zip(best, found, strict=True):
            each.add(answers, words, first=width - chosen.lengths[indices])
    largest = max(layer.kernel.shape[2] for layer in layers)
    parts = [each.arrays(largest) for each in best]
    kernels = [kernel for layer in layers for kernel in layer.kernel]
    answers, ids = (np.concatenate(column) for column in zip(*parts, strict=True))
    return FilterPhrases(fingerprint("", kernels), answers, ids, count)


class _Best:
    """Collects the best phrases of a convolution's filters."""

    def __init__(self, layer: Convolution):
        self.size: int = layer.kernel.shape[2]
        self.phrases: list[dict[tuple[int, ...], float]] = [{} for _ in layer.kernel]

    def add(self, answers: Floats, words: npt.NDArray[np.int32], first: npt.NDArray[Any]) -> None:
        """`answers` (texts, filters, positions) of `words` (texts, positions); a text begins at `first`."""
        answers = np.where(np.arange(words.shape[1]) >= first[:, None, None], answers, 0)
        places = answers.argmax(axis=2)  # (texts, filters)
        largest = np.take_along_axis(answers, places[..., None], axis=2)[..., 0]
        padded = np.pad(words, ((0, 0), (self.size, self.size)), constant_values=PAD)
        begins: npt.NDArray[np.int64] = places - window_before(self.size) + self.size
        for filter, known in enumerate(self.phrases):
            lowest = min(known.values()) if len(known) == MOST else 0.0
            for text in np.flatnonzero(largest[:, filter] > lowest).tolist():
                begin = begins[text, filter]
                phrase = tuple(padded[text, begin : begin + self.size].tolist())
                known[phrase] = max(known.get(phrase, 0.0), float(largest[text, filter]))
            self.phrases[filter] = dict(sorted(known.items(), key=lambda item: -item[1])[:MOST])

    def arrays(self, width: int) -> tuple[Floats, npt.NDArray[np.int32]]:
        """(answers, ids) of FilterPhrases for these filters; windows are `width` words wide."""
        answers = np.zeros((len(self.phrases), MOST), np.float32)
        ids = np.full((len(self.phrases), MOST, width), PAD, np.int32)
        for filter, known in enumerate(self.phrases):
            for row, (phrase, answer) in enumerate(known.items()):
                answers[filter, row], ids[filter, row, : self.size] = answer, phrase
        return answers, ids


def write(folder: Path, epoch: int, phrases: FilterPhrases) -> int:
    """Write the phrases of an epoch into a run's folder; returns the bytes. Raises OSError."""
    arrays: stored.Arrays = {
        "fingerprint": np.frombuffer(phrases.fingerprint, np.uint8),
        "answers": phrases.answers,
        "ids": stored.short_ids(phrases.ids),
        "texts": np.array([phrases.texts], np.int64),
    }
    return stored.write(folder, layout.filter_phrases(epoch), arrays)


def of_network(network: Predictor, kernels: Sequence[Floats]) -> FilterPhrases:
    """The phrases of the network's epoch; `kernels` as in filters.Findings.

    Raises ModelError, with the command that makes them, if there are none or if other filters have them.
    """
    stored.require(network, layout.filter_phrases(network.epoch), "phrases for its filters")
    phrases = read(network.folder, network.epoch)
    if phrases.fingerprint != fingerprint("", kernels):
        raise stored.of_another("file of phrases")
    return phrases


def read(folder: Path, epoch: int) -> FilterPhrases:
    """The phrases of an epoch; raises ModelError, with what to do, if they are missing or damaged."""
    arrays = stored.read(folder, layout.filter_phrases(epoch), "file of phrases", _fault)
    [texts] = arrays["texts"].tolist()
    answers, ids = arrays["answers"].astype(np.float32), arrays["ids"].astype(np.int32)
    return FilterPhrases(arrays["fingerprint"].tobytes(), answers, ids, texts)


def _fault(arrays: stored.Arrays) -> str | None:
    try:
        filters, _, width = arrays["ids"].shape
    except (KeyError, ValueError):
        return "it holds no phrases of filters"
    expected = {
        "fingerprint": ("u", (32,)),
        "answers": ("f", (filters, MOST)),
        "ids": ("iu", (filters, MOST, width)),
        "texts": ("i", (1,)),
    }
    if fault := stored.shape_fault(arrays, expected):
        return fault
    if arrays["answers"].min(initial=0) < 0 or arrays["ids"].min(initial=0) < 0 or arrays["texts"][0] < 1:
        return "its numbers are out of range"
    return None
