"""Score many reviews one after the other, as the text box does, and together, as the command `score` does.

    python -m bench.scoring [--networks cnn_lstm wide_deep] [--reviews 25000] [--turns 3]

Prints rates, their ratio, and the largest difference of probabilities. The texts are the test reviews. Both
ways take turns, since the machine's speed drifts; the median turn counts. One after the other, only every
fifth review is scored. The time contains splitting texts into words, but not reading the model from the disk.
"CPU" is the time of all cores together, a fair measure even if other programs use the cores.
"""

import argparse
import time

import numpy as np

from bench.runs import machine
from imdb_core import data, paths
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring import many, predictor

ALONE_EVERY = 5  # every fifth review is scored alone


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--networks",
        nargs="+",
        default=["cnn_lstm", "wide_deep"],
        choices=sorted(folder.name for folder in paths.PRETRAINED.iterdir()),
        help="folders in pretrained/",
    )
    parser.add_argument("--reviews", type=int, default=25_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    corpus = data.load("imdb")
    vocabulary = Vocabulary(corpus.words)
    texts = [
        " ".join(vocabulary.decode(corpus.test[review][1:]))
        for review in range(min(options.reviews, len(corpus.test)))
    ]
    print(f"{len(texts):,} reviews, {machine()}\n")
    columns = [
        "network",
        "alone, reviews/s",
        "together",
        "ratio",
        "alone, ms of CPU a review",
        "together",
        "ratio",
        "largest difference",
    ]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for name in options.networks:
        print(row(predictor.load(paths.PRETRAINED / name), name, texts, options.turns), flush=True)


def row(network, name, texts, turns):
    """One line of the table."""
    network.score(texts[0])  # the first score builds the table of words
    few, clocks, difference = texts[::ALONE_EVERY], {"alone": [], "together": []}, 0.0
    for _ in range(turns):
        alone, clock = timed(lambda: [network.score(text).probability for text in few])
        clocks["alone"].append(clock / len(few))
        together, clock = timed(lambda: [answer.probability for answer in many.scores(network, texts)])
        clocks["together"].append(clock / len(texts))
        difference = max(difference, np.abs(np.subtract(alone, together[::ALONE_EVERY])).max())
    (alone, alone_cpu), (together, together_cpu) = (np.median(values, axis=0) for values in clocks.values())
    rates = f"{1 / alone:,.0f} | {1 / together:,.0f} | {alone / together:.2f}"
    work = f"{1000 * alone_cpu:.3f} | {1000 * together_cpu:.3f} | {alone_cpu / together_cpu:.2f}"
    return f"| {name} | {rates} | {work} | {difference:.1g} |"


def timed(action):
    """(result of action(), seconds of wall clock and of all cores together as float (2,))."""
    started = np.array([time.perf_counter(), time.process_time()])
    return action(), np.array([time.perf_counter(), time.process_time()]) - started


if __name__ == "__main__":
    main()
