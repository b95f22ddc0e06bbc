"""Open what the user has named, a table, a folder or an archive, as rows with columns. Called by survey.py.

Runs in the reading process. Folders and archives of text files look like a table too: folders.py gives them
the columns "class" and "text", and their part.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from imdb_core.data.own import archives, folders, limits, tables
from imdb_core.data.own.parts import UNDECIDED
from imdb_core.data.own.tables import Layout, Wishes
from imdb_core.errors import DataError

Place = str | int  # where a row is: its line number, or the path of its file
Entry = tuple[Place, list[str], int]  # place, cells, part


@dataclass(frozen=True)
class Opened:
    """Rows of one or several files. `entries()` starts from the first row each time."""

    layout: Layout
    entries: Callable[[], Iterator[Entry]]
    bytes: int  # about as many as the texts have; 0 if unknown
    has_test_part: bool = False
    warnings: tuple[str, ...] = ()


def opened(path: Path, wishes: Wishes, scratch: Path) -> Opened:
    """The rows at `path`. Archives may put files into the folder `scratch`. Raises DataError."""
    kind = _kind(path)
    if kind == "folder":
        return _of_files(path.name, folders.FolderFiles(path), wishes)
    if archive := archives.open_archive(path, scratch):
        return _of_files(path.name, archive, wishes)
    return table(path, wishes)


def table(path: Path, wishes: Wishes, part: int = UNDECIDED) -> Opened:
    """The rows of one file."""
    layout = tables.detect(path, wishes)

    def entries() -> Iterator[Entry]:
        for line, cells in tables.rows(path, layout):
            yield line, cells, part

    return Opened(layout, entries, path.stat().st_size)


def _of_files(name: str, files: folders.Files, wishes: Wishes) -> Opened:
    """The rows of a folder or an archive: text files in a known order, or tables."""
    plan = folders.plan(name, files)
    if plan.tables:
        return _of_tables(name, plan, files, wishes)
    layout = Layout(wishes.encoding or "utf-8", "", False, False, plan.columns, "folder")

    def entries() -> Iterator[Entry]:
        return archives.guarded(name, folders.rows(files, plan, layout.encoding))

    return Opened(layout, entries, files.bytes, plan.has_test_part, plan.warnings)


def _of_tables(name: str, plan: folders.Plan, files: folders.Files, wishes: Wishes) -> Opened:
    """One table, or a table for training and one for the test."""
    parts = [(table(files.local(path), wishes, part), path) for path, part in plan.tables]
    first = parts[0][0]
    for other, path in parts[1:]:
        if other.layout.columns != first.layout.columns:
            raise DataError(
                f"{name}: {path} and {parts[0][1]} have different columns. Add the files one by one, with "
                "the "
                "test file as the test part."
            )

    def entries() -> Iterator[Entry]:
        for other, path in parts:
            for place, cells, part in other.entries():
                yield (place if len(parts) == 1 else f"{path}, line {place}"), cells, part

    total = sum(other.bytes for other, _ in parts)
    return Opened(first.layout, entries, total, plan.has_test_part, plan.warnings)


def _kind(path: Path) -> str:
    """ "file" or "folder". Raises DataError for everything else, with its kind."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise DataError(f"{path} is a link to itself. Name the file with the texts.") from error
        raise DataError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except ValueError as error:  # a NUL in the path
        raise DataError(f"{str(path)!r} is not a path: {error}.") from error
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        kinds = {stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket"}
        kind = next((name for is_kind, name in kinds.items() if is_kind(mode)), "a device")
        raise DataError(f"{path} is {kind}, not a file or a folder. Save the texts in a file first.")
    size = os.stat(path).st_size
    if size > limits.MOST_FILE_BYTES:
        raise DataError(
            f"{path.name} has {size:,} bytes; at most {limits.MOST_FILE_BYTES:,} are allowed. Split the file."
        )
    if not size:
        raise DataError(f"{path.name} is empty. Choose a file with labelled texts.")
    return "file"
