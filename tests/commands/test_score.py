"""`score` as its user sees it: each line is answered in its place, whatever the other lines hold."""

import contextlib
import json
import signal
import subprocess
import sys

import pytest

from imdb_core import paths

MODEL = "pretrained/cnn_lstm"


def test_score_prints_one_row_per_review_in_order(called):
    done = called("score", "--model", MODEL, "--json", text="superb and never boring zzqx\na dull mess\n")
    first, second = json.loads(done.stdout)
    assert set(first) == {"probability", "label", "words", "unknown", "cut"}
    assert first["words"] == 5 and first["unknown"] == ["zzqx"] and first["cut"] == 0 and second["words"] == 3
    assert first["label"] == ("positive" if first["probability"] > 0.5 else "negative")


def test_score_counts_the_words_of_the_normalised_text(called):
    typed, plain = "A “superb”—never boring… &amp; dull • film’s", "a superb never boring dull film's"
    done = called("score", "--model", MODEL, "--json", text=f"{typed}\n{plain}\n")
    first, second = json.loads(done.stdout)
    assert first == second and first["words"] == 6


GOOD, BAD = "superb and never boring", ["", "...", "qqzz yyxx", "\0", "\x1b[2J", "電影", " ", "<>", "\u200b"]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_line_is_answered_in_its_place_and_all_other_lines_are_scored(scored, bad):
    stdin = "\n".join([GOOD, bad, "a dull mess", bad, GOOD]).encode()
    done = scored("--json", stdin=stdin)
    rows = json.loads(done.stdout)
    assert done.returncode == 0 and ["error" in row for row in rows] == [False, True, False, True, False]
    assert rows[0] == rows[4] and rows[0]["words"] == 4 and rows[2]["words"] == 3
    assert b"2 of 5 texts could not be scored" in done.stderr
    lines = scored(stdin=stdin).stdout.decode().split("\n")
    assert len(lines) == 6 and [line.startswith("not scored: ") for line in lines] == [
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert rows[1]["error"] in lines[1] and lines[4].endswith(GOOD)


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [(b"", 0), (b"\n", 1), (b"\n\n", 2), (b"...", 1), (b"...\r\nqqzz\r\n", 2), (b"\xef\xbb\xbf", 0)],
)
def test_when_nothing_could_be_scored_the_exit_code_is_2_and_a_sentence_says_why(scored, stdin, expected):
    done = scored("--json", stdin=stdin)
    assert done.returncode == 2 and len(json.loads(done.stdout)) == expected
    assert len(done.stderr.splitlines()) == 1 and (b"Standard input is empty" in done.stderr) == (
        not expected
    )


def test_standard_input_that_is_closed_is_a_sentence():
    command = f"exec {sys.executable} -m imdb_core score --model {MODEL} <&-"
    done = subprocess.run(
        ["sh", "-c", command], cwd=paths.PROJECT, capture_output=True, text=True, timeout=60
    )
    assert (
        done.returncode == 2
        and "Standard input is closed" in done.stderr
        and len(done.stderr.splitlines()) == 1
    )


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_line_is_answered_while_input_stays_open(open_scoring, arguments):
    process = open_scoring(*arguments)
    for text in (GOOD, "a dull mess", "...", GOOD):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert (b"scored" if text == "..." and not arguments else b"") in process.stdout.readline()
    process.stdin.close()
    assert process.wait(60) == 0


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_ctrl_c_while_scoring_is_one_line_and_leaves_whole_answers(open_scoring, arguments):
    process = open_scoring(*arguments)
    process.stdin.write(f"{GOOD}\n".encode())
    process.stdin.flush()
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, error = process.communicate(timeout=60)
    assert process.returncode == 130 and error == b"Interrupted.\n"
    assert not arguments or len(json.loads(first + rest)) == 1


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_reader_who_has_seen_enough_ends_even_endless_scoring(open_scoring, arguments):
    process = open_scoring(*arguments)
    process.stdin.write(f"{GOOD}\n".encode() * 3000)
    process.stdin.flush()
    assert process.stdout.readline()
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        while process.poll() is None:
            process.stdin.write(f"{GOOD}\n".encode() * 100)
    assert process.wait(60) == 0 and process.stderr.read() == b""


def test_without_a_terminal_there_is_no_progress(scored):
    assert scored(stdin=f"{GOOD}\n".encode() * 3000).stderr == b""
