"""Fool a network: a small change of a text that turns the verdict. Called by a view and by robustness.

At most MOST_SWAPS words are swapped for words that are near in the network's embedding and lean little
(swaps.py). The search is greedy: it tries the words whose effect speaks most for the present verdict, and
goes on with the BEAM best texts of each number of swaps. It ends at the first number of swaps that turns the
verdict. The search follows TextFooler (Jin, Jin, Zhou, Szolovits 2020, "Is BERT Really Robust?", AAAI), with
the network's own word vectors.

swapped_text.py says which words of a text can be swapped, and keeps the case in which they were typed.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from imdb_core.errors import ModelError
from imdb_core.scoring import explanations, many, swaps
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.swapped_text import Places, SwappedText
from imdb_core.scoring.time_limit import TimeLimit, at_most, nothing

MOST_SWAPS = 3
PLACES = 24  # so many words of a text are tried, those with the largest effects first
BEAM = 3  # texts of each number of swaps with which the search goes on
FURTHER = 48  # single swaps, the best ones, that are tried in each of these texts
SECONDS = 2.0  # for a typed text
TIE = 1e-6  # a text with log-odds up to this may have turned: float32 shares can tie. It is scored again


@dataclass(frozen=True)
class Swap:
    """One swapped word.

    `place` is its number in Reading.words. `old` is the word as it was typed, `new` the other word in the
    same case. `similarity` is the cosine of both words' vectors. `text` is the whole text after this swap and
    the swaps before it; `log_odds` and `share` are what the text gets of the class of the first verdict.
    """

    place: int
    old: str
    new: str
    similarity: float
    text: str
    log_odds: float
    share: float


@dataclass(frozen=True)
class Attempt:
    """The result of a search: if `turned`, the swaps turn the verdict; else they lower its score most.

    `verdict` is the class that the typed text gets, `after` the class with the swaps, both as numbers.
    `log_odds` and `share` are what the typed text gets of the class `verdict`. So many `words` and changed
    `texts` were tried. `is_complete` is False if the time ended the search.
    """

    text: str
    verdict: int
    after: int
    log_odds: float
    share: float
    swaps: tuple[Swap, ...]
    words: int
    texts: int
    is_complete: bool

    @property
    def turned(self) -> bool:
        return self.after != self.verdict


def is_possible(network: Predictor) -> bool:
    """Whether the network has an embedding: without one, no words are near each other."""
    return network.has_word_vectors


def why_impossible(name: str) -> str:
    """The sentence about a network of this name, for which the search is not possible."""
    return (
        f"The network {name} has no embedding, so no words are near each other to it, and none can be "
        "swapped for a similar one."
    )


def fool(
    network: Predictor,
    text: str,
    *,
    seconds: float,
    pause: Callable[[], object] = nothing,
) -> Attempt:
    """Search for a small change of `text` that turns the verdict, for at most `seconds`.

    The same text gives the same result, unless the time ends the search. `pause` is called before each run of
    the network and may raise. Raises TextError for a text that cannot be scored, ModelError for a network
    without an embedding or that cannot be used.
    """
    if not is_possible(network):
        raise ModelError(f"{why_impossible(network.config.network)} Choose a network with an embedding.")
    search = _Search(network, text)
    is_complete = True
    with at_most(seconds, pause) as limit:
        try:
            search.run(limit)
        except ModelError:
            if not limit.is_over():
                raise
            is_complete = False
    return search.attempt(is_complete=is_complete)


class _Search:
    """One search. attempt() gives its result, also if the time limit has ended run()."""

    def __init__(self, network: Predictor, text: str) -> None:
        self._network = network
        score = network.score(text)
        self._text, self._shares = SwappedText(network, text, score.reading), score.shares
        self._verdict = score.classes.index(score.label)
        self._similarities: dict[tuple[int, int], float] = {}
        self._words = self._texts = 0
        self._best: Places = ()
        self._best_odds, self._after = self._odds_of([()])[0], self._verdict

    def run(self, limit: TimeLimit) -> None:
        """Try one swap, two swaps and so on, until the verdict turns."""
        further = self._singles(limit)
        kept: list[Places] = [()]
        for number in range(MOST_SWAPS):
            tried = _extended(kept, further)
            odds = self._odds_of(tried, limit)
            self._texts += len(tried)
            order = np.argsort(odds, kind="stable").tolist()
            if self._turn([tried[at] for at in order if odds[at] <= TIE], limit):
                return
            kept = self._keep([(tried[at], odds[at]) for at in order])
            if not number:
                further = [tried[at] for at in order[:FURTHER]]

    def attempt(self, *, is_complete: bool) -> Attempt:
        """The best swaps so far, with the scores of the text after each of them."""
        swapped = [self._swap(self._best[:number]) for number in range(1, len(self._best) + 1)]
        return Attempt(
            text=self._text.text,
            verdict=self._verdict,
            after=self._after,
            log_odds=self._odds_of([()])[0],
            share=self._shares[self._verdict],
            swaps=tuple(swapped),
            words=self._words,
            texts=self._texts,
            is_complete=is_complete,
        )

    def _swap(self, places: Places) -> Swap:
        """The last of the swaps at `places`."""
        text, (place, id) = self._text.after(places), places[-1]
        return Swap(
            place=place,
            old=self._text.old(place),
            new=self._text.new(place, id),
            similarity=self._similarities[place, id],
            text=text,
            log_odds=self._odds_of([places])[0],
            share=self._network.score(text).shares[self._verdict],
        )

    def _singles(self, limit: TimeLimit) -> list[Places]:
        """All single swaps, those of the word with the largest effect first."""
        table = swaps.of(self._network, limit)
        effects = explanations.word_effects(self._network, self._text.text, limit, of=self._verdict)
        order = np.argsort(-effects, kind="stable")
        places = (int(at) + self._text.reading.cut for at in order if effects[at] > 0)
        chosen = [
            place for place in places if self._text.id(place) in table.ids and self._text.is_whole_word(place)
        ]
        by_word = table.candidates(self._network, [self._text.id(place) for place in chosen[:PLACES]])
        singles: list[Places] = []
        for place in chosen[:PLACES]:
            candidates = by_word[self._text.id(place)]
            self._words += bool(candidates)
            self._similarities |= {(place, each.id): each.similarity for each in candidates}
            singles += [((place, each.id),) for each in candidates]
        return singles

    def _turn(self, tried: Sequence[Places], limit: TimeLimit) -> bool:
        """Keep the swaps that turn the verdict, if any; of several, the words nearest in meaning."""
        for places in sorted(tried, key=lambda places: -sum(self._similarities[each] for each in places)):
            if self._text.is_read(places):
                score = self._network.score(self._text.after(places), limit)
                after = score.classes.index(score.label)
                if after != self._verdict:
                    self._best, self._after = places, after
                    return True
        return False

    def _keep(self, tried: Sequence[tuple[Places, float]]) -> list[Places]:
        """The BEAM texts with the lowest log-odds; the lowest so far is remembered."""
        readable = ((places, odds) for places, odds in tried if self._text.is_read(places))
        kept = list(itertools.islice(readable, BEAM))
        if kept and kept[0][1] < self._best_odds:
            self._best, self._best_odds = kept[0]
        return [places for places, _ in kept]

    def _odds_of(self, tried: Sequence[Places], limit: TimeLimit | None = None) -> list[float]:
        """The log-odds of the first verdict's class after each of these changes."""
        width = len(self._text.reading.ids) + self._text.reading.padding
        size = many.largest_batch(self._network.config)(width)
        odds: list[float] = []
        for begin in range(0, len(tried), size):
            rows = [self._text.ids(places) for places in tried[begin : begin + size]]
            odds += self._network.log_odds(rows, width, limit, of=self._verdict).tolist()
        return odds


def _extended(kept: Sequence[Places], further: Sequence[Places]) -> list[Places]:
    """The `kept` changes, each with each of the `further` swaps at another place; no set of swaps twice."""
    extended: dict[frozenset[tuple[int, int]], Places] = {}
    for places in kept:
        taken = {place for place, _ in places}
        for [swap] in further:
            if swap[0] not in taken:
                extended.setdefault(frozenset((*places, swap)), (*places, swap))
    return list(extended.values())
