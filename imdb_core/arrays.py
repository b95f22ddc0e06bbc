"""Write and read plain arrays by name in an .npz file: weights, checkpoints and predictions.

The app writes them with np.savez, without compression. The reader refuses compressed files, which could
unpack to more bytes than the file has, and files with Python objects, which could run code.
"""

import hashlib
import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_DIRECTORY_BYTES = 2**18  # of the zip directory at a file's end; a network's weights need about 1 KB
_END = struct.Struct("<4s4H2LH")  # the last 22 bytes of a zip archive, if no comment follows
_END_MARK, _ZIP64_MARK, _ZIP64_BYTES = b"PK\x05\x06", b"PK\x06\x07", 20
Array = npt.NDArray[Any]
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# What zipfile and numpy raise on damaged or hostile bytes.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, TypeError, ArithmeticError),
    *(NotImplementedError, RuntimeError, MemoryError, SyntaxError, tokenize.TokenError),
)


def fingerprint(kind: str, arrays: Iterable[Array]) -> bytes:
    """32 bytes (sha256) that change with `kind` and with any float32 number of the arrays."""
    digest = hashlib.sha256(kind.encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array, "<f4").tobytes())
    return digest.digest()


def packed(arrays: dict[str, Array]) -> bytes:
    """The arrays as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes a name for allow_pickle
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, Array]:
    """The arrays that packed() put into these bytes; ValueError, with the reason, for any other bytes."""
    try:
        if fault := end_fault(content):
            raise ValueError(fault)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if fault := _entries_fault(entries, len(content)):
                raise ValueError(fault)
            return {entry.filename.removesuffix(".npy"): _array(archive.read(entry)) for entry in entries}
    except _DAMAGE as error:
        raise ValueError(str(error)[:200] or type(error).__name__) from error


def end_fault(content: bytes) -> str | None:
    """Why this app cannot have written an archive with this end; None if it can.

    The end holds the size of the zip directory, so a huge directory is refused before it takes memory.
    """
    if len(content) < _END.size:
        return "it is cut"
    mark, *_, directory_bytes, _, comment_bytes = _END.unpack(content[-_END.size :])
    has_zip64_end = content[-_END.size - _ZIP64_BYTES :].startswith(
        _ZIP64_MARK
    )  # then the sizes are in another record
    if mark != _END_MARK or comment_bytes or has_zip64_end:
        return "it is cut, or no .npz file of this app"
    return None if directory_bytes <= MOST_DIRECTORY_BYTES else "it has too many arrays"


def _entries_fault(entries: list[zipfile.ZipInfo], file_bytes: int) -> str | None:
    names = [entry.filename for entry in entries]
    plain = all(name.endswith(".npy") and ".." not in name and name[0] != "/" for name in names)
    if len(set(names)) < len(names) or not plain:
        return "its arrays have wrong names"
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        return "it is compressed"
    if sum(entry.file_size for entry in entries) > file_bytes:
        return "its arrays are larger than the file"
    return None


def _array(content: bytes) -> Array:
    """The array in the bytes of an .npy file."""
    stream = io.BytesIO(content)
    shape, in_columns, kind = _HEADERS[np.lib.format.read_magic(stream)](stream)
    if kind.hasobject:
        raise ValueError("it holds Python objects, not numbers")
    start = stream.tell()
    if math.prod(shape) * kind.itemsize != len(content) - start:
        raise ValueError("an array does not have the size that its header states")
    flat = np.frombuffer(content, kind, offset=start) if len(content) > start else np.zeros(0, kind)
    return flat.reshape(shape, order="F" if in_columns else "C").copy(order="K")
