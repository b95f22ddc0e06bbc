"""What an archive may hold: limits on bytes, entries, paths and kinds. Called by archives.py."""

import io
import re
from pathlib import Path
from typing import BinaryIO

from imdb_core.data.own import limits
from imdb_core.errors import DataError

BLOCK = 2**16  # bytes that are unpacked at once


class Budget:
    """Counts unpacked bytes and refuses a zip bomb."""

    def __init__(self, path: Path) -> None:
        self.name, self.packed, self.unpacked = path.name, path.stat().st_size, 0

    def spend(self, count: int) -> None:
        self.unpacked += count
        too_dense = self.unpacked > max(limits.RATIO_FROM, limits.MOST_RATIO * self.packed)
        if too_dense or self.unpacked > limits.MOST_UNPACKED_BYTES:
            raise DataError(
                f"{self.name} unpacks to more than {self.unpacked - count:,} bytes, from {self.packed:,}. "
                "At most "
                f"{limits.MOST_UNPACKED_BYTES:,} bytes and {limits.MOST_RATIO} times the packed size are "
                "allowed."
            )


class Counted(io.RawIOBase):
    """A binary stream whose bytes are counted by a budget."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self.stream, self.budget = stream, budget

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        content = self.stream.read(BLOCK if size < 0 else min(size, BLOCK))
        self.budget.spend(len(content))
        return content

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


class Names:
    """The paths of an archive's entries, checked one by one."""

    def __init__(self, archive: str) -> None:
        self.archive, self.paths, self._known, self.bytes = archive, list[str](), set[str](), 0

    def add(self, path: str, size: int, *, kind: str) -> None:
        """Check one entry. Only the kinds "file" and "folder" are allowed, so a link is refused."""
        clean = path.rstrip("/").removeprefix("./")
        if kind not in ("file", "folder"):
            raise self._refusal(path, f"is {kind}")
        if clean in ("", ".") and kind == "folder":
            return
        if _leads_out(clean):
            raise self._refusal(path, "leads out of the archive")
        if clean in self._known and kind == "file":
            raise self._refusal(path, "is in it twice")
        self._known.add(clean)
        if len(self._known) > limits.MOST_ENTRIES:
            raise DataError(f"{self.archive} has more than {limits.MOST_ENTRIES:,} entries. Split it.")
        if kind == "file":
            self.paths.append(clean)
            self.bytes += size
            if self.bytes > limits.MOST_UNPACKED_BYTES:  # reading takes long even if the size is false
                raise DataError(
                    f"{self.archive} unpacks to more than {limits.MOST_UNPACKED_BYTES:,} bytes. Split it."
                )

    def _refusal(self, path: str, reason: str) -> DataError:
        return DataError(
            f"{self.archive} was refused: its entry {path!r:.120} {reason}. Pack the texts anew as plain "
            "files."
        )


def _leads_out(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return (
        path.startswith(("/", "\\"))
        or ".." in parts
        or re.match("[A-Za-z]:", path) is not None
        or len(path) > limits.MOST_TABLE_NAME
        or any(ord(character) < 32 for character in path)
    )


def check_directory(path: Path) -> None:
    """Refuse a zip directory that would fill the memory before its entries can be counted."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - 2**16 - 98))
        end = file.read()
    counts = [int.from_bytes(end[place + 10 : place + 12], "little") for place in _places(end, b"PK\x05\x06")]
    counts += [
        int.from_bytes(end[place + 32 : place + 40], "little") for place in _places(end, b"PK\x06\x06")
    ]
    bytes_stated = [
        int.from_bytes(end[place + 40 : place + 48], "little") for place in _places(end, b"PK\x06\x06")
    ]
    bytes_stated += [
        stated
        for place in _places(end, b"PK\x05\x06")
        if (stated := int.from_bytes(end[place + 12 : place + 16], "little")) != 0xFFFFFFFF
    ]
    most_bytes = limits.MOST_ENTRIES * 200
    if any(count > limits.MOST_ENTRIES for count in counts) or any(
        stated > most_bytes for stated in bytes_stated
    ):
        raise DataError(f"{path.name} has more than {limits.MOST_ENTRIES:,} entries. Split it.")


def _places(content: bytes, mark: bytes) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(mark), content)][:10]
