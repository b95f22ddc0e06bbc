"""How many flipped labels does "Labels to look at" find? 2 % of IMDB's training labels are flipped.

    python -m bench.label_errors FOLDER [--seeds 7 8 9]                        by counting words
    python -m bench.label_errors FOLDER --network nb_ngram --folds 3           by a network

A seeded draw flips the labels; the texts are the words of the corpus. Precision counts a listed text as right
only if its label was flipped, so IMDB's own wrong labels lower it. FOLDER keeps finished folds of networks.
Prints a row of a Markdown table for each seed.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_core import config as configs
from imdb_core.quality import confident, counting
from imdb_core.quality.material import Material, material, reviews_of

FLIPPED = 0.02  # of the training labels
FIRST = (100, 250, 500)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps finished folds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--network", help="a network instead of counting")
    parser.add_argument("--folds", type=int, default=3, help="of a network")
    options = parser.parse_args()
    print(
        f"| by | seed | listed | precision | recall | {' | '.join(f'first {n}' for n in FIRST)} | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for seed in options.seeds:
        texts, flipped = with_flipped_labels(material("imdb"), seed)
        began = time.monotonic()
        shares = _shares(texts, options, seed)
        print(line(options, shares, texts, flipped, seed, time.monotonic() - began), flush=True)


def with_flipped_labels(texts: Material, seed: int):
    """(the data set with flipped training labels, the numbers of the flipped texts)."""
    labels = texts.train.labels.copy()
    random = np.random.default_rng(seed)
    flipped = random.choice(len(labels), round(FLIPPED * len(labels)), replace=False)
    others = random.integers(1, len(texts.classes), len(flipped))
    labels[flipped] = (labels[flipped] + others) % len(texts.classes)
    return replace(texts, train=replace(texts.train, labels=labels)), flipped


def line(options, shares, texts: Material, flipped, seed: int, seconds: float) -> str:
    """One row of the table."""
    found = confident.contradictions(shares, texts.train.labels)
    right = np.isin(found.indices, flipped)
    by = f"{options.network}, {options.folds} folds" if options.network else "counting, 5 folds"
    first = " | ".join(f"{right[:count].mean():.0%}" for count in FIRST)
    recall = right.sum() / len(flipped)
    return f"| {by} | {seed} | {len(found)} | {right.mean():.1%} | {recall:.1%} | {first} | {seconds:.0f} |"


def _shares(texts: Material, options, seed: int):
    if not options.network:
        return counting.out_of_fold_shares(texts.train.texts, texts.train.labels, len(texts.classes))
    from imdb_core.runs.cores import cpu_cores
    from imdb_core.training import device_setup, out_of_fold

    device_setup.prepare("cpu", cpu_cores())
    folder = options.folder / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    config = configs.preset(options.network, dataset="imdb")
    return out_of_fold.out_of_fold_shares(
        reviews_of(texts, config.tokenizer),
        config,
        identity=texts.identity,
        number=options.folds,
        place=folder,
        device="cpu",
        progress=lambda share: None,
    )


if __name__ == "__main__":
    main()
