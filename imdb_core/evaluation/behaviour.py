"""Does a network understand "not", "but" and irony? Short sentences of known meaning, counted per kind.

Called by the Compare page. The sentences are in behaviour.csv beside this file, written for this project.
Each has a label, or a relation to another sentence. The three sorts of test follow Ribeiro et al., "Beyond
Accuracy: Behavioral Testing of NLP Models", ACL 2020.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imdb_core.data import sources
from imdb_core.errors import TextError
from imdb_core.file_cache import FileCache
from imdb_core.runs import layout
from imdb_core.runs.run import Run
from imdb_core.scoring import predictor
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, TimeLimit, at_most, nothing

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
    """One test: a sentence and its expected label, or its expected relation to the sentence `other`.

    `other` is "" for a label.
    """

    kind: str
    expected: str
    text: str
    other: str

    @property
    def expectation(self) -> str:
        """The expectation in words."""
        return EXPECTED[self.expected].format(self.other)


@dataclass(frozen=True)
class Result:
    """One network's probabilities of "positive" for both sentences of a case, and whether it passed.

    A probability is None if the network knows no word of the sentence.
    """

    case: Case
    probability: float | None
    other_probability: float | None
    passed: bool


def suits(run: Run) -> bool:
    """Whether the sentences suit the run's texts; False if its data set was deleted."""
    dataset = run.config.dataset if run.config else ""
    return sources.exists(dataset) and sources.get(dataset).behaviour


@cache
def cases() -> tuple[Case, ...]:
    """All tests, in the order of the file."""
    with open(SENTENCES, encoding="utf-8", newline="") as file:
        return tuple(Case(**row) for row in csv.DictReader(file))


def results(folder: Path, pause: Callable[[], object] = nothing) -> tuple[Result, ...]:
    """One result per case for the model in `folder`, kept until its model.json changes. Raises ModelError.

    `pause` is called between two sentences; an exception that it raises ends the scoring.
    """
    return _results.value(folder, (folder / layout.MODEL_FACTS,), compute=lambda: _scored(folder, pause))


def counts(results: tuple[Result, ...]) -> dict[str, tuple[int, int]]:
    """Kind -> (passed, tests)."""
    by_kind = {kind: [result.passed for result in results if result.case.kind == kind] for kind in KINDS}
    return {kind: (sum(passed), len(passed)) for kind, passed in by_kind.items()}


def passes(case: Case, probability: float | None, other_probability: float | None) -> bool:
    """Whether the probabilities of `case.text` and, for a relation, of `case.other` are as expected."""
    if probability is None:
        return False
    if not case.other:
        return (probability > 0.5) == (case.expected == "positive")
    if other_probability is None:
        return False
    if case.expected == "alike":
        return abs(probability - other_probability) < ALIKE
    difference = probability - other_probability
    return difference > 0 if case.expected == "higher" else difference < 0


_results = FileCache[tuple[Result, ...]](limit=64)  # by folder


def _scored(folder: Path, pause: Callable[[], object]) -> tuple[Result, ...]:
    network = predictor.load(folder)
    texts = {text for case in cases() for text in (case.text, case.other) if text}
    with at_most(EXPLAIN_SECONDS, pause) as limit:
        probabilities = {text: _probability(network, text, limit) for text in texts}
    rows = [(case, probabilities[case.text], probabilities.get(case.other)) for case in cases()]
    return tuple(Result(*row, passed=passes(*row)) for row in rows)


def _probability(network: Predictor, text: str, limit: TimeLimit) -> float | None:
    """The network's answer, or None if it knows no word of the sentence."""
    try:
        return network.score(text, limit).probability
    except TextError:
        return None
