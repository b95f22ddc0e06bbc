"""Read text files sorted into classes: a folder for each class, or a file for each class with a text a line.

plan() decides by the paths alone, so it is the same for a folder on this machine and for an archive
(archives.py). Called by opening.py, in the reading process.
"""

import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from imdb_core.data.own import encodings, limits
from imdb_core.data.own.parts import TEST, TRAINING, UNDECIDED, UNLABELLED
from imdb_core.errors import DataError
from imdb_core.files import NO_BOUND, open_regular

PARTS = {"train": TRAINING, "training": TRAINING, "test": TEST, "testing": TEST}
NO_CLASS = ("unsup", "unlabelled", "unlabeled")  # folders of texts without a label; the first is Stanford's
TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".label")
NO_TEXTS: tuple[str, ...] = (
    ".feat",
    ".vocab",
    ".md",
    ".pdf",
    ".json",
    ".py",
    ".png",
    ".jpg",
    ".html",
    ".doc",
    ".docx",
    ".xlsx",
)
NO_TEXTS += (".zip", ".gz", ".tar", ".7z", ".rar", ".exe", ".dll", ".so", ".npz", ".npy", ".pkl", ".h5")
_ABOUT = re.compile(r"(?i)(readme|license|licence|copying|changelog|attribution|urls_)[^/]*$")
_RATING = re.compile(r"[0-9]+_(10|[0-9])\.txt$")  # Stanford's file names: ID_RATING.txt
MOST_FILE = 4 * limits.LONGEST_FIELD  # bytes of a file that is one text


class Files(Protocol):
    """Files below one place, by their paths with "/"."""

    @property
    def bytes(self) -> int: ...

    def paths(self) -> list[str]: ...

    def streams(self, wanted: Collection[str]) -> Iterator[tuple[str, BinaryIO]]: ...

    def local(self, path: str) -> Path: ...


@dataclass(frozen=True)
class Plan:
    """Which files hold what: tables, or texts with their class and part."""

    columns: tuple[str, ...]
    texts: dict[str, tuple[str, int]]  # path -> (class, part)
    tables: tuple[tuple[str, int], ...] = ()  # (path, part)
    is_file_per_class: bool = False
    has_test_part: bool = False
    warnings: tuple[str, ...] = ()


