"""`score --file`: a table in, the same rows out; which options go together."""

import csv
import json
import signal
import subprocess
import sys
import time

import pytest

from imdb_core import __main__ as command_line
from imdb_core import paths

SCORE = ["score", "--model", "pretrained/cnn_lstm"]


def test_a_table_is_scored_and_the_accuracy_is_printed(called, tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("5;a superb film;positive\n6;;negative\n7;dull and bad;negative\n", "utf-8")
    done = called(*SCORE, "--file", str(source), "--out", str(out), "--no-header")
    assert done.returncode == 0 and done.stderr == ""
    assert (
        "2 scored" in done.stdout and "2 of 2 right, 100.00% (95 % interval 34.24% to 100.00%)" in done.stdout
    )
    rows = list(csv.reader(open(out, encoding="utf-8-sig", newline="")))
    assert rows[0][:4] == ["column 1", "column 2", "column 3", "class"] and len(rows) == 4
    assert [row[3] for row in rows[1:]] == ["positive", "", "negative"] and rows[2][
        -1
    ] == "The cell is empty."
    again = called(*SCORE, "--file", str(source), "--out", str(out), "--overwrite", "--json")
    figures = json.loads(again.stdout)
    assert figures["labels"]["column"] == "column 3" and figures["out"] == str(out)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--file", "in.csv"], "--file needs --out"),
        (["--file", "in.csv", "--out", "o.csv", "a text"], "give no texts as arguments"),
        (["--label-column", "x"], "--label-column belongs to a table"),
        (["--no-header"], "--header belongs to a table"),
        (["--file", "in.csv", "--out", "o.txt"], "ends with none of .csv"),
        (["--file", "no.csv", "--out", "o.csv"], "no.csv cannot be read: No such file"),
    ],
)
def test_options_that_cannot_work_are_refused(options, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command_line.main([*SCORE, *options]) == 2
    error = capsys.readouterr().err
    assert sentence in error and len(error.splitlines()) == 1


def test_ctrl_c_leaves_no_output_and_says_so(tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,review\n" + "1,a superb and never boring film\n" * 200_000, "utf-8")
    command = ["env", "--default-signal=INT", sys.executable, "-m", "imdb_core", *SCORE]
    command += ["--file", str(source), "--out", str(out)]
    process = subprocess.Popen(command, cwd=paths.PROJECT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.csv.*.tmp")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and error == f"{out} was not written.\nInterrupted.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
