"""How fast a large table of texts is imported, and how much memory that takes.

    python -m bench.import_texts                  100,000 generated reviews, about 100 MB
    python -m bench.import_texts 1000000 --load   a million, and their word ids as a training loads them

Prints MB/s, the peak memory of the importing process, and how much this process, which waits as the server
does, has grown. The figures in RESULTS.md come from here.
"""

import argparse
import csv
import os
import random
import tempfile
import time
from pathlib import Path

import psutil

from bench.runs import Peak

MB = 1_000_000
SENTENCES, WORDS_EACH, SENTENCES_EACH = 20_000, 10, 16  # a review has about 160 words and 1 KB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reviews", nargs="?", type=int, default=100_000)
    parser.add_argument("--load", action="store_true", help="also make the word ids and load them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IMDB_CACHE_DIR"] = f"{folder}/cache"
        path = Path(folder, "reviews.csv")
        write(path, options.reviews)
        name = measure_import(path)
        if options.load:
            measure_load(name)


def write(path: Path, reviews: int) -> None:
    """Write a CSV file with generated reviews of five classes; each is different."""
    draw = random.Random(1)
    words = [f"{chr(97 + rank % 26)}{rank:x}" for rank in range(50_000)]
    shares = [1 / (rank + 10) for rank in range(len(words))]
    sentences = [" ".join(draw.choices(words, shares, k=WORDS_EACH)) for _ in range(SENTENCES)]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "stars"])
        for number in range(reviews):
            text = ", ".join(draw.choices(sentences, k=SENTENCES_EACH))
            writer.writerow([number, f'Review "{number}": {text}', 1 + number % 5])


def measure_import(path: Path) -> str:
    """Add the file; returns the name of the data set."""
    from imdb_core.data.own import proposal

    me, megabytes = psutil.Process(), path.stat().st_size / MB
    before, peak = me.memory_info().rss, Peak(me)
    started = time.monotonic()
    with peak:
        name = proposal.add(path)
    seconds, times = time.monotonic() - started, os.times()
    processor = times.children_user + times.children_system  # says more than `seconds` on a busy machine
    grown = (me.memory_info().rss - before) / MB
    print(f"import: {megabytes:,.0f} MB in {seconds:.1f} s, {megabytes / seconds:.1f} MB/s; ", end="")
    print(f"in {processor:.1f} s of a processor, {megabytes / processor:.1f} MB/s; ", end="")
    print(f"importing process at most {peak.bytes / MB:,.0f} MB; this process grew by {grown:,.1f} MB")
    return name


def measure_load(name: str) -> None:
    """Make the word ids, then load them as a training does."""
    from imdb_core import data

    for what in ("make and load", "load"):
        started, before = time.monotonic(), psutil.Process().memory_info().rss
        corpus = data.load(name)
        seconds, grown = time.monotonic() - started, (psutil.Process().memory_info().rss - before) / MB
        words = (len(corpus.train.ids) + len(corpus.test.ids)) / 1e6
        print(f"{what}: {words:,.1f} million words in {seconds:.1f} s; this process grew by {grown:,.0f} MB")


if __name__ == "__main__":
    main()
