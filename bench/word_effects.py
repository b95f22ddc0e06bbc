"""Measure the effects of words in real reviews: the scale of the text page's tints rests on these figures.

    python -m bench.word_effects [--reviews 30]

Each pretrained network explains the same validation reviews of IMDB. They have at most 250 words: the page
explains a longer text only on request.
"""

import argparse

import numpy as np

from bench.runs import ROOT, machine
from imdb_core import data
from imdb_core.data import batches
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring import explanations, predictor
from ui.colors import DARKEST, TINTED

LONGEST = 250  # words
SHARES = (50, 90, 99, 99.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reviews", type=int, default=30)
    texts = _texts(parser.parse_args().reviews)
    print(f"{len(texts)} validation reviews of IMDB; {machine()}")
    print(
        "| network | words | " + " | ".join(f"{share} %" for share in SHARES) + " | strongest of a review |"
    )
    every, strongest = [], []
    for folder in sorted((ROOT / "pretrained").iterdir()):
        network = predictor.load(folder)
        effects = [np.abs(explanations.word_effects(network, text)) for text in texts]
        every += effects
        strongest += [effect.max() for effect in effects]
        _print(folder.name, np.concatenate(effects), [effect.max() for effect in effects])
    _print("all", np.concatenate(every), strongest)
    print(f"tinted: {np.mean(np.concatenate(every) >= TINTED):.1%} of the words", end="; ")
    print(f"full shade: {np.mean(np.concatenate(every) >= DARKEST):.2%} of the words")


def _texts(number: int) -> list[str]:
    """The first validation reviews of a seeded split, as text."""
    corpus = data.load("imdb")
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer)
    _, validation = batches.split(corpus.train, 0.1, 7)
    reviews = (corpus.train[i] for i in np.random.default_rng(0).permutation(validation).tolist())
    short = (ids for ids in reviews if len(ids) <= LONGEST)
    return [" ".join(vocabulary.decode(ids[1:])) for ids, _ in zip(short, range(number), strict=False)]


def _print(name: str, effects, strongest) -> None:
    figures = [f"{value:.2f}" for value in np.percentile(effects, SHARES)]
    print(f"| {name} | {len(effects):,} | {' | '.join(figures)} | {np.median(strongest):.2f} |", flush=True)


if __name__ == "__main__":
    main()
