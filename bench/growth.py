"""Seconds per million words at several numbers and lengths of reviews: does the cost grow in proportion?

    python -m bench.growth [--network lstm]

The second training epoch counts, since the first one compiles. Measured with 25, 50 and 100 % of the reviews
and, on a quarter of the reviews, at review lengths from 100 to 500.
"""

import argparse
import tempfile

from bench.runs import machine, surroundings, trained
from imdb_core import architectures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="lstm", choices=architectures.tutorial_names())
    options = parser.parse_args()
    print(
        f"{machine()}, {options.network}\n\n| reviews | length | seconds per million words |\n|---|---|---|"
    )
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for every, length in [(4, 500), (2, 500), (1, 500), (4, 100), (4, 200), (4, 300), (4, 400)]:
            run = trained(
                {"network": options.network, "epochs": 2, "review_length": length},
                surroundings(folder, every=every),
            )
            seconds.append(1e6 / run.epochs[-1]["words_per_second"])
            print(f"| {100 // every} % | {length} | {seconds[-1]:.2f} |", flush=True)
    middle = (max(seconds) + min(seconds)) / 2
    print(f"\nAll within ±{max(seconds) / middle - 1:.0%} of {middle:.2f} s.")


if __name__ == "__main__":
    main()
