"""Read all rows once: count what is kept and what is dropped, and pass the kept texts to a writer.

Called by reader.py. Nothing here holds the texts: for each row 8 bytes of its digest, its label, its part and
its length stay in memory.
"""

import statistics
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from imdb_core.data.own import limits
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.opening import Entry, Place
from imdb_core.data.own.parts import TEST, UNLABELLED
from imdb_core.data.own.records import Nested
from imdb_core.data.vocabulary import clean
from imdb_core.errors import DataError

EMPTY, NO_LABEL, DUPLICATE, CONFLICT = "empty", "no-label", "duplicate", "conflict"
TOO_LONG, LEFT_OUT = "too-long", "left-out"


@dataclass
class Dropped:
    """The rows that are dropped for one reason: how many, and the places of the first ones."""

    count: int = 0
    places: list[Place] = field(default_factory=list)

    def add(self, place: Place) -> None:
        self.count += 1
        if len(self.places) < 10:
            self.places.append(place)


@dataclass
class Survey:
    """Counts of all rows that take() has seen. `write(text)` is called for each kept text."""

    choices: Choices
    drops_duplicates: bool
    write: Callable[[bytes], object] | None = None
    rows: int = 0
    dropped: dict[str, Dropped] = field(default_factory=dict)
    raw_counts: dict[str, int] = field(default_factory=dict)  # label in the file -> rows, before merging
    classes: dict[str, int] = field(default_factory=dict)  # class -> its number, in the order of appearance
    examples: list[list[str]] = field(default_factory=list)  # by the number of the class
    labels: "array[int]" = field(default_factory=lambda: array("H"))
    parts: "array[int]" = field(default_factory=lambda: array("B"))
    words: "array[int]" = field(default_factory=lambda: array("I"))
    longest: int = 0  # characters
    repeated: int = 0  # duplicates that were kept
    first_test_row: dict[str, Place] = field(default_factory=dict)  # class -> place
    _seen: dict[int, int] = field(default_factory=dict)

    def take(self, entry: Entry, text_column: int, label_column: int) -> None:
        """Count one row. Raises DataError for a row that means that the file is not what it seems."""
        place, cells, part = entry
        text, label = cells[text_column], cells[label_column]
        self.rows += 1
        if self.rows > limits.MOST_ROWS:
            raise DataError(f"There are more than {limits.MOST_ROWS:,} rows. Split the file.")
        if isinstance(text, Nested) or isinstance(label, Nested):
            raise DataError(
                f"{where(place)}: the {'text' if isinstance(text, Nested) else 'label'} is a list, an "
                "object or "
                "bytes, not a text. Choose another column, or write the value as a text."
            )
        reason = self._why_dropped(text, label, part)
        if reason:
            self.drop(reason, place)
            return
        number = self._class_number(label, place, part) if part != UNLABELLED else 0
        if not text.isascii() or "\r" in text or "\0" in text:
            text = clean(text)
        encoded = text.encode()
        if (repeated := self._repeats(encoded, number, part)) and self.drops_duplicates:
            self.drop(repeated, place)
            return
        self.repeated += repeated is not None
        self._keep(text, encoded, number, part)

    def drop(self, reason: str, place: Place) -> None:
        """Count a row that is dropped."""
        self.dropped.setdefault(reason, Dropped()).add(place)

    def _why_dropped(self, text: str, label: str, part: int) -> str | None:
        if part != UNLABELLED:
            if not label.strip():
                return NO_LABEL if text.strip() else EMPTY
            self._count_label(label)
            if label in self.choices.left_out:
                return LEFT_OUT
        if not text.strip():
            return EMPTY
        return TOO_LONG if len(text) > limits.LONGEST_TEXT else None

    def _count_label(self, label: str) -> None:
        if label not in self.raw_counts:
            if len(label) > limits.LONGEST_LABEL:
                raise NotLabels(
                    f"The label {label[:40]!r}... has {len(label):,} characters; at most "
                    f"{limits.LONGEST_LABEL} are "
                    "allowed. Choose the column that holds the labels."
                )
            if len(self.raw_counts) == limits.MOST_LABELS:
                raise NotLabels(
                    f"The label column has more than {limits.MOST_LABELS:,} different values. Choose the "
                    "column "
                    f"that holds the labels; {limits.FEWEST_CLASSES} to {limits.MOST_CLASSES} classes are "
                    "allowed."
                )
        self.raw_counts[label] = self.raw_counts.get(label, 0) + 1

    def _class_number(self, label: str, place: Place, part: int) -> int:
        name = self.choices.merges.get(label, label)
        if part == TEST:
            self.first_test_row.setdefault(name, place)
        if name not in self.classes:
            self.classes[name] = len(self.classes)
            self.examples.append([])
        return self.classes[name]

    def _repeats(self, encoded: bytes, number: int, part: int) -> str | None:
        """DUPLICATE or CONFLICT if an earlier row has this text with the same or another class."""
        digest = int.from_bytes(blake2b(encoded, digest_size=8, salt=bytes([part])).digest())
        earlier = self._seen.get(digest)
        if earlier is None:
            self._seen[digest] = number
            return None
        return DUPLICATE if earlier == number else CONFLICT

    def _keep(self, text: str, encoded: bytes, number: int, part: int) -> None:
        self.labels.append(number)
        self.parts.append(part)
        self.words.append(text.count(" ") + 1)
        self.longest = max(self.longest, len(text))
        if part != UNLABELLED and len(self.examples[number]) < limits.EXAMPLES:
            self.examples[number].append(text[: limits.LONGEST_EXAMPLE])
        if self.write:
            self.write(encoded)

    @property
    def median_words(self) -> int:
        return int(statistics.median(self.words)) if self.words else 0

    @property
    def mean_words(self) -> int:
        """Of the texts with a label."""
        words = np.frombuffer(self.words, np.uint32)[np.frombuffer(self.parts, np.uint8) != UNLABELLED]
        return round(float(words.mean())) if len(words) else 0


class NotLabels(DataError):
    """The label column cannot hold labels; the rest of the file may be fine."""


def where(place: Place) -> str:
    """A place at the beginning of a sentence."""
    return f"Line {place}" if isinstance(place, int) else place
