"""Seconds and memory of the search for duplicates in generated texts, and how many planted copies it finds.

    python -m bench.duplicates [--texts 100000]

A text has 20 to 440 words, drawn by Zipf's law. Of every 50 texts, one text is a copy of an
earlier text in capitals. Another text is a copy of an earlier text in which one word in 200 is replaced. The
texts are read from a file, like the texts of a data set. "Processor" is the CPU time of this process alone;
other programs do not add to it.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from bench.runs import machine
from imdb_core.data.own import layout
from imdb_core.data.own.texts import Texts
from imdb_core.quality import duplicates
from imdb_core.quality.shingles import jaccard, shingles

COPIES_EVERY = 50
VOCABULARY = 60_000
REPLACED = 200  # one word of this many words is replaced


def main() -> None:
    """Print a row of figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=100_000)
    count = parser.parse_args().texts
    with tempfile.TemporaryDirectory() as folder:
        planted = _written(Path(folder), count)
        texts = Texts(Path(folder), np.arange(count), np.zeros(count, np.uint8))
        before, began, busy = psutil.Process().memory_info().rss, time.monotonic(), time.process_time()
        groups = duplicates.groups(texts)
        seconds, processor = time.monotonic() - began, time.process_time() - busy
        after = psutil.Process().memory_info().rss
        root = {number: group.texts[0] for group in groups.groups for number in group.texts}
        similar = [pair for pair in planted if jaccard(*(shingles(texts[at]) for at in pair)) >= 0.9]
        found = sum(root.get(first, -1) == root.get(second, -2) for first, second in similar)
        megabytes = (Path(folder) / layout.TEXTS).stat().st_size / 1e6
    print(f"{machine()}: {count:,} texts, {megabytes:.0f} MB, in {seconds:.0f} s ({processor:.0f} s of the")
    print(f"processor); memory grew by {(after - before) / 1e6:.0f} MB, the mapped file included;")
    print(f"{found:,} of {len(similar):,} copies found")


def _written(folder: Path, count: int) -> list[tuple[int, int]]:
    """Write the texts; returns the pairs (original, copy)."""
    random = np.random.default_rng(7)
    words = np.array([f"word{rank}" for rank in range(VOCABULARY)])
    kept: list[str] = []
    planted, offsets = [], [0]
    with open(folder / layout.TEXTS, "xb") as file:
        for number in range(count):
            kind = number % COPIES_EVERY
            if kind in (10, 20) and kept:
                original = number - kind  # the first text of this block
                text = kept[-1].upper() if kind == 10 else _changed(kept[-1], random)
                planted.append((original, number))
            else:
                ranks = random.zipf(1.2, random.integers(20, 440)) % VOCABULARY
                text = " ".join(words[ranks])
            if kind == 0:
                kept = [text]
            offsets.append(offsets[-1] + file.write(text.encode()))
    np.save(folder / layout.OFFSETS, np.array(offsets), allow_pickle=False)
    return planted


def _changed(text: str, random: np.random.Generator) -> str:
    return " ".join("other" if random.random() < 1 / REPLACED else word for word in text.split(" "))


if __name__ == "__main__":
    main()
