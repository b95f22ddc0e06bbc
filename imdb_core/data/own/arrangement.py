"""From what survey.py has counted to a data set: the order of classes, the test part, faults and warnings.

Called by reader.py.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.own import limits
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.parts import TEST, TRAINING, UNDECIDED, UNLABELLED
from imdb_core.data.own.survey import Survey, where
from imdb_core.quantities import counted

RARE = 20  # training texts of a class; with fewer a warning is shown


@dataclass(frozen=True)
class Arrangement:
    """`classes` in their order; `labels` uint16 and `parts` uint8, one for each kept text."""

    classes: tuple[str, ...]
    labels: NDArray[np.uint16]
    parts: NDArray[np.uint8]

    def counts(self, part: int) -> list[int]:
        """The texts of each class in one part."""
        counts = np.bincount(self.labels[self.parts == part], minlength=len(self.classes))
        return [int(count) for count in counts]


def arrangement(survey: Survey, choices: Choices, *, has_test_part: bool) -> Arrangement:
    """The classes sorted, and the rows whose part is undecided put into the training or the test part."""
    classes = _sorted(survey.classes)
    rank = np.zeros(max(1, len(classes)), np.uint16)
    for number, name in enumerate(classes):
        rank[survey.classes[name]] = number
    labels = rank[np.frombuffer(survey.labels, np.uint16)] if len(survey.labels) else np.zeros(0, np.uint16)
    parts = np.frombuffer(survey.parts, np.uint8).copy()
    labels[parts == UNLABELLED] = 0
    undecided = parts == UNDECIDED
    parts[undecided] = TRAINING
    if not has_test_part:
        _split(labels, parts, undecided, choices)
    return Arrangement(classes, labels, parts)


def _split(
    labels: NDArray[np.uint16], parts: NDArray[np.uint8], undecided: NDArray[np.bool_], choices: Choices
) -> None:
    """Draw the test part: the same share of every class, at least one text, never all."""
    random = np.random.default_rng(choices.seed)
    for label in np.unique(labels[undecided]):
        rows = random.permutation(np.flatnonzero(undecided & (labels == label)))
        count = min(max(1, round(choices.test_share * len(rows))), len(rows) - 1)
        parts[rows[:count]] = TEST


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    """The names of classes by value if all are numbers, else by letters."""
    values = {name: _number(name) for name in names}
    numbers = {name: value for name, value in values.items() if value is not None}
    if len(numbers) == len(values):
        return tuple(sorted(numbers, key=lambda name: (numbers[name], name)))
    return tuple(sorted(values, key=lambda name: (name.strip().casefold(), name)))


def _number(name: str) -> float | None:
    try:
        value = float(name)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def problem(survey: Survey, arranged: Arrangement, choices: Choices) -> str:
    """Why these rows cannot be a data set, as sentences; empty if they can."""
    unknown = [name for name in (*choices.merges, *choices.left_out) if name not in survey.raw_counts]
    if unknown:
        return f"No row has the label {unknown[0]!r}, which is to be merged or left out. {_labels(survey)}"
    if not survey.labels:
        return f"None of the {survey.rows:,} rows has both a text and a label."
    classes = arranged.classes
    if len(classes) < limits.FEWEST_CLASSES:
        return (
            f"All labels are {classes[0]!r}. Two classes are needed at least."
            if classes
            else "No text has a label."
        )
    if len(classes) > limits.MOST_CLASSES:
        return (
            f"There are {len(classes)} classes; at most {limits.MOST_CLASSES} are allowed. Choose the "
            "column that "
            "holds the labels, merge classes, or leave some out."
        )
    training, test = arranged.counts(TRAINING), arranged.counts(TEST)
    for name, count, test_count in zip(classes, training, test, strict=True):
        if not count and test_count and name in survey.first_test_row:
            place = where(survey.first_test_row[name])
            return (
                f"{place}: the test part has the class {name!r}, which no training text has. Leave it out "
                "or merge it with another class."
            )
        if count + test_count < limits.FEWEST_PER_CLASS:
            return (
                f"The class {name!r} has {counted(count + test_count, 'text')}; each class needs "
                f"{limits.FEWEST_PER_CLASS}. "
                "Leave it out, or merge it with another class."
            )
    return "" if sum(test) else "The test part has no text with a label."


def _labels(survey: Survey) -> str:
    names = [repr(name) for name in sorted(survey.raw_counts)]
    return f"The labels are {', '.join(names[:20])}{' and others' if len(names) > 20 else ''}."


def warnings(survey: Survey, arranged: Arrangement, choices: Choices) -> list[str]:
    """Sentences about possible mistakes, such as labels that look alike. They forbid nothing."""
    groups = defaultdict(list)
    for name in survey.raw_counts:
        groups[_plain(name)].append(name)
    sentences = []
    for alike in groups.values():
        apart = [name for name in alike if name not in choices.left_out]
        if len({choices.merges.get(name, name) for name in apart}) > 1:
            names = " and ".join(repr(name) for name in apart)
            sentences.append(f"The labels {names} look alike. They stay apart unless you merge them.")
    rare = Counter(dict(zip(arranged.classes, arranged.counts(TRAINING), strict=True)))
    few = [name for name, count in rare.items() if count < RARE]
    if few:
        sentences.append(
            f"{len(few)} of {len(rare)} classes have fewer than {RARE} training texts, for instance "
            f"{few[0]!r}. "
            "A network learns little about them."
        )
    if survey.repeated:
        why = "as you have chosen" if choices.drop_duplicates is False else "because the test part is given"
        sentences.append(f"Texts that come more than once: {survey.repeated:,}. They stay, {why}.")
    return sentences


def _plain(label: str) -> object:
    """Equal for labels that look alike: "1" and "1.0", " pos" and "Pos"."""
    text = label.strip().strip("\"'").casefold()
    number = _number(text)
    if number is not None:
        return number
    return {"true": 1.0, "false": 0.0}.get(text, text)