class FolderFiles:
    """The files of a folder on this machine; links are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._paths, self.bytes = folder, list[str](), 0
        for place, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                self._add(Path(place, name))

    def _add(self, path: Path) -> None:
        if path.is_symlink() or not path.is_file():
            raise DataError(f"{path} is a link, a pipe or a device. Put the file itself into the folder.")
        self._paths.append(path.relative_to(self.folder).as_posix())
        self.bytes += path.stat().st_size
        if len(self._paths) > limits.MOST_ENTRIES or self.bytes > limits.MOST_FILE_BYTES:
            raise DataError(
                f"{self.folder} has too many files; at most {limits.MOST_ENTRIES:,} files with "
                f"{limits.MOST_FILE_BYTES:,} bytes are allowed."
            )

    def paths(self) -> list[str]:
        """The paths of all files."""
        return self._paths

    def streams(self, wanted: Collection[str]) -> Iterator[tuple[str, BinaryIO]]:
        """(path, opened file) of each wanted file. Raises DataError."""
        for name in self._paths:
            if name in wanted:
                try:
                    with open_regular(self.folder / name, NO_BOUND) as file:
                        yield name, io.BufferedReader(file)
                except (OSError, ValueError) as error:
                    raise DataError(f"{self.folder / name} cannot be read: {error}.") from error

    def local(self, path: str) -> Path:
        """The file as a file of this machine."""
        return self.folder / path


def plan(name: str, files: Files) -> Plan:
    """What the files are. Raises DataError if they are neither tables nor texts sorted into classes."""
    paths = [path for path in files.paths() if not _is_hidden(path)]
    tables = [path for path in paths if path.lower().endswith(TABLES)]
    texts = [
        path for path in paths if not path.lower().endswith((*TABLES, *NO_TEXTS)) and not _ABOUT.search(path)
    ]
    sorted_texts = _without_parts(texts)
    deep = {path: (rest, part) for path, (rest, part) in sorted_texts.items() if len(rest) > 1}
    if len(deep) > len(texts) / 2:
        return _folder_per_class(name, deep, len(texts) - len(deep))
    if tables:
        return Plan((), {}, _table_parts(name, tables), has_test_part=len(tables) > 1)
    return _file_per_class(name, {path: found for path, found in sorted_texts.items() if len(found[0]) == 1})


def rows(files: Files, plan: Plan, encoding: str) -> Iterator[tuple[str, list[str], int]]:
    """(place, cells, part) of each text. Raises DataError with the path of a file that is no text."""
    for path, stream in files.streams(plan.texts):
        label, part = plan.texts[path]
        if plan.is_file_per_class:
            yield from ((place, [label, text], part) for place, text in _lines(path, stream, encoding))
            continue
        content = stream.read(MOST_FILE)
        if len(content) < MOST_FILE:
            text = _decoded(path, content, encoding)
        else:  # cut, perhaps within a character, and too long in any case
            text = content.decode(encoding, "replace")
        stars = _stars(path) if "rating" in plan.columns else []
        yield path, [label, *stars, text], part


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) or part == "Thumbs.db" for part in path.split("/"))


def _without_parts(texts: list[str]) -> dict[str, tuple[list[str], int]]:
    """path -> (its parts below the folders that all files share and below train/ or test/, part)."""
    split = {path: path.split("/") for path in texts}
    while (
        split
        and all(len(rest) > 1 for rest in split.values())
        and len({rest[0] for rest in split.values()}) == 1
    ):
        split = {path: rest[1:] for path, rest in split.items()}
    below = [rest for rest in split.values() if len(rest) > 1]
    if not below or any(rest[0].lower() not in PARTS for rest in below):
        return {path: (rest, UNDECIDED) for path, rest in split.items()}
    return {path: (rest[1:], PARTS[rest[0].lower()]) for path, rest in split.items() if len(rest) > 1}


def _folder_per_class(name: str, deep: dict[str, tuple[list[str], int]], others: int) -> Plan:
    texts = {
        path: (("", UNLABELLED) if rest[0].lower() in NO_CLASS else (rest[0], part))
        for path, (rest, part) in deep.items()
    }
    labelled = [path for path, (label, _) in texts.items() if label]
    rated = sum(_RATING.search(path) is not None for path in labelled)
    columns = (
        ("class", "rating", "stars", "text") if labelled and rated == len(labelled) else ("class", "text")
    )
    warnings = [f"{others} files of {name} are in no folder of a class and are not read."] if others else []
    parts = Counter(part for _, part in texts.values())
    return Plan(columns, texts, has_test_part=parts[TEST] > 0, warnings=tuple(warnings))


def _file_per_class(name: str, flat: dict[str, tuple[list[str], int]]) -> Plan:
    if not flat:
        raise DataError(
            f"{name} holds neither a table nor text files. Put the texts of each class into a folder of "
            "its own, "
            "or into a file of its own with one text a line."
        )
    stems, suffixes = ({part(rest[-1]) for rest, _ in flat.values()} for part in (_stem, _suffix))
    by_suffix = len(stems) == 1 and len(suffixes) > 1  # rt-polarity.pos and rt-polarity.neg
    label = _suffix if by_suffix else _stem
    texts = {path: (label(rest[-1]), part) for path, (rest, part) in flat.items()}
    has_test_part = any(part == TEST for _, part in flat.values())
    return Plan(("class", "text"), texts, is_file_per_class=True, has_test_part=has_test_part)


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name


def _suffix(file_name: str) -> str:
    return file_name.rpartition(".")[2]


def _table_parts(name: str, tables: list[str]) -> tuple[tuple[str, int], ...]:
    if len(tables) == 1:
        return ((tables[0], UNDECIDED),)
    words = {path: re.split(r"[\W_]+", path.rpartition("/")[2].lower()) for path in tables}
    parts = {path: {PARTS[word] for word in words[path] if word in PARTS} for path in tables}
    if len(tables) != 2 or sorted(map(list, parts.values())) != [[TRAINING], [TEST]]:
        listed = ", ".join(sorted(tables)[:5])
        raise DataError(f"{name} holds {len(tables)} tables ({listed}). Unpack it and add one table.")
    return tuple(sorted(((path, part.pop()) for path, part in parts.items()), key=lambda pair: pair[1]))


def _stars(path: str) -> list[str]:
    """The rating 1 to 10 and the stars 1 to 5 in a file's name."""
    match = _RATING.search(path)
    rating = int(match[1]) if match else 0
    return [str(rating), str((rating + 1) // 2)]


def _decoded(path: str, content: bytes, encoding: str) -> str:
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        likely = encodings.guess(content, path).name
        raise DataError(
            f"{path} is not text in the encoding {encoding}. It looks like {likely}: if that is right, "
            f"choose {likely}."
        ) from error
    if "\0" in text:
        raise DataError(f"{path} holds a NUL character. It is damaged or holds no text.")
    return text


def _lines(path: str, stream: BinaryIO, encoding: str) -> Iterator[tuple[str, str]]:
    """(place, text) of each line."""
    content = b""
    number = 0
    while content := stream.readline(MOST_FILE + 1):
        number += 1
        place = f"{path}, line {number}"
        if len(content) > MOST_FILE:
            raise DataError(f"{place} has more than {MOST_FILE:,} bytes. Split the line.")
        yield place, _decoded(place, content, encoding).rstrip("\r\n")
