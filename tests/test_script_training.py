"""The plain Keras script of a run trains the app's own network to about the same loss."""

import csv
import json
import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import architectures, data, script
from imdb_core import config as configs
from imdb_core.data import batches, sources
from imdb_core.data.own import proposal, store
from imdb_core.data.own.choices import Choices
from imdb_core.data.reading import prepared
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.training.material import Material
from tests import class_sources


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


def test_the_script_of_a_users_own_data_set_trains_on_the_apps_texts_to_about_the_same_figures(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    config = own_config(tmp_path, epochs=3, learning_rate=0.02)
    arrays = "train=x_train[training], validation=x_train[validation], test=x_test, labels=labels[training]"
    before = "first_loss, _ = model.evaluate(x_train[training], y_train[training])\nhistory = model.fit("
    source = script.plain_script(config).replace("history = model.fit(", before) + (
        f'\nnp.savez("seen.npz", {arrays})\n'
        'print("FOUND", model.count_params(), first_loss, history.history["loss"][0], accuracy)\n'
    )
    (tmp_path / "plain.py").write_text(source)
    command = [sys.executable, "plain.py", "a lost parcel"]
    environment = dict(os.environ, CUDA_VISIBLE_DEVICES="-1")
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as plain:
        material = Material.load(config)
        untrained_loss, rows, accuracy = app_figures(config, material)  # meanwhile
        printed = plain.communicate()[0]
    parameters, first_loss, loss, plain_accuracy = map(float, printed.split("FOUND ")[1].split())
    assert parameters == sum(row.parameters for row in architectures.layer_table(config))
    with np.load(tmp_path / "seen.npz") as seen:
        test = prepared(material.corpus.test, Vocabulary(material.corpus.words, config.tokenizer), config)
        parts = {"train": material.train, "validation": material.validation, "test": test}
        for name, part in parts.items():
            assert np.array_equal(seen[name], part.padded(range(len(part)), config.review_length)), name
        assert np.array_equal(seen["labels"], material.train.labels)
    assert first_loss == pytest.approx(untrained_loss, abs=1e-3), "the same first weights"
    assert loss == pytest.approx(rows[0]["loss"], abs=0.3), "other batches, and so few of them"
    assert max(loss, rows[0]["loss"]) < math.log(3)
    assert plain_accuracy == pytest.approx(accuracy, abs=0.1) and accuracy > 0.8, "the largest class has 55 %"
    assert re.search(r"\{'billing': 0\.\d+, 'delivery': .*, 'praise': .*\} for 'a lost parcel'", printed)


def test_the_script_reads_a_users_own_texts_as_the_app_does_with_each_tokenizer(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    config = own_config(tmp_path)
    for tokenizer in sources.get(config.dataset).tokenizers:
        config = config.changed(tokenizer=tokenizer)
        material = Material.load(config)
        seen: dict = {}
        source, _ = script.plain_script(config).split("# The network, layer by layer.")
        exec(compile(source, "script", "exec"), seen)  # noqa: S102 - our own source
        for part, indices in ((material.train, seen["training"]), (material.validation, seen["validation"])):
            expected = part.padded(range(len(part)), config.review_length)
            assert np.array_equal(seen["x_train"][indices], expected), tokenizer
            assert np.array_equal(seen["labels"][indices], part.labels), tokenizer


def own_config(folder, **changes):
    """A config for a stored data set of three classes, one of them rare, one text excluded."""
    with open(folder / "mails.csv", "w", newline="") as file:
        rows = ((text, class_sources.CLASSES[label]) for text, label in class_sources.texts(320, 1))
        csv.writer(file).writerows([("text", "label"), *rows])
    name = proposal.add(folder / "mails.csv", Choices(name="Mails"))
    store.exclude(name, 7, "a test")
    values = {"vocabulary_size": 40, "review_length": 12, "embedding_size": 8, "units": 8, "filters": 8}
    values |= {"batch_size": 16, "batching": "padded", "class_weights": "balanced"}
    return configs.preset("cnn_lstm", dataset=name, **values, **changes)


def app_figures(config, material):
    """(loss before training, rows of the epochs, test accuracy) as the app's own loop measures them."""
    import keras

    from imdb_core import answers
    from imdb_core.training import fit

    keras.utils.set_random_seed(config.seed)
    rows, train, test = [], material.train, material.corpus.test
    watched = {
        "progress": fit.FitState(),
        "on_batch": lambda *_: None,
        "on_epoch": lambda row, _: rows.append(row),
    }
    model = fit.compiled(architectures.build(config), config)
    untrained_loss, _ = answers.loss_and_accuracy(fit.predict(model, train, config), train.labels)
    fit.fit(model, fit.LabelTask(train, material.validation, config), config, **watched)
    seen = prepared(test, Vocabulary(material.corpus.words, config.tokenizer), config)
    _, accuracy = answers.loss_and_accuracy(fit.predict(model, seen, config), test.labels)
    return untrained_loss, rows, accuracy


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
    fit.fit(model, fit.LabelTask(training, validation, config), config, **watched)
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
