"""Read .zip, .tar, .tar.gz and .gz files as a stream, with limits.

Called by opening.py, in the reading process.
Nothing is unpacked, except a table, which goes into a temporary folder under a name of this app. An archive
is refused as a whole if one entry leads out, is a link or a device, or comes twice.
"""

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Self, TypeVar, cast

from imdb_core.data.own.archive_limits import BLOCK, Budget, Counted, Names, check_directory
from imdb_core.data.own.folders import Files
from imdb_core.errors import DataError

_OTHERS = {
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zX": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
# Entries that hold the name or the attributes of the next entry.
_ABOUT_NEXT = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE}
_ABOUT_NEXT |= {tarfile.SOLARIS_XHDTYPE}
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(ValueError, LookupError, ArithmeticError),
)

Entry = TypeVar("Entry")


def guarded(name: str, entries: Iterator[Entry]) -> Iterator[Entry]:
    """`entries`, which read from the archive `name`; damage that shows while they are read is a DataError."""
    try:
        yield from entries
    except _DAMAGE as error:
        raise _damaged(name, error) from error


def open_archive(path: Path, scratch: Path) -> Files | None:
    """The files in the archive at `path`; None if it is no archive. Raises DataError for a refused one."""
    with open(path, "rb") as file:
        start = file.read(512)
    for mark, kind in _OTHERS.items():
        if start.startswith(mark):
            raise DataError(f"{path.name} is packed with {kind}. Unpack it, or pack it as .zip or .tar.gz.")
    is_gzip = start.startswith(b"\x1f\x8b")
    try:
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _Zip(path, scratch)
        if is_gzip:
            with gzip.open(path, "rb") as packed:
                start = packed.read(512)
        if _is_tar(start):
            return _Tar(path, scratch, is_gzip)
        return _Single(path, scratch) if is_gzip else None
    except _DAMAGE as error:
        raise _damaged(path.name, error) from error


class _Archive:
    """What all kinds share: the checked paths, and local copies of tables."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path, self.scratch, self.names = path, scratch, Names(path.name)

    @property
    def bytes(self) -> int:
        return self.names.bytes

    def paths(self) -> list[str]:
        """The paths of all files."""
        return self.names.paths

    def streams(self, wanted: Collection[str]) -> Iterator[tuple[str, BinaryIO]]:
        """(path, stream) of each wanted file, in the archive's order. Raises DataError."""
        budget = Budget(self.path)
        try:
            yield from self._streams(wanted, budget)
        except _DAMAGE as error:
            raise _damaged(self.path.name, error) from error

    def _streams(self, wanted: Collection[str], budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
        raise NotImplementedError

    def local(self, path: str) -> Path:
        """A copy of one file in the temporary folder; its name is made of plain characters."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(path).name)[-80:].lstrip(".") or "table"
        target = self.scratch / name
        with open(target, "wb") as file:
            for block in guarded(self.path.name, _blocks(self, path)):
                file.write(block)
        return target


def _blocks(archive: _Archive, path: str) -> Iterator[bytes]:
    for _, stream in archive.streams({path}):
        while block := stream.read(BLOCK):
            yield block


class _Zip(_Archive):
    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__(path, scratch)
        check_directory(path)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if any(entry.filename == "[Content_Types].xml" for entry in entries):
                raise DataError(f"{path.name} is an office document. Save the table as CSV in UTF-8.")
            for entry in entries:
                self.names.add(entry.filename, entry.file_size, kind=_zip_kind(entry))

    def _streams(self, wanted: Collection[str], budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
        with zipfile.ZipFile(self.path) as archive:
            for entry in archive.infolist():
                name = entry.filename.removeprefix("./")
                if name in wanted:
                    with zipfile.ZipFile.open(archive, entry) as stream:
                        yield (
                            name,
                            cast(BinaryIO, io.BufferedReader(Counted(cast(BinaryIO, stream), budget))),
                        )


class _Tar(_Archive):
    def __init__(self, path: Path, scratch: Path, is_gzip: bool) -> None:
        super().__init__(path, scratch)
        self.is_gzip = is_gzip
        for member, _ in self._members(Budget(path)):
            self.names.add(member.name, member.size, kind=_tar_kind(member))

    def _streams(self, wanted: Collection[str], budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
        for member, archive in self._members(budget):
            name = member.name.removeprefix("./")
            stream = archive.extractfile(member) if name in wanted and member.isreg() else None
            if stream:
                yield name, cast(BinaryIO, stream)

    def _members(self, budget: Budget) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
        opener = gzip.open if self.is_gzip else open
        with opener(self.path, "rb") as stream:
            counted = Counted(cast(BinaryIO, stream), budget)
            with tarfile.open(
                fileobj=cast(BinaryIO, counted), mode="r|", bufsize=BLOCK, tarinfo=_Header
            ) as archive:
                for member in archive:
                    yield member, archive
                    vars(archive)["members"] = []  # 100,000 members take 100 MB; type stubs lack this name


class _Header(tarfile.TarInfo):
    """The header of an entry. A header with a huge name is refused, because tarfile would read it whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """The header in a block of 512 bytes. Raises DataError for names and attributes of over 64 KiB."""
        header = super().frombuf(buf, encoding, errors)
        if header.type in _ABOUT_NEXT and header.size > BLOCK:
            raise DataError(
                f"The archive was refused: an entry has a name of {header.size:,} bytes. Pack it anew."
            )
        return header


class _Single(_Archive):
    """A packed table: reviews.csv.gz."""

    def __init__(self, path: Path, scratch: Path) -> None:
        super().__init__(path, scratch)
        name = path.name.removesuffix(".gz")
        self.names.add(name if "." in name else f"{name}.csv", path.stat().st_size, kind="file")

    def _streams(self, wanted: Collection[str], budget: Budget) -> Iterator[tuple[str, BinaryIO]]:
        with gzip.open(self.path, "rb") as stream:
            yield self.names.paths[0], cast(BinaryIO, Counted(cast(BinaryIO, stream), budget))


def _zip_kind(entry: zipfile.ZipInfo) -> str:
    mode = entry.external_attr >> 16
    if entry.flag_bits & 1:
        return "encrypted"
    if entry.compress_type == zipfile.ZIP_STORED and entry.compress_size != entry.file_size:
        return "damaged: it lies about its size"
    if entry.is_dir():
        return "folder"
    if stat.S_IFMT(mode) in (0, stat.S_IFREG):
        return "file"
    return "a link" if stat.S_ISLNK(mode) else "a device"


def _tar_kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "folder"
    if member.islnk() or member.issym():
        return "a link"
    return "file" if member.isreg() and not member.issparse() else "a device"


def _is_tar(start: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _damaged(name: str, error: BaseException) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(f"{name} is damaged: {str(error)[:200] or type(error).__name__}. Pack it again.")
