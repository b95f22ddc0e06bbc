"""Standard input as lines of text: any encoding, bounded memory, read ahead by a thread.

Called by score.py.
"""

import codecs
import os
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from stat import S_ISREG
from typing import IO, Any

from imdb_core.commands.console import is_terminal
from imdb_core.data.reading import LONGEST_TEXT

CHUNK = 2**18  # bytes
AHEAD = 2**22  # characters: the reading thread pauses while more than this many wait
ERRORS = "count-and-replace"
LINE_FEED = b"\n"
HEAD = 80  # characters of the beginning of a long line that are kept, to show which line it is
SAMPLE = 4096  # bytes from which the encoding is guessed if there is no byte order mark
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16: this mark begins with the mark of UTF-16
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Which bytes of four are NUL where most characters are ASCII.
NUL_BYTES = {
    "utf-16-le": (False, True, False, True),
    "utf-16-be": (True, False, True, False),
    "utf-32-le": (False, True, True, True),
    "utf-32-be": (True, True, True, False),
}
# Python puts these characters in place of bytes of an argument that it cannot decode.
ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


class Replaced:
    """Counts bytes that cannot be decoded; each faulty sequence becomes a replacement character."""

    def __init__(self) -> None:
        self.bytes = 0
        self._first, self._encoding = "", ""
        self._line: int | None = None
        codecs.register_error(ERRORS, self._replace)

    def decoder(self, encoding: str) -> codecs.IncrementalDecoder:
        self._encoding = encoding.upper()
        return codecs.getincrementaldecoder(encoding)(ERRORS)

    def sentence(self, source: str) -> str:
        """A sentence on the bytes of `source` that were replaced; "" if there were none."""
        if not self.bytes:
            return ""
        count = "1 byte that is" if self.bytes == 1 else f"{self.bytes:,} bytes that are"
        fault = f"{count} not {self._encoding} (the first: {self._first})"
        return f"{source} had {fault}; replaced by \ufffd. Use UTF-8."

    def begin(self, line: int) -> None:
        """Note that the next bytes to be decoded begin in `line`, counted from 0."""
        self._line = line

    def _replace(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        if not self.bytes:
            self._first = f"0x{error.object[error.start]:02x}"
            if self._line is not None:
                self._first += f" in line {self._line + error.object.count(LINE_FEED, 0, error.start) + 1:,}"
        self.bytes += error.end - error.start
        return "\ufffd", error.end


def decoded(chunks: Iterable[bytes], replaced: Replaced) -> Iterator[list[str]]:
    """The lines that each chunk completes.

    Only a line feed ends a line, because words of the corpus hold other separators. Of a line of more than
    LONGEST_TEXT characters, only the end, which is scored, and HEAD characters of the beginning are kept.
    """
    chunks = iter(chunks)
    start = _first_bytes(chunks)
    encoding, mark = encoding_of(start)
    decoder, unfinished, number = replaced.decoder(encoding), "", 0
    for chunk in _after(start[mark:], chunks):
        replaced.begin(number)
        *lines, unfinished = (unfinished + decoder.decode(chunk)).split("\n")
        unfinished, number = _shortened(unfinished), number + len(lines)
        yield [_shortened(line.removesuffix("\r")) for line in lines]
    if unfinished := unfinished + decoder.decode(b"", final=True):
        yield [unfinished.removesuffix("\r")]


def encoding_of(start: bytes) -> tuple[str, int]:
    """(encoding, bytes of its mark) of a text by its `start`: the mark, else NUL bytes, else UTF-8."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding, len(mark)
    sample = start[: min(SAMPLE, len(start) // 4 * 4)]
    shares = [sample[place::4].count(0) / max(1, len(sample) // 4) for place in range(4)]
    for encoding, are_nul in NUL_BYTES.items():
        if all(share >= 0.5 if nul else share <= 0.1 for share, nul in zip(shares, are_nul, strict=True)):
            return encoding, 0
    return "utf-8", 0


def argument(text: str, replaced: Replaced) -> str:
    """An argument of the command line; bytes that the terminal's encoding cannot decode are read as UTF-8."""
    return ESCAPED_BYTES.sub(lambda run: _utf8(bytes(ord(sign) - 0xDC00 for sign in run[0]), replaced), text)


class Lines:
    """Lines of a file, pipe or terminal. A thread reads ahead, so all waiting lines can be taken at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.replaced = Replaced()
        # Unbuffered, because a read that waits must not hold a lock when Python ends.
        self._file = getattr(file, "raw", file)
        self._size = _size(file)
        self.moves = not is_terminal(file)  # a person who types needs no progress bar
        self._waiting: deque[str] = deque()
        self._characters = self._bytes_read = self._lines_read = self._lines_taken = 0
        self._ended = False
        self._error: OSError | ValueError | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def windows(self, size: int) -> Iterator[list[str]]:
        """Lists of at most `size` waiting lines; an empty list before each wait for the next line."""
        while True:
            window = self._take(size)
            if not window:
                if not self._ended:
                    yield []
                window = self._take(size, wait=True)
            if not window:
                break
            yield window
        if self._error:
            raise self._error

    def share(self, done: int) -> float | None:
        """The share of the file, 0 to 1, in the first `done` lines; None for a pipe of unknown length."""
        if not self._size or not self._lines_read:
            return None
        return self._bytes_read / self._size * done / self._lines_read

    def _take(self, size: int, *, wait: bool = False) -> list[str]:
        with self._changed:
            while wait and not self._changed.wait_for(lambda: self._waiting or self._ended, timeout=1):
                pass  # on Windows Ctrl-C arrives only between two waits
            window = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
            self._characters -= _characters(window)
            self._changed.notify_all()
            return window

    def _read(self) -> None:
        try:
            for lines in decoded(self._chunks(), self.replaced):
                with self._changed:
                    self._changed.wait_for(lambda: self._characters <= AHEAD)
                    self._waiting.extend(lines)
                    self._characters += _characters(lines)
                    self._lines_read += len(lines)
                    self._changed.notify_all()
        except (OSError, ValueError) as error:  # ValueError: a file that was closed
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _chunks(self) -> Iterator[bytes]:
        while chunk := self._file.read(CHUNK):
            self._bytes_read += len(chunk)
            yield chunk


def _first_bytes(chunks: Iterator[bytes]) -> bytes:
    """The first chunk; more chunks are added while it may be only a part of a byte order mark."""
    start = next(chunks, b"")
    while any(mark.startswith(start) and mark != start for mark in BYTE_ORDER_MARKS):
        if not (more := next(chunks, b"")):
            break
        start += more
    return start


def _after(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _shortened(line: str) -> str:
    return line if len(line) <= HEAD + LONGEST_TEXT + 1 else line[:HEAD] + line[-LONGEST_TEXT - 1 :]


def _characters(lines: list[str]) -> int:
    return sum(map(len, lines)) + 50 * len(lines)  # an empty text takes memory as well


def _utf8(content: bytes, replaced: Replaced) -> str:
    return replaced.decoder("utf-8").decode(content, final=True)


def _size(file: Any) -> int | None:
    """The bytes of a file; None for a pipe, a terminal or a file without a descriptor."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if S_ISREG(status.st_mode) else None
