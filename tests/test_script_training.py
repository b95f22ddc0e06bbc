"""The plain Keras script of a run trains the app's own network to about the same loss."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import architectures, data, script
from imdb_core.data import batches
from imdb_core.data.reviews import FIRST_WORD


@pytest.mark.parametrize(
    "changes", [{}, {"network": "nb_ngram", "ngram_buckets": 2**14}, {"word_vectors": "co_occurrence"}]
)
def test_the_script_trains_the_apps_own_network_to_about_the_same_loss(tiny, tmp_path, changes):
    config = tiny(epochs=1, batching="padded", learning_rate=0.02, batch_size=16, **changes)
    write_as_keras_does(data.load("demo"), tmp_path)
    source = (
        script.plain_script(config) + '\nprint("FOUND", model.count_params(), history.history["loss"][0])\n'
    )
    (tmp_path / "plain.py").write_text(source)
    surroundings = dict(os.environ, IMDB_DATA_DIR=str(tmp_path), CUDA_VISIBLE_DEVICES="-1")
    command = [sys.executable, "plain.py", "A “superb” ﬁlm…", "a superb film"]
    with subprocess.Popen(
        command, env=surroundings, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as plain:
        expected = first_loss(config)  # meanwhile
        printed = plain.communicate()[0]
        parameters, loss = printed.split("FOUND ")[1].split()
    scores = re.findall("probability of positive (.+) of", printed)
    assert len(scores) == 2 and scores[0] == scores[1], "typographic marks change nothing"
    assert int(parameters) == sum(row.parameters for row in architectures.layer_table(config))
    assert float(loss) == pytest.approx(expected, abs=0.1), (
        "other batches and first weights, but the same learning"
    )
    assert max(float(loss), expected) < 0.66, (
        "learning is what is compared, so guessing (0.693) must be left behind"
    )


def first_loss(config):
    """The training loss of the first epoch as the app's own loop measures it."""
    import keras

    from imdb_core.training import fit

    keras.utils.set_random_seed(config.seed)
    rows = []
    reviews = data.load(config.dataset).train.prepared(config.vocabulary_size, config.review_length)
    training, validation = (
        reviews.select(part) for part in batches.split(reviews, config.validation_share, config.seed)
    )
    watched = {
        "progress": fit.FitState(),
        "on_batch": lambda *_: None,
        "on_epoch": lambda row, _: rows.append(row),
    }
    model = fit.compiled(architectures.build(config), config)
    architectures.start(model, config, lambda: batches.training_batches(training, config, 0))
    fit.fit(model, training, validation, config, **watched)
    return float(rows[0]["loss"])


def write_as_keras_does(corpus, folder):
    """imdb.npz and the word index in Keras's layout: lists of ranks without the start token, labels, and
    words' ranks.
    """
    arrays = {}
    for half, reviews in (("train", corpus.train), ("test", corpus.test)):
        ranks = [(reviews[index][1:] - FIRST_WORD).tolist() for index in range(len(reviews))]
        arrays |= {f"x_{half}": np.array(ranks, dtype=object), f"y_{half}": reviews.labels.astype(np.int64)}
    np.savez(folder / "imdb.npz", **arrays)
    ranks = {word: rank for rank, word in enumerate(corpus.words, start=1)}
    (folder / "imdb_word_index.json").write_text(json.dumps(ranks))
