"""Sources with any number of classes, and runs with stored predictions on them, without training.

Class 0 has most texts and the last class is rare. The names of classes try what names can break: Markdown,
HTML, digits, a formula, a long name.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from page_runs import add_epoch

from imdb_core import answers, data
from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.data.reviews import Corpus
from imdb_core.data.sources import Source
from imdb_core.data.written import corpus_of_texts
from imdb_core.runs import layout, store

ODD_NAMES = ("=HYPERLINK(1)", "*bold* :red[x]", "<b>10</b>", "10", "a name of a class that is rather long: 5")
WORDS_OF_CLASS = 4


def class_names(count: int) -> tuple[str, ...]:
    """`count` different names, the odd ones first."""
    return (ODD_NAMES + tuple(f"topic {number}" for number in range(count)))[:count]


class Topics(Source):
    """Texts of 6 to 12 words: words of the class among words that every class has."""

    def load(self, progress=None) -> Corpus:
        halves = {"train": self._texts(1, self.training_reviews), "test": self._texts(2, 200)}
        return replace(corpus_of_texts(self.name, **halves), classes=self.classes)

    def _texts(self, seed, count):
        random, classes = np.random.default_rng(seed), len(self.classes)
        weights = np.array([3.0] + [1.0] * (classes - 2) + [0.2])
        labels = random.choice(classes, count, p=weights / weights.sum())
        labels[:classes] = range(classes)
        return [(self._text(random, label), label) for label in labels.tolist()]

    def _text(self, random, label):
        own = [f"w{label}x{number}" for number in random.integers(0, WORDS_OF_CLASS, 2)]
        shared = [f"the{number}" for number in random.integers(0, 40, random.integers(4, 11))]
        return " ".join(random.permutation([*own, *shared]))


@contextlib.contextmanager
def source(count: int, name: str = "topics") -> Iterator[str]:
    """The name of a source of "questions" with `count` classes, which exists inside the block."""
    facts = {"title": f"Questions, {count} classes", "noun": "questions", "link": name, "about": "Asked."}
    sources.register(
        Topics(name=name, training_reviews=600, mean_words=10, classes=class_names(count), **facts)
    )
    try:
        yield name
    finally:
        sources.unregister(name)


def tested_run(
    dataset: str, title: str = "my run", *, skill: float = 1.2, seed: int = 0, **changes
) -> store.Run:
    """A run of one epoch that was tested on the source; `skill` is how far the label's score is raised."""
    classes = sources.get(dataset).classes
    config = configs.preset("cnn_lstm", dataset=dataset, name=title, classes=classes, **changes)
    run = store.create(config, store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    add_epoch(run, 1)
    corpus = data.load(dataset)
    labels, random = corpus.test.labels, np.random.default_rng(seed)
    scores = random.normal(0, 1, (len(labels), len(classes))) + skill * np.eye(len(classes))[labels]
    scores[:, -1] = -9  # the rare class is never called
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    stored = answers.stored(shares.astype(np.float32))
    arrays = {"test": stored, "test_labels": labels, "validation": stored, "validation_labels": labels}
    np.savez(run.folder / layout.PREDICTIONS, **arrays)
    accuracy = float((shares.argmax(axis=1) == labels).mean())
    store.record(run.folder, "finished", best_epoch=1, test_accuracy=accuracy, test_reviews=len(labels))
    return store.read(run.folder)
