"""Score generated tables of several sizes with `score --file`: rows per second and peak memory.

    python -m bench.score_file [--rows 10000 100000 1000000] [--network cnn_lstm] [--words 40] [--format csv]

Each row of a table has an id, a text, a label and a date. A text has about as many words as --words says. The
words come from the demo reviews. Seconds and memory are measured for the whole command: its start, a first
pass that checks all rows, and the scoring.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.runs import Peak, machine
from imdb_core import background, paths
from imdb_core.data import demo


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--network", default="cnn_lstm", help="a folder in pretrained/")
    parser.add_argument("--words", type=int, default=40, help="in a text")
    parser.add_argument("--format", default="csv", choices=["csv", "tsv", "jsonl", "parquet"])
    options = parser.parse_args()
    print(f"{options.network}, {options.words} words a text, to {options.format}, {machine()}\n")
    columns = ["rows", "MB", "seconds", "rows a second", "peak memory, MB"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for rows in options.rows:
        print(row(rows, options), flush=True)


def row(rows, options):
    """One line of the table."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.csv", Path(folder) / f"out.{options.format}"
        write(source, rows, options.words)
        arguments = ["--model", f"pretrained/{options.network}", "--file", source, "--out", out]
        started = time.monotonic()
        command = background.command("-m", "imdb_core", "score", *arguments)
        places = {"cwd": paths.PROJECT, "env": background.environment()}
        with Peak(psutil.Process()) as peak:
            ended = subprocess.run(command, stdout=subprocess.DEVNULL, **places)
        seconds = time.monotonic() - started
        if ended.returncode:
            sys.exit(f"score ended with {ended.returncode}")
        megabytes = source.stat().st_size / 1e6
    return f"| {rows:,} | {megabytes:,.0f} | {seconds:.1f} | {rows / seconds:,.0f} | {peak.bytes / 1e6:.0f} |"


def write(path, rows, words):
    """A table with generated texts; the same numbers give the same table."""
    chance = random.Random(7)
    known = " ".join(demo.texts("test")).split()
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label", "date"])
        for number in range(rows):
            length = chance.randint(1, 2 * words)
            start = chance.randrange(len(known) - length)
            text = " ".join(known[start : start + length])
            writer.writerow([number, text, chance.choice(("negative", "positive")), "2026-01-01"])


if __name__ == "__main__":
    main()
