"""What a check of a data set found, and the files that keep it. Written by check and training/out_of_fold.

The panel "Labels to look at" and the command `check` read the files. Each report holds the fingerprint of its
texts, so a report on texts that have changed since is not shown.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded, write_json
from imdb_core.quality import confident
from imdb_core.quality.material import folder

COUNTING = "counting"  # the method of labels by TF-IDF; every other method is the name of a network
MOST_DOUBTS, MOST_GROUPS, MOST_MEMBERS = 5000, 1000, 20  # that are kept, to bound the files
LARGEST_FILE = 8 * 2**20  # bytes
FEW_TEXTS = 30  # a class with fewer training texts is rare

Share = Annotated[float, Ge(0), Le(1)]
Count = Annotated[int, Ge(0)]
Part = Literal["training", "test"]
Report = TypeVar("Report", "LabelReport", "TextReport")


@dataclass(frozen=True)
class Doubt:
    """A training text whose label is contradicted. `index` is its number in the data set.

    `given_share` and `suggested_share` are what the model gives to the given and to the suggested label.
    """

    index: Count
    label: Count
    suggested: Count
    given_share: Share
    suggested_share: Share


@dataclass(frozen=True)
class LabelReport:
    """Labels to look at, the surest contradiction first, by out-of-fold predictions of `method`.

    `agreement` is the share of training texts whose largest share is that of their label; `wrong` estimates
    how many labels are wrong; `doubted` counts all contradicted labels, of which `doubts` are the first.
    """

    format: Literal[1]
    fingerprint: str
    method: str
    folds: Count
    texts: Count
    agreement: Share
    wrong: Annotated[float, Ge(0)]
    doubted: Count
    doubts: tuple[Doubt, ...]
    seconds: Annotated[float, Ge(0)]
    when: str


@dataclass(frozen=True)
class Copies:
    """Duplicates of one text: (part, number in the data set, label) of each, at most MOST_MEMBERS.

    `similarity` is 1 for exact duplicates. `texts` counts all of them.
    """

    members: tuple[tuple[Part, Count, Count], ...]
    similarity: Share
    texts: Count
    has_other_labels: bool
    across: bool


@dataclass(frozen=True)
class Telling:
    """A word or phrase that gives a class away; see leakage.TellingWord."""

    phrase: str
    label: Count
    precision: Share
    coverage: Share
    elsewhere: Share
    texts: Count


@dataclass(frozen=True)
class TextReport:
    """Duplicates, telling words and sizes of the classes; all but the labels.

    `repeated` counts training texts that repeat an earlier training text, `in_training` test texts that are
    training texts too, `groups` all groups of duplicates, `with_other_labels` those with different labels.
    """

    format: Literal[1]
    fingerprint: str
    classes: tuple[str, ...]
    train_counts: tuple[Count, ...]
    test_counts: tuple[Count, ...]
    repeated: Count
    in_training: Count
    groups: Count
    with_other_labels: Count
    all_compared: bool
    copies: tuple[Copies, ...]
    telling: tuple[Telling, ...]
    seconds: Annotated[float, Ge(0)]
    when: str

    @property
    def rare(self) -> tuple[int, ...]:
        """The classes with fewer than FEW_TEXTS training texts, the rarest first."""
        few = [label for label, count in enumerate(self.train_counts) if count < FEW_TEXTS]
        return tuple(sorted(few, key=lambda label: self.train_counts[label]))


def labels_file(name: str, method: str) -> Path:
    """The file of the LabelReport by this method."""
    return folder(name) / f"labels-{method}.json"


def texts_file(name: str) -> Path:
    """The file of the TextReport."""
    return folder(name) / "texts.json"


def labels(name: str, method: str, fingerprint: str) -> LabelReport | None:
    """The stored report on these texts; None if there is none, or if its file is damaged."""
    return read_labels(labels_file(name, method), fingerprint)


def texts(name: str, fingerprint: str) -> TextReport | None:
    """The stored report on these texts; None if there is none, or if its file is damaged."""
    return read_texts(texts_file(name), fingerprint)


def read_labels(path: Path, fingerprint: str) -> LabelReport | None:
    """The LabelReport in a file; None if it is missing, damaged or on other texts."""
    return _read(path, _LABELS, fingerprint)


def read_texts(path: Path, fingerprint: str) -> TextReport | None:
    """The TextReport in a file; None if it is missing, damaged or on other texts."""
    return _read(path, _TEXTS, fingerprint)


def methods(name: str) -> list[str]:
    """The methods whose LabelReports are stored, counting first; a report may be of older texts."""
    stored = [path.stem.removeprefix("labels-") for path in sorted(folder(name).glob("labels-*.json"))]
    return sorted(stored, key=lambda method: method != COUNTING)


def write(path: Path, report: LabelReport | TextReport) -> None:
    """Keep a report; its folder exists, see material.made_folder(). Raises OSError."""
    write_json(path, asdict(report))


def doubts(
    shares: confident.Shares, labels: NDArray[np.integer[Any]], numbers: Sequence[int] | NDArray[np.int64]
) -> tuple[int, tuple[Doubt, ...]]:
    """(count of contradicted labels, the first MOST_DOUBTS).

    `numbers` are the texts' numbers in the data set.
    """
    contradicted = confident.contradictions(shares, labels)
    first = zip(
        contradicted.indices[:MOST_DOUBTS].tolist(),
        contradicted.suggested[:MOST_DOUBTS].tolist(),
        strict=True,
    )
    return len(contradicted), tuple(
        Doubt(
            index=int(numbers[row]),
            label=int(labels[row]),
            suggested=suggested,
            given_share=_rounded(shares[row, labels[row]]),
            suggested_share=_rounded(shares[row, suggested]),
        )
        for row, suggested in first
    )


_LABELS, _TEXTS = TypeAdapter(LabelReport), TypeAdapter(TextReport)
_cache: FileCache[Any] = FileCache(8)


def _rounded(share: Any) -> float:
    return round(min(1.0, max(0.0, float(share))), 6)


def _read(path: Path, kind: TypeAdapter[Report], fingerprint: str) -> Report | None:
    def parsed() -> Report | None:
        try:
            return kind.validate_json(read_bounded(path, LARGEST_FILE))
        except (OSError, ValueError, ValidationError):
            return None

    report: Report | None = _cache.value(path, (path,), compute=parsed)
    return report if report and report.fingerprint == fingerprint else None
