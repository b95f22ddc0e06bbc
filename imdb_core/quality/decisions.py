"""What the user decided about listed texts: excluded, or "looked at, the label is right".

Excluded texts are kept by data/own/store with a reason, which is one of the codes below. Texts whose label is
right are kept here, so that they are not listed again. Called by the panel "Labels to look at" and `check`.
"""

import json
from collections.abc import Collection

from imdb_core import files
from imdb_core.data.own import store
from imdb_core.errors import DataError
from imdb_core.quality.material import folder, is_own, made_folder
from imdb_core.quality.reports import Copies, Doubt, LabelReport

LABEL, DUPLICATE = "label", "duplicate"  # why a text was excluded
LOOKED_AT = "looked-at.jsonl"  # {"index": i, "right": true or false}: the last line of a text holds
LARGEST_FILE = 2**24  # bytes


def exclude(name: str, indices: Collection[int], why: str) -> None:
    """Exclude these training texts from the data set. Raises DataError."""
    for index in indices:
        store.exclude(name, index, why)


def include(name: str, indices: Collection[int]) -> None:
    """Undo exclude(). Raises DataError."""
    for index in indices:
        store.include(name, index)


def mark_right(name: str, index: int, right: bool = True) -> None:
    """Note that the label of a text is right, so that it is not listed again; `right` False undoes it."""
    try:
        with files.open_appending(made_folder(name) / LOOKED_AT) as file:
            # A line feed in front as well: the last line may have been cut.
            file.write(b"\n" + json.dumps({"index": index, "right": right}).encode() + b"\n")
    except (OSError, ValueError) as error:
        raise DataError(f"The mark on text {index} cannot be written: {error}. Try again.") from error


def forget_right(name: str, indices: Collection[int]) -> None:
    """Undo mark_right() for these texts. Raises DataError."""
    for index in indices:
        mark_right(name, index, right=False)


def right(name: str) -> set[int]:
    """The texts whose label the user found right. Lines that a crash has cut are left out."""
    try:
        content = files.read_bounded(folder(name) / LOOKED_AT, LARGEST_FILE)
    except FileNotFoundError:
        return set()
    except (OSError, ValueError) as error:
        raise DataError(f"The marks of {name} cannot be read: {error}. Remove {LOOKED_AT}.") from error
    indices: set[int] = set()
    for line in content.split(b"\n"):
        try:
            row = json.loads(line)
            (indices.add if row["right"] else indices.discard)(int(row["index"]))
        except (ValueError, LookupError, TypeError):
            continue
    return indices


def decided(name: str) -> set[int]:
    """The training texts that are excluded or whose label the user found right. Raises DataError."""
    return {*(store.excluded(name) if is_own(name) else ()), *right(name)}


def open_doubts(report: LabelReport, decided: Collection[int]) -> list[Doubt]:
    """The contradicted labels about which the user has not decided."""
    return [doubt for doubt in report.doubts if doubt.index not in decided]


def repeated(copies: Copies, excluded: Collection[int]) -> list[int]:
    """The training texts to exclude so that the text stands in the data set once; [] if their labels differ.

    If it is a test text too, all its training texts; else all but the first. Copies with different labels
    need a person: one of the labels is wrong.
    """
    if copies.has_other_labels:
        return []
    training = [index for part, index, _ in copies.members if part == "training" and index not in excluded]
    return training if copies.across else training[1:]
