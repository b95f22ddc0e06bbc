"""The character encoding of a text file: a byte order mark, strict UTF-8, else a guess to be confirmed.

Called by tables.py and folders.py, in the reading process.
"""

import codecs
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from imdb_core.data.own import limits
from imdb_core.errors import DataError

MARKS = (  # UTF-32 first: its mark begins with the mark of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The legacy encodings that are tried. Some accept almost any bytes, so the user confirms the guess.
LEGACY = ["cp949", "cp1252", "cp932", "gb18030", "big5", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256"]
_CHUNK = 2**20


@dataclass(frozen=True)
class Encoding:
    """The encoding `name`, as Python spells it. `is_certain` is False for a guess.

    `others` lists the encodings that seemed possible as well.
    """

    name: str
    is_certain: bool = True
    others: tuple[str, ...] = ()


def detect(path: Path) -> Encoding:
    """The encoding of the file. Raises DataError if the file is no text, with a line number."""
    with open(path, "rb") as file:
        start = file.read(limits.SAMPLE_BYTES)
    if not start:
        raise DataError(f"{path.name} is empty. Choose a file with labelled texts.")
    marked = next((name for mark, name in MARKS if start.startswith(mark)), _utf16_without_mark(start))
    try:
        check(path, marked or "utf-8")
    except UndecodableLine as error:
        if marked:
            raise DataError(
                f"{path.name}, line {error.line} is not text in {marked}, although the file begins so. The "
                "file is "
                "damaged; save it again as UTF-8."
            ) from error
        return _fitting_guess(path, start, error.line)
    return Encoding(marked or "utf-8")


def _fitting_guess(path: Path, start: bytes, line: int) -> Encoding:
    """The guess that fits the whole file, not only its beginning; `line` is the first that is not UTF-8."""
    guessed = guess(start, path.name)
    for name in (guessed.name, *guessed.others):
        try:
            check(path, name)
        except UnicodeError:
            continue
        return Encoding(name, is_certain=False, others=tuple({*guessed.others} - {name}))
    raise DataError(
        f"{path.name}, line {line} is not UTF-8, and no other encoding that this app knows fits the file. "
        "It may be "
        "damaged; save it again as UTF-8."
    )


def known(name: str) -> str:
    """`name` as Python spells it. Raises DataError for an encoding that Python does not know."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise DataError(
            f"{name!r} is not a character encoding. Common names are utf-8, utf-16, cp1252 and cp949."
        ) from error
    if not getattr(codec, "_is_text_encoding", True):
        raise DataError(f"{name!r} is not an encoding of characters. Common names are utf-8 and cp1252.")
    return codec.name


def check(path: Path, encoding: str) -> None:
    """Decode the whole file strictly. Raises UnicodeError with `line`, DataError for NUL characters."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with open(path, "rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                valid = error.object[: error.start].decode(encoding, "ignore")
                raise UndecodableLine(line + valid.count("\n"), encoding) from error
            if "\0" in text:
                line += text.partition("\0")[0].count("\n")
                raise DataError(
                    f"{path.name}, line {line}: a NUL character. The file is damaged or holds no text; "
                    "save it again as UTF-8."
                )
            line += text.count("\n")
            if not chunk:
                return


class UndecodableLine(UnicodeError):
    """The bytes of a line do not fit the encoding."""

    def __init__(self, line: int, encoding: str) -> None:
        super().__init__(f"line {line} is not {encoding}")
        self.line = line


def guess(start: bytes, name: str) -> Encoding:
    """The most likely legacy encoding of the bytes. Raises DataError if they are no text."""
    import charset_normalizer  # here, because most files need no guess

    if start.count(0):
        raise DataError(
            f"{name}, line {start.partition(bytes(1))[0].count(10) + 1}: a NUL character. The file is "
            "damaged or holds no text; save it again as UTF-8."
        )
    whole_lines = start.rpartition(b"\n")[0] or start  # a cut line may end within a character
    best = charset_normalizer.from_bytes(whole_lines, cp_isolation=LEGACY).best()
    fitting = [name for name in LEGACY if _fits(whole_lines, name)]
    if not fitting:
        raise DataError(f"{name} is not text in an encoding that this app knows. Save it again as UTF-8.")
    likely = codecs.lookup(best.encoding).name if best else ""  # it may fit only a part of the bytes
    chosen = likely if likely in fitting else fitting[0]
    if "cp1252" in fitting and (
        whole_lines.decode(chosen) == whole_lines.decode("cp1252") or _is_western(whole_lines)
    ):
        chosen = "cp1252"  # statistics cannot judge Latin text with only a few accents
    return Encoding(chosen, is_certain=False, others=tuple(name for name in fitting if name != chosen))


def _utf16_without_mark(start: bytes) -> str | None:
    """UTF-16 whose mark is missing: every second byte of mostly Latin text is zero."""
    even, odd = start[0:1000:2], start[1:1000:2]
    if len(odd) > 3 and odd.count(0) > 0.6 * len(odd) and not even.count(0):
        return "utf-16-le"
    if len(odd) > 3 and even.count(0) > 0.6 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _fits(content: bytes, encoding: str) -> bool:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any(
        unicodedata.category(character) in ("Cc", "Co", "Cn") for character in set(text) - {*"\r\n\t"}
    )


def _is_western(content: bytes) -> bool:
    """Whether the bytes beyond ASCII stand alone and are letters or typographic signs in cp1252."""
    beyond = [byte for byte in content if byte > 127]
    pairs = sum(a > 127 and b > 127 for a, b in zip(content, content[1:], strict=False))
    letters = sum(_is_western_sign(bytes([byte])) for byte in beyond)
    return pairs * 3 < len(beyond) and letters > 0.95 * len(beyond)


def _is_western_sign(byte: bytes) -> bool:
    character = byte.decode("cp1252", "replace")
    return character.isalpha() or character in "“”‘’–—…€£«»¡¿°"
