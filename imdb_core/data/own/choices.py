"""What the user decides about a data set before it is stored. Called by page, command and survey.py."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imdb_core.data.own import limits
from imdb_core.data.own.tables import Wishes
from imdb_core.errors import DataError

DEFAULT_TEST_SHARE, DEFAULT_SEED = 0.2, 1


@dataclass(frozen=True)
class Choices:
    """All that a user can choose; empty values and None stand for "guess", see Proposal for the guesses.

    `drop_duplicates` None: duplicates are dropped if this app makes the test part, and stay if the test part
    is given, because a published split must stay as it is.
    """

    text: str = ""  # the column of the texts
    label: str = ""  # the column of the labels
    encoding: str = ""
    separator: str = ""
    quoted: bool | None = None
    header: bool | None = None
    test_share: float = DEFAULT_TEST_SHARE
    seed: int = DEFAULT_SEED  # of the random choice of test rows
    test_path: str = ""
    merges: Mapping[str, str] = field(default_factory=dict)  # label in the file -> class
    left_out: tuple[str, ...] = ()  # labels in the file
    name: str = ""  # the title; empty: the name of the file
    noun: str = ""  # for sentences: "customer reviews"
    drop_duplicates: bool | None = None

    @property
    def wishes(self) -> Wishes:
        """The part that tables.detect() needs."""
        return Wishes(self.encoding, self.separator, self.quoted, self.header)

    def as_json(self) -> dict[str, Any]:
        """The choices as a JSON object; of_json() reads it."""
        return dataclasses.asdict(self)

    @staticmethod
    def of_json(values: Mapping[str, Any]) -> "Choices":
        """The checked choices of a JSON object. Raises DataError for a wrong value."""
        known = {entry.name for entry in dataclasses.fields(Choices)}
        choices = Choices(**{name: value for name, value in values.items() if name in known})
        choices = dataclasses.replace(choices, left_out=tuple(choices.left_out), merges=dict(choices.merges))
        choices.check()
        return choices

    def check(self) -> None:
        """Raise DataError for a value out of its range."""
        lowest, highest = limits.LOWEST_TEST_SHARE, limits.HIGHEST_TEST_SHARE
        if not lowest <= self.test_share <= highest:
            raise DataError(
                f"The test share is {self.test_share}; it must be between {lowest} and {highest}. "
                f"The default is {DEFAULT_TEST_SHARE}."
            )
        if not 0 <= self.seed < 2**32:
            raise DataError(f"The seed is {self.seed}; it must be between 0 and {2**32 - 1}.")
        for kind, text in (("name", self.name), ("noun", self.noun)):
            check_title(kind, text, may_be_empty=True)
        for target in self.merges.values():
            if not target.strip() or len(target) > limits.LONGEST_LABEL:
                raise DataError(
                    f"A class cannot be called {target!r:.60}. Give it a name of 1 to "
                    f"{limits.LONGEST_LABEL} characters."
                )


def check_title(kind: str, text: str, *, may_be_empty: bool = False) -> None:
    """Raise DataError unless `text` can be a data set's `kind`: its name or its noun."""
    if not text.strip() and not (may_be_empty and not text):
        raise DataError(f"The {kind} is empty. Give it 1 to {limits.LONGEST_TITLE} characters.")
    if len(text) > limits.LONGEST_TITLE or not text.isprintable():
        raise DataError(
            f"The {kind} {text!r:.80} cannot be used. It must have at most {limits.LONGEST_TITLE} "
            "printable characters."
        )
