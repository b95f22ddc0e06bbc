"""Does a network understand "not", "but" and irony? Short sentences of known meaning, counted per kind. For
the Compare page.

The sentences lie in behaviour.csv beside this file, written for this project. Each has a label, or a relation
to another sentence; the three sorts of test follow Ribeiro et al., "Beyond Accuracy: Behavioral Testing of
NLP Models", ACL 2020.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from imdb_core.errors import TextError
from imdb_core.runs import layout
from imdb_core.scoring import predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most, nothing

SENTENCES = Path(__file__).with_name("behaviour.csv")
KINDS = {
    "negation": "not, never, nobody",
    "not bad": "denied blame, denied praise",
    "intensifiers": "very, really, the worst",
    "names": "other names, same opinion",
    "length": "the same opinion short and long",
    "sarcasm": "praise that is meant as blame",
    "contrast": "but and yet: the second half decides",
}
EXPECTED = {
    "positive": "positive",
    "negative": "negative",
    "higher": "more positive than “{}”",
    "lower": "less positive than “{}”",
    "alike": "the same as “{}”",
}
ALIKE = 0.1  # the largest difference of two probabilities that still counts as the same


@dataclass(frozen=True)
class Case:
    """One test: a sentence and what is expected of it, a label or a relation to the sentence `other` ("" for
    a label).
    """

    kind: str
    expected: str
    text: str
    other: str

    @property
    def expectation(self) -> str:
        """What is expected, in words."""
        return EXPECTED[self.expected].format(self.other)


@dataclass(frozen=True)
class Result:
    """What one network said: probabilities of "positive" of the sentence and of the other one; None where it
    knows no word.
    """

    case: Case
    probability: float | None
    other_probability: float | None
    passed: bool


@cache
def cases() -> tuple[Case, ...]:
    """All tests, in the order of the file."""
    with open(SENTENCES, encoding="utf-8", newline="") as file:
        return tuple(Case(**row) for row in csv.DictReader(file))


def results(folder: Path, pause: Callable[[], object] = nothing) -> tuple[Result, ...]:
    """One result per case for the model in `folder`, kept until its model.json changes. Raises ModelError.

    `pause` is called between two sentences and may raise what ends the scoring.
    """
    try:
        return _results.value(
            folder, (folder / layout.MODEL_FACTS,), compute=lambda: _scored_cases(folder, pause)
        )
    except FileNotFoundError:
        return _scored_cases(folder, pause)  # raises ModelError, which says what is missing


def counts(found: tuple[Result, ...]) -> dict[str, tuple[int, int]]:
    """Kind -> (passed, tests)."""
    by_kind = {kind: [result.passed for result in found if result.case.kind == kind] for kind in KINDS}
    return {kind: (sum(passed), len(passed)) for kind, passed in by_kind.items()}


def passes(case: Case, probability: float | None, other: float | None) -> bool:
    """Whether the probabilities of `case.text` and, for a relation, of `case.other` are as expected."""
    if probability is None or (case.other and other is None):
        return False
    if case.expected == "alike":
        return abs(probability - other) < ALIKE
    if case.expected in ("higher", "lower"):
        return probability > other if case.expected == "higher" else probability < other
    return (probability > 0.5) == (case.expected == "positive")


@lru_cache(maxsize=64)
def _results(folder, stamp, pause):
    network = predictor.load(folder)
    texts = {text for case in cases() for text in (case.text, case.other) if text}
    with at_most(EXPLAIN_SECONDS, pause) as limit:
        said = {text: _probability(network, text, limit) for text in texts}
    rows = [(case, said[case.text], said.get(case.other)) for case in cases()]
    return tuple(Result(*row, passed=passes(*row)) for row in rows)


def _probability(network, text, limit):
    """The network's answer, or None where it knows no word of the sentence."""
    try:
        return network.score(text, limit).probability
    except TextError:
        return None
