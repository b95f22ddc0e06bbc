"""The stored data sets: list, read, rename, delete, exclude and include texts.

A data set is a folder own-<id>/ in the cache folder (layout.py). Folders are listed each time, so a data set
that another process adds appears at once. Called by source.py, the page, the command and the checks of data
quality.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core import files, temporary
from imdb_core.data.own import layout
from imdb_core.data.own.choices import check_title
from imdb_core.data.own.parts import TEST, TRAINING, UNLABELLED
from imdb_core.data.own.texts import Texts
from imdb_core.errors import DataError
from imdb_core.file_cache import FileCache
from imdb_core.operating_system.file_access import move_folder
from imdb_core.paths import cache_folder

PARTS = {"training": TRAINING, "test": TEST, "unlabelled": UNLABELLED}
_LARGEST_DESCRIPTION, _LARGEST_EXCLUDED = 2**20, 2**26  # bytes


@dataclass(frozen=True)
class Facts:
    """What is known of a data set without reading its texts."""

    name: str  # of its source: "own-<id>"
    title: str
    noun: str
    classes: tuple[str, ...]
    counts: Mapping[str, int]  # "training", "test", "unlabelled"
    class_counts: Mapping[str, tuple[int, ...]]  # "training", "test": texts of each class
    mean_words: int  # of a text with a label
    longest: int  # characters
    test: str  # "given" or "split"
    choices: Mapping[str, Any]  # as the user wrote them; see choices.py
    dropped: tuple[Mapping[str, Any], ...]
    file_name: str
    created: str  # UTC
    fingerprint: str  # of the stored texts; source.py adds the excluded ones


def names() -> list[str]:
    """The names of all readable data sets, the oldest first."""
    complete = []
    for name in files.names(cache_folder(), layout.NAME):
        if is_readable(name):  # not damaged, and not another program's folder
            complete.append((facts(name).created, name))
    return [name for _, name in sorted(complete)]


def is_readable(name: str) -> bool:
    """Whether there is a data set of this name."""
    try:
        facts(name)
    except DataError:
        return False
    return True


def folder(name: str) -> Path:
    """The folder of a data set. Raises DataError for a name that cannot be one."""
    if not re.fullmatch(layout.NAME, name):
        raise DataError(
            f"{name!r:.60} is no data set of your own; “python -m imdb_core data list” lists them."
        )
    return cache_folder() / name


def facts(name: str) -> Facts:
    """The description of a data set. Raises DataError if it is missing or damaged."""
    place = folder(name)
    watched = tuple(path for path in (place / layout.DESCRIPTION, place / layout.TITLE) if path.is_file())
    return _facts.value((place, len(watched)), watched, compute=lambda: _read_facts(name, place))


_facts = FileCache[Facts](limit=200)


def _read_facts(name: str, place: Path) -> Facts:
    try:
        values = json.loads(files.read_bounded(place / layout.DESCRIPTION, _LARGEST_DESCRIPTION))
        if values["format"] > layout.FORMAT:
            raise DataError(f"A newer version of this app has written the data set {name}. Update the app.")
        if (place / layout.TITLE).is_file():
            title = json.loads(files.read_bounded(place / layout.TITLE, _LARGEST_DESCRIPTION))
            values |= {"name": str(title["name"]), "noun": str(title["noun"])}
        return Facts(
            name=name,
            title=str(values["name"]),
            noun=str(values["noun"]),
            classes=tuple(map(str, values["classes"])),
            counts={part: int(values["counts"][part]) for part in PARTS},
            class_counts={part: tuple(values["class_counts"][part]) for part in ("training", "test")},
            mean_words=int(values["mean_words"]),
            longest=int(values["longest"]),
            test=str(values["test"]),
            choices=dict(values["choices"]),
            dropped=tuple(values["dropped"]),
            file_name=str(values["file_name"]),
            created=str(values["created"]),
            fingerprint=str(values["fingerprint"]),
        )
    except FileNotFoundError as error:
        raise DataError(
            f"There is no data set {name}; it may have been deleted. Add its file again."
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"The data set {name} is damaged ({error}). Delete it and add its file again."
        ) from error


def texts(name: str, part: str, *, with_excluded: bool = False) -> Texts:
    """The texts of "training", "test" or "unlabelled", in the order of the file. Raises DataError.

    Without excluded texts, text i is row i of the corpus that source.py loads. `indices` are the places in
    the whole data set, for exclude().
    """
    place = folder(name)
    facts(name)  # raises DataError if the data set is gone
    try:
        parts, labels = _array(place / layout.PARTS), _array(place / layout.LABELS)
        chosen = parts == PARTS[part]
        if not with_excluded:
            chosen[[index for index in excluded(name) if index < len(chosen)]] = False
        indices = np.flatnonzero(chosen)
        return Texts(place, indices, labels[indices])
    except (OSError, ValueError, IndexError) as error:
        raise DataError(
            f"The data set {name} is damaged ({error}). Delete it and add its file again."
        ) from error


def _array(path: Path) -> NDArray[np.uint8]:
    values: NDArray[np.uint8] = np.load(path, allow_pickle=False)
    if values.dtype != np.uint8 or values.ndim != 1:
        raise ValueError(f"{path.name} is not the array that was written")
    return values


def excluded(name: str) -> dict[int, str]:
    """The excluded texts: index in the whole data set -> why."""
    reasons: dict[int, str] = {}
    try:
        content = files.read_bounded(folder(name) / layout.EXCLUDED, _LARGEST_EXCLUDED)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"The list of excluded texts of {name} cannot be read: {error}.") from error
    for line in content.split(b"\n"):
        try:
            row = json.loads(line)
            index = int(row["index"])
        except (ValueError, LookupError, TypeError):
            continue  # the last line may be cut, after a power failure
        if row.get("included"):
            reasons.pop(index, None)
        else:
            reasons[index] = str(row.get("why", ""))
    return reasons


def exclude(name: str, index: int, why: str) -> None:
    """Leave the text with this index out of trainings; it stays in the data set. Raises DataError."""
    _append(name, {"index": int(index), "why": why, "time": _now()})


def include(name: str, index: int) -> None:
    """Undo exclude()."""
    _append(name, {"index": int(index), "included": True, "time": _now()})


def _append(name: str, row: dict[str, Any]) -> None:
    counts = facts(name).counts
    if not 0 <= row["index"] < sum(counts.values()):
        raise DataError(
            f"{name} has no text with the index {row['index']}; it has {sum(counts.values()):,} texts."
        )
    try:
        with files.open_appending(folder(name) / layout.EXCLUDED) as file:
            # A line feed in front as well: the last line may have been cut.
            file.write(b"\n" + json.dumps(row, ensure_ascii=True).encode() + b"\n")
    except (OSError, ValueError) as error:
        raise DataError(f"The text could not be excluded or included: {error}.") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def rename(name: str, title: str, noun: str = "") -> None:
    """Give a data set another title, and another noun if one is given. Raises DataError."""
    known = facts(name)
    check_title("name", title)
    check_title("noun", noun, may_be_empty=True)
    files.write_json(folder(name) / layout.TITLE, {"name": title.strip(), "noun": noun.strip() or known.noun})


def delete(name: str) -> None:
    """Remove a data set; runs that used it stay readable.

    The folder is renamed first, so that it leaves the list at once. Raises DataError if that fails, and if
    the folder holds a foreign file.
    """
    place = folder(name)
    facts(name)
    try:
        foreign = files.foreign(place, layout.OWN)
    except OSError as error:
        raise DataError(f"{name} was not deleted: {error}.") from error
    if foreign:
        raise DataError(
            f"{name} was not deleted: its folder holds {foreign!r}, which this app did not create. Move it "
            "elsewhere, "
            f"then try again ({place})."
        )
    trash = temporary.beside(place)  # proposal.py removes what this leaves
    try:
        move_folder(place, trash)
    except OSError as error:
        raise DataError(f"{name} was not deleted: {error.strerror} ({place}).") from error
    files.remove_own(trash, layout.OWN)
