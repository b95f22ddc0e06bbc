"""Lines of standard input: encodings, line ends, bounded memory, and pauses of the input."""

import codecs
import io
import os
import threading
import time
import tracemalloc

import pytest

from imdb_core.commands import lines
from imdb_core.commands.lines import Lines, Replaced, argument, decoded, encoding_of
from imdb_core.data.reading import LONGEST_TEXT

TEXTS = ["a fine film", "", "naïve café € 電影 😀", "tab\tand \x96 and \u2028 stay", "end"]
MARKS = {encoding: mark for mark, encoding in lines.BYTE_ORDER_MARKS.items()}


def all_lines(content, size=7):
    """The lines of `content` that comes in chunks of so many bytes."""
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    return [line for some in decoded(chunks, Replaced()) for line in some]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10**6])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", MARKS)
def test_each_encoding_with_a_byte_order_mark_is_read_in_chunks_of_any_size(encoding, ending, size):
    content = MARKS[encoding] + ending.join(TEXTS).encode(encoding)
    assert all_lines(content, size) == TEXTS
    assert all_lines(content + ending.encode(encoding), size) == TEXTS


@pytest.mark.parametrize("encoding", [*lines.NUL_BYTES, "utf-8"])
def test_an_encoding_without_a_byte_order_mark_is_recognised_by_its_nul_bytes(encoding):
    texts = ["a fine film, naïve and long enough to tell", "", "was it € 電影?"]
    assert all_lines("\n".join(texts).encode(encoding), 10**6) == texts


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"a",
        b"a\0",
        b"\0\0\0\0\0\0\0\0",
        b"NUL\0 in a text\0 of words",
        "電影好看".encode(),
        b"\xe9t\xe9 fran\xe7ais",
    ],
)
def test_bytes_that_are_not_utf_16_are_read_as_utf_8(start):
    assert encoding_of(start) == ("utf-8", 0)


def test_a_byte_order_mark_inside_the_text_is_a_character():
    assert all_lines(b"a" + codecs.BOM_UTF8) == ["a\ufeff"]


@pytest.mark.parametrize(
    ("content", "count", "where"),
    [
        (b"good\ncaf\xe9 \xff\n", "2 bytes", "0xe9 in line 2"),
        (b"\x80", "1 byte that is", "0x80 in line 1"),
        (b"a\n" * 5000 + b"\xc3(\n", "1 byte that is", "0xc3 in line 5,001"),
        (b"cut short \xe2\x82", "2 bytes", "0xe2 in line 1"),
        (
            codecs.BOM_UTF16_LE + "good\n".encode("utf-16-le") + b"\x00\xd8a\0",
            "2 bytes",
            "0x00 in line 2, not UTF-16-LE",
        ),
    ],
)
def test_bytes_that_are_replaced_are_counted_and_the_first_is_named(content, count, where):
    replaced = Replaced()
    texts = [
        line
        for some in decoded((content[at : at + 3] for at in range(0, len(content), 3)), replaced)
        for line in some
    ]
    sentence = replaced.sentence("It")
    assert sentence.startswith(f"It had {count}") and where.partition(",")[0] in sentence
    assert ("UTF-16-LE" in sentence) == ("UTF-16" in where) and "\ufffd" in "".join(texts)


def test_a_replacement_character_in_the_input_is_no_error():
    replaced = Replaced()
    assert (
        list(decoded(["\ufffd é".encode()], replaced)) == [[], ["\ufffd é"]] and replaced.sentence("It") == ""
    )


def test_bytes_of_an_argument_that_python_could_not_decode_are_utf_8():
    replaced = Replaced()
    assert (
        argument("café 電影".encode().decode("ascii", "surrogateescape"), replaced) == "café 電影"
        and not replaced.bytes
    )
    assert argument("caf\udce9", replaced) == "caf\ufffd" and replaced.bytes == 1
    assert argument("\ud800 half", replaced) == "\ud800 half"  # no byte, and scoring cleans it


@pytest.mark.parametrize("unit", ["x", "good ", "é", "😀"])
def test_only_the_scored_and_shown_parts_of_an_endless_line_are_kept(unit):
    chunk = (unit * 200_000).encode()
    texts = [
        line
        for some in decoded([b"the beginning ", *[chunk] * 20, b"end\nnext"], Replaced())
        for line in some
    ]
    assert len(texts[0]) <= LONGEST_TEXT + lines.HEAD + 1 and texts[1] == "next"
    assert texts[0].startswith("the beginning") and texts[0].endswith(
        (unit * LONGEST_TEXT)[3 - LONGEST_TEXT :] + "end"
    )


def test_the_memory_for_an_endless_line_does_not_grow():
    tracemalloc.start()
    lengths = [
        len(line) for some in decoded((b"x" * 100_000 for _ in range(200)), Replaced()) for line in some
    ]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(lengths) == 1 and most < 20 * LONGEST_TEXT


def test_reading_pauses_while_nobody_takes_lines():
    read, write = os.pipe()
    with os.fdopen(read, "rb") as file:
        source = Lines(file)
        os.set_blocking(write, False)
        written, refused = 0, 0
        while refused < 50 and written < 2**26:
            try:
                written, refused = written + os.write(write, b"\n" * 2**16), 0
            except BlockingIOError:  # the pipe is full, for now or for good
                refused += 1
                time.sleep(0.01)
        assert refused == 50
        os.close(write)
        assert sum(map(len, source.windows(1000))) == written


def test_a_pause_of_the_input_is_reported_before_the_next_line_comes():
    read, write = os.pipe()
    giving_up = threading.Timer(60, os.close, [write])  # so that a pause that is not told fails
    giving_up.start()
    with os.fdopen(read, "rb") as file:
        windows = Lines(file).windows(10)
        for text in ("first", "second"):
            os.write(write, f"{text}\n".encode())
            assert next(window for window in windows if window) == [text]
        assert next(windows) == []
        giving_up.cancel()
        os.close(write)
        assert list(windows) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_progress_through_a_file_is_the_share_of_its_lines(tmp_path, encoding):
    (tmp_path / "reviews").write_text("a fine film\n" * 5000, encoding)
    with open(tmp_path / "reviews", "rb") as file:
        source, done, shares = Lines(file), 0, []
        for window in filter(None, source.windows(1000)):
            done += len(window)
            shares.append(source.share(done))
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])


def test_progress_through_a_pipe_is_unknown():
    source = Lines(io.BytesIO(b"a fine film\n"))
    assert sum(map(len, source.windows(10))) == 1 and source.share(1) is None
