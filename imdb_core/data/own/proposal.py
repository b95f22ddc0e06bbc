"""Add a data set: propose() reads a file and describes it, add() stores it. Called by page and command."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from imdb_core import temporary
from imdb_core.data.own import bounded, layout
from imdb_core.data.own.choices import Choices
from imdb_core.data.reviews import Progress
from imdb_core.errors import DataError
from imdb_core.files import leftovers, remove_own
from imdb_core.operating_system.file_access import move_folder, sync_folder
from imdb_core.paths import cache_folder


@dataclass(frozen=True)
class Column:
    """A column and some of its cells."""

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Class:
    """A class, its texts in both parts, and up to three of them; `merged` are the labels merged into it."""

    name: str
    training: int
    test: int
    examples: tuple[str, ...]
    merged: tuple[str, ...]


@dataclass(frozen=True)
class Dropped:
    """The rows dropped for one `reason`, a key of DROPPED.

    `places`: the first ten, line numbers or paths of files.
    """

    reason: str
    count: int
    places: tuple[int | str, ...]


@dataclass(frozen=True)
class Proposal:
    """What add() would store. `problem` says why it would refuse; empty if it would not."""

    file_name: str
    layout: Mapping[str, Any]  # the fields of tables.Layout
    columns: tuple[Column, ...]
    text: str  # column of the texts
    label: str  # column of the labels
    classes: tuple[Class, ...]  # in the order of their numbers
    labels: Mapping[str, int]  # label in the file -> rows, before merging and leaving out
    rows: int
    unlabelled: int
    dropped: tuple[Dropped, ...]
    median_words: int
    mean_words: int  # of the texts with a label
    longest: int  # characters
    test: str  # "given", or "split" if add() draws the test part
    warnings: tuple[str, ...]  # sentences
    problem: str  # a sentence

    @property
    def training_texts(self) -> int:
        return sum(entry.training for entry in self.classes)

    @property
    def test_texts(self) -> int:
        return sum(entry.test for entry in self.classes)

    @property
    def encoding_is_certain(self) -> bool:
        """False if the encoding is a guess that the user has to confirm by choosing it."""
        return bool(self.layout["encoding_is_certain"])


DROPPED = {  # reason -> for a list: "12 ..."
    "empty": "without a text",
    "no-label": "without a label",
    "duplicate": "with the text and the label of an earlier row",
    "conflict": "with the text of an earlier row and another label",
    "too-long": "with a text that is too long",
    "left-out": "with a label that is left out",
}


def propose(path: Path | str, choices: Choices = Choices(), progress: Progress | None = None) -> Proposal:
    """What the texts at `path` are understood to be; nothing is stored. Raises DataError."""
    with _temporary() as folder:
        return _proposal(bounded.answer(_request(path, choices, folder), progress))


def add(
    path: Path | str,
    choices: Choices = Choices(),
    progress: Progress | None = None,
    *,
    before_storing: Callable[[Proposal], object] = lambda understood: None,
) -> str:
    """Store the texts at `path` as a data set; returns the name of its source, "own-<id>".

    `before_storing` is called with the Proposal; if it raises, nothing is stored. The encoding must be
    certain or chosen. Raises DataError; then nothing is stored.
    """
    with _temporary() as folder:
        proposal = _proposal(bounded.answer(_request(path, choices, folder, store=True), progress))
        before_storing(proposal)
        require_storable(proposal)
        name = f"own-{secrets.token_hex(4)}"
        _remove_scratch(folder)
        try:
            move_folder(folder, cache_folder() / name)
            sync_folder(cache_folder())
        except OSError as error:
            raise DataError(f"The data set cannot be stored in {cache_folder()}: {error}.") from error
    return name


def require_storable(proposal: Proposal) -> None:
    """Raise DataError if add() would refuse."""
    if proposal.problem:
        raise DataError(proposal.problem)
    if not proposal.encoding_is_certain:
        guess, others = proposal.layout["encoding"], proposal.layout["other_encodings"]
        listed = f" {', '.join(others)} would fit as well." if others else ""
        example = next(
            (sample for column in proposal.columns for sample in column.samples if not sample.isascii()), ""
        )
        raise DataError(
            f"{proposal.file_name} is not UTF-8. It looks like {guess}: “{example[:60]}”.{listed} Confirm "
            "by choosing "
            "the encoding, for instance with --encoding."
        )


def _request(path: Path | str, choices: Choices, folder: Path, *, store: bool = False) -> dict[str, Any]:
    choices.check()
    values = choices.as_json()
    if choices.test_path:
        values["test_path"] = _absolute(choices.test_path)
    request = {"path": _absolute(path), "choices": values, "scratch": str(folder / "scratch")}
    return request | ({"folder": str(folder)} if store else {})


def _absolute(path: Path | str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _proposal(answer: Mapping[str, Any]) -> Proposal:
    values = {entry.name: answer[entry.name] for entry in fields(Proposal)}
    values["columns"] = tuple(Column(item["name"], tuple(item["samples"])) for item in answer["columns"])
    values["classes"] = tuple(
        Class(item["name"], item["training"], item["test"], tuple(item["examples"]), tuple(item["merged"]))
        for item in answer["classes"]
    )
    values["dropped"] = tuple(
        Dropped(item["reason"], item["count"], tuple(item["places"])) for item in answer["dropped"]
    )
    values["warnings"] = tuple(answer["warnings"])
    return Proposal(**values)


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    """A folder in the cache folder that is removed at the end, with an empty folder scratch/ in it."""
    cache = cache_folder()
    folder = temporary.beside(cache / f"own-{secrets.token_hex(4)}")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for left in leftovers(cache, layout.NAME):
            remove_own(left, layout.OWN)
        (folder / "scratch").mkdir(parents=True)
    except OSError as error:
        raise DataError(
            f"The data set cannot be kept in {cache}: {error}. Free disk space there, make the folder "
            "writable, or set "
            "IMDB_CACHE_DIR to another folder."
        ) from error
    try:
        yield folder
    finally:
        remove_own(folder, layout.OWN)


def _remove_scratch(folder: Path) -> None:
    for path in (folder / "scratch").iterdir():
        path.unlink()
    (folder / "scratch").rmdir()
