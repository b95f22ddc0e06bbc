"""Count what became of the rows of a scored table and, if it has labels, how often the network was right.

Called by tables.py; the figures are a JSON object, which the command and the page show.
"""

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from imdb_core.evaluation.comparisons import wilson_interval
from imdb_core.scoring.predictor import Score

SHOWN = 20  # errors, and labels that are no class
LONGEST_SHOWN = 200  # characters of a text or a label
MOST_UNKNOWN = 1_000  # different labels that are no class; further ones are counted together
OTHER_LABELS = "…"


class Figures:
    """The counts so far. `label` is the name of the label column, "" for a table without labels."""

    def __init__(self, classes: Sequence[str], label: str) -> None:
        self._classes, self._label = tuple(classes), label
        self._numbers = {name: number for number, name in enumerate(classes)}
        self._answers = np.zeros(len(classes), np.int64)
        self._reasons: Counter[str] = Counter()
        self._example = ""
        self._confusion = np.zeros((len(classes), len(classes)), np.int64)  # label x answer
        self._unknown: Counter[str] = Counter()
        self._without_label = self._labelled_without_score = 0
        self._errors: list[tuple[float, int, dict[str, Any]]] = []

    def add_refused(self, kind: str, reason: str, label: str) -> None:
        """Count a row without a score; `kind` is one of tables.KINDS."""
        self._reasons[kind] += 1
        self._example = self._example or reason
        self._labelled_without_score += bool(label.strip())

    def add(self, score: Score, *, line: int, label: str, text: str) -> None:
        """Count a row with a score."""
        answer = self._numbers[score.label]
        self._answers[answer] += 1
        if not self._label:
            return
        label = label.strip()
        number = self._numbers.get(label)
        if not label:
            self._without_label += 1
        elif number is None:
            shown = label[:LONGEST_SHOWN]
            is_new = shown not in self._unknown and len(self._unknown) >= MOST_UNKNOWN
            self._unknown[OTHER_LABELS if is_new else shown] += 1
        else:
            self._confusion[number, answer] += 1
            if number != answer:
                self._add_error(score, line, label, text)

    def _add_error(self, score: Score, line: int, label: str, text: str) -> None:
        """Keep the SHOWN errors with the largest share of the wrong class."""
        share = max(score.shares)
        if len(self._errors) < SHOWN or share > self._errors[0][0]:
            shown = " ".join(text[: 2 * LONGEST_SHOWN].split())[:LONGEST_SHOWN]
            error = {"line": line, "label": label, "class": score.label, "share": share, "text": shown}
            push = heapq.heappush if len(self._errors) < SHOWN else heapq.heapreplace
            push(self._errors, (share, -line, error))

    def as_dict(self) -> dict[str, Any]:
        """All figures, for JSON. Of equally sure errors the first line comes first."""
        scored = int(self._answers.sum())
        figures: dict[str, Any] = {
            "rows": scored + self._reasons.total(),
            "scored": scored,
            "not_scored": dict(self._reasons),
            "example": self._example,
            "classes": dict(zip(self._classes, self._answers.tolist(), strict=True)),
            "labels": None,
        }
        if self._label:
            figures["labels"] = self._compared()
        return figures

    def _compared(self) -> dict[str, Any]:
        """What the labels say; no accuracy if no label is a class."""
        errors = sorted(self._errors, key=lambda entry: entry[:2], reverse=True)
        compared, right = int(self._confusion.sum()), int(self._confusion.trace())
        return {
            "column": self._label,
            "compared": compared,
            "right": right,
            "accuracy": right / compared if compared else None,
            "interval": wilson_interval(right, compared) if compared else None,
            "confusion": self._confusion.tolist(),
            "without_label": self._without_label,
            "not_scored": self._labelled_without_score,
            "unknown_rows": self._unknown.total(),
            "unknown_labels": dict(self._unknown.most_common(SHOWN)),
            "errors": [error for *_, error in errors],
        }
