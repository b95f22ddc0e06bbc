"""The verdict of a phrase network as an exact sum, phrase by phrase. Called by the panels of "Type a review".

A network that looks up phrases adds or averages their numbers, and judges the result: log-odds = start value
+ sum of the amounts. So each phrase's amount is exact. Computed from the ONNX file that scores the texts, for
every model that was ever written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers, architectures
from imdb_core.config import RunConfig
from imdb_core.data.reading import Reading
from imdb_core.errors import ModelError
from imdb_core.inside.phrase_layer import PhraseLayer, judged, read
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within


@dataclass(frozen=True)
class Phrase:
    """A phrase of the text that the network knows.

    It stands there `times` times, for the first time from the word `first` to the word `last` of the reading.
    `first` is -1 if the phrase begins with the start token. `amount` is added to the log-odds once, however
    often the phrase stands in the text.
    """

    first: int
    last: int
    times: int
    amount: float


@dataclass(frozen=True)
class PhraseSum:
    """total = start + sum of the phrases' amounts.

    `phrases` stand in the order of the text. `unknown` is the number of different phrases of the text that
    the network does not know. `start` is the value without any phrase: the trained start value and, unless
    `only_phrases`, what the other half of the network says. `total`: the log-odds of the second class, or
    with more classes the score of the class before the softmax compares the classes. `averaged`: the network
    takes the mean, so an amount is smaller in a text with more known phrases.
    """

    phrases: tuple[Phrase, ...]
    unknown: int
    start: float
    total: float
    only_phrases: bool
    averaged: bool


def looks_up_phrases(config: RunConfig) -> bool:
    """Whether the network of `config` looks up phrases."""
    return architectures.has_layer(config, "NGrams")


def phrase_sum(
    network: Predictor, reading: Reading, limit: TimeLimit | None = None, *, of: int = 1
) -> PhraseSum:
    """The sum for a text that the network has read; with more than two classes, for the class `of`.

    Raises ModelError for a network that does not look up phrases, and if it takes too long.
    """
    raw = network.raw_answer
    if raw is None or not looks_up_phrases(network.config):
        raise ModelError(f"{network.file} does not look up phrases, so its verdict is no sum of phrases.")
    layer = _found(network)
    column = 0 if answers.is_binary(network.config.classes) else of
    with within(limit, SCORE_SECONDS) as limit:
        total, ids, known = read(layer, raw, reading, limit)
        start, weights, only_phrases = judged(layer, raw, reading, limit)
    places, unknown = _places(ids, known, reading)
    amounts = layer.amounts(np.array(list(places), np.int64), weights[:, column]).tolist()
    phrases = tuple(
        Phrase(first, last, times, amount)
        for (first, last, times), amount in zip(places.values(), amounts, strict=True)
    )
    found = PhraseSum(
        phrases,
        unknown,
        start=float(start[column]),
        total=float(total[column]),
        only_phrases=only_phrases,
        averaged=len(layer.tables) == 1,
    )
    if not np.isclose(found.start + sum(amounts), found.total, rtol=1e-3, atol=1e-3):
        raise _strange(network)
    return found


def words_of(phrase: Phrase, words: Sequence[str], start: str) -> str:
    """The words of a phrase, such as "not good".

    `words` are all words of the reading. `start` is written for the start token.
    """
    begins = [start] if phrase.first < 0 else []
    return " ".join([*begins, *words[max(0, phrase.first) : phrase.last + 1]])


def _found(network: Predictor) -> PhraseLayer:
    try:
        return PhraseLayer(network.content())
    except (ValueError, KeyError, IndexError) as error:
        raise _strange(network) from error


def _strange(network: Predictor) -> ModelError:
    return ModelError(
        f"The verdict of {network.file} is not the sum of phrases that the app's own networks compute. "
        "Train the run again, or choose another."
    )


def _places(
    ids: npt.NDArray[Any], known: npt.NDArray[np.bool_], reading: Reading
) -> tuple[dict[int, tuple[int, int, int]], int]:
    """({id: (first word, last word, times)} of the known phrases, number of different unknown phrases).

    `ids` and `known` are ordered by length: first all single words, padding included, then all pairs. The
    known phrases come in the order of the text.
    """
    width = len(reading.ids) + reading.padding
    offset = len(reading.words) - width  # position in the padded text -> number of the word
    places: dict[int, tuple[int, int, int]] = {}
    unknown, begin, length = set(), 0, 1
    while begin < len(ids):
        for position in np.flatnonzero(ids[begin : begin + width - length + 1]).tolist():
            id, first = int(ids[begin + position]), position + offset
            if not known[begin + position]:
                start = position - reading.padding
                unknown.add(reading.ids[start : start + length])
            elif id in places:
                places[id] = (*places[id][:2], places[id][2] + 1)
            else:
                places[id] = first, first + length - 1, 1
        begin, length = begin + width - length + 1, length + 1
    return dict(sorted(places.items(), key=lambda item: item[1][:2])), len(unknown)
