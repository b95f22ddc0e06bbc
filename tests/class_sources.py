"""A source with three classes, of which one is rare, for tests of more than two classes."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from imdb_core.data import sources
from imdb_core.data.reviews import Corpus
from imdb_core.data.sources import Source
from imdb_core.data.written import corpus_of_texts

CLASSES = ("billing", "delivery", "praise")
SHARES = (0.55, 0.35, 0.1)  # of the classes in both halves
TRAIN, TEST = 240, 80
WORDS = (
    "invoice charge refund card paid price".split(),
    "parcel late courier lost box address".split(),
    "thanks great lovely perfect happy best".split(),
)
FILLERS = "the my a was is and this order it again please for with you".split()


def texts(count: int, seed: int) -> list[tuple[str, int]]:
    """(text, class number) pairs of 5 to 14 words: words of the class and words that every class has."""
    random = np.random.default_rng(seed)
    labels = np.repeat(range(3), [round(share * count) for share in SHARES])
    pairs = []
    for label in random.permutation(labels).tolist():
        words = [*random.choice(WORDS[label], 3), *random.choice(FILLERS, random.integers(2, 12))]
        pairs.append((" ".join(random.permutation(words)), label))
    return pairs


class Topics(Source):
    def load(self, progress=None) -> Corpus:
        corpus = corpus_of_texts(self.name, train=texts(TRAIN, 1), test=texts(TEST, 2))
        return replace(corpus, classes=CLASSES)


@contextlib.contextmanager
def registered(name: str = "topics", **changes) -> Iterator[str]:
    """The name of a source with three classes, which exists inside the block; `changes` are its facts."""
    facts = {"title": "Mails by topic", "noun": "mails", "link": name, "classes": CLASSES, "synthetic": True}
    facts |= changes
    sources.register(Topics(name=name, training_reviews=TRAIN, mean_words=11, **facts))
    try:
        yield name
    finally:
        sources.unregister(name)
