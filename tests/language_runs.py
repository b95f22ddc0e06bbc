"""A run of a language model with random weights, written as files: quicker than training one."""

import numpy as np

from imdb_core import config as configs
from imdb_core import data
from imdb_core.arrays import packed
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.files import write_atomically
from imdb_core.runs import journal, layout, store

SIZES = {"vocabulary_size": 200, "embedding_size": 8, "units": 6}
EPOCH = {"kind": "epoch", "step": 10, "steps": 10, "seconds": 2.0, "words_per_second": 9000.0}


def config(**changes):
    """The config of a small language model of the demo reviews."""
    return configs.preset("language_model", **{"dataset": "demo", "epochs": 2, **SIZES, **changes})


def arrays(config, seed=1):
    """Random weights by their names in weights.npz."""
    random = np.random.default_rng(seed)
    size, units, ids = config.embedding_size, config.units, config.vocabulary_size
    shapes = {
        "1-Embedding/embeddings": (ids, size),
        "3-LSTM/kernel": (size, 4 * units),
        "3-LSTM/recurrent_kernel": (units, 4 * units),
        "3-LSTM/bias": (4 * units,),
        "5-Dense/kernel": (units, size),
        "5-Dense/bias": (size,),
        "6-WordScores/biases": (ids,),
    }
    return {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def written(*, finished=True, **changes) -> store.Run:
    """The run in the store, after two epochs; unless `finished`, without any."""
    chosen = config(**changes)
    run = store.create(chosen, store.new_id())
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    corpus = data.load(chosen.dataset)
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer).limited(chosen.vocabulary_size)
    vocabulary.save(run.folder / layout.VOCABULARY)
    if not finished:
        return store.read(run.folder)
    for epoch in (1, 2):
        figures = {"loss": 5.0 / epoch, "accuracy": 0.1, "val_loss": 6.0 / epoch, "val_accuracy": 0.2}
        row = EPOCH | {"epoch": epoch, **figures, "validation_seconds": 0.1}
        journal.append(run.folder / layout.METRICS, row)
        texts = [f"word {epoch}" for _ in chosen.probe_reviews]
        journal.append(run.folder / layout.METRICS, {"kind": "continued", "epoch": epoch, "texts": texts})
    write_atomically(run.folder / layout.WEIGHTS, packed(arrays(chosen)))
    store.record(run.folder, "finished", best_epoch=2, early=False)
    return store.read(run.folder)
