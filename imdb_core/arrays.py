"""Plain arrays by name in one .npz file: weights, checkpoints and predictions. Never code, and never more
than the file holds.

Files of ours are what np.savez writes, without compression, so whatever would unpack to more is none of ours.
"""

import io
import math
import struct
import tokenize
import zipfile
import zlib

import numpy as np

MOST_DIRECTORY_BYTES = 2**18  # of the list of arrays at a file's end; a network's weights need about 1 KB
_END = struct.Struct("<4s4H2LH")  # a zip's last 22 bytes, if no comment follows
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# What zipfile and numpy raise on damaged or hostile bytes.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, TypeError, ArithmeticError, NotImplementedError,
    RuntimeError, MemoryError, SyntaxError, tokenize.TokenError,
)  # fmt: skip


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """The arrays as the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, np.ndarray]:
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
    """What speaks against an archive by its end, which says how long the list of members is before that takes
    memory.
    """
    if len(content) < _END.size:
        return "it is cut"
    mark, *_, directory_bytes, _, comment_bytes = _END.unpack(content[-_END.size :])
    large = content[-_END.size - 20 :][:4] == b"PK\x06\x07"  # a second end with numbers of its own
    if mark != b"PK\x05\x06" or comment_bytes or large:
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


def _array(content: bytes) -> np.ndarray:
    """The array in the bytes of an .npy file."""
    stream = io.BytesIO(content)
    shape, in_columns, kind = _HEADERS[np.lib.format.read_magic(stream)](stream)
    if kind.hasobject:
        raise ValueError("it holds Python objects, not numbers")
    start = stream.tell()
    if math.prod(shape) * kind.itemsize != len(content) - start:
        raise ValueError("an array has not the size it claims")
    flat = np.frombuffer(content, kind, offset=start) if len(content) > start else np.zeros(0, kind)
    return flat.reshape(shape, order="F" if in_columns else "C").copy(order="K")
