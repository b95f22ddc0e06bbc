"""A language model is trained, resumed and continued from; a network starts from its weights."""

import numpy as np
import pytest

from imdb_core import architectures, data
from imdb_core import config as configs
from imdb_core.data.reviews import FIRST_WORD, UNKNOWN
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.runs import launcher, layout, store
from imdb_core.scoring import language_models, models, predictor
from imdb_core.training import checkpoints, fit
from imdb_core.training.candidates import Candidates
from imdb_core.training.next_words import NextWordTask
from tests import language_runs
from tests.training.fitting import short_reviews

pytestmark = pytest.mark.keras
CONFIG = {"vocabulary_size": 400, "review_length": 12, "device": "cpu", "probes": "this film\nthe acting"}


def built(config):
    """The network of `config`, ready to train, with its seed."""
    import keras

    from imdb_core.training.network import trainable_network

    keras.utils.set_random_seed(config.seed)
    return trainable_network(config, device="cpu", threads=2)


def fitted(config, model, progress, **stops):
    """(rows, last FitState) of a training on short texts."""
    rows = []
    options = {"on_batch": lambda row: None, "on_epoch": lambda row, state: rows.append(row)} | stops
    task = NextWordTask(short_reviews(), short_reviews(), config)
    return rows, fit.fit(model, task, config, progress=progress, **options)


def test_the_loss_is_that_of_a_softmax_over_all_words():
    import keras

    config = language_runs.config(**CONFIG, dropout=0.0, optimizer="sgd", learning_rate=1e-6)
    model = built(config)
    for name, array in language_runs.arrays(config).items():
        checkpoints.variables(model)[name].assign(array)
    words = np.random.default_rng(1).integers(1, 400, (4, 13)).astype(np.int32)
    candidates = Candidates(np.ones(400, np.int64)).draw(np.random.default_rng(1))
    loss, accuracy = model.train_on_batch(words[:, :-1], (words[:, 1:], *candidates))
    arrays = language_runs.arrays(config)
    features = model.predict_on_batch(words[:, :-1])
    scores = features @ arrays["1-Embedding/embeddings"].T + arrays["6-WordScores/biases"]
    scores[:, :, 0] = -np.inf  # padding is no word
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(words[:, 1:], scores)
    assert loss == pytest.approx(float(expected), abs=1e-4)
    assert accuracy == pytest.approx((scores.argmax(axis=2) == words[:, 1:]).mean(), abs=1e-6)


def test_drawn_words_count_with_their_corrections_and_the_next_word_counts_once():
    config = language_runs.config(**CONFIG | {"vocabulary_size": 1500}, dropout=0.0, optimizer="sgd")
    model, arrays = built(config.changed(learning_rate=1e-6)), language_runs.arrays(config)
    for name, array in arrays.items():
        checkpoints.variables(model)[name].assign(array)
    random = np.random.default_rng(1)
    ids, corrections = Candidates(np.arange(1500, 0, -1)).draw(random)
    words = random.integers(1, 1500, (4, 13)).astype(np.int32)
    words[:, 3], words[:, 5] = ids[-1], ids[-1]  # a rare word that is a candidate, too, perhaps several times
    loss, _ = model.train_on_batch(words[:, :-1], (words[:, 1:], ids, corrections))
    features = model.predict_on_batch(words[:, :-1]).reshape(-1, 8).astype(np.float64)
    scores = features @ arrays["1-Embedding/embeddings"].T + arrays["6-WordScores/biases"]
    losses = []
    for place, word in enumerate(words[:, 1:].ravel()):
        others = [
            np.exp(scores[place, id] + add) for id, add in zip(ids, corrections, strict=True) if id != word
        ]
        losses.append(np.log(np.exp(scores[place, word]) + sum(others)) - scores[place, word])
    assert loss == pytest.approx(np.mean(losses), abs=1e-4)


def test_continuing_computes_what_keras_computes():
    config = language_runs.config(**CONFIG)
    model = built(config)
    for name, array in language_runs.arrays(config).items():
        checkpoints.variables(model)[name].assign(array)
    vocabulary = Vocabulary(data.load("demo").words).limited(400)
    learned = language_models.made_of(config, vocabulary, checkpoints.weights(model))
    ids = [1, 20, 30, 40]
    memory = np.zeros((2, config.units), np.float32)
    for id in ids:
        memory = learned._after(memory, id)  # private: continued() only shows words that were drawn
    arrays = learned.arrays
    features = memory[0] @ arrays["Dense/kernel"] + arrays["Dense/bias"]
    expected = model.predict_on_batch(np.array([ids], np.int32))[0, -1]
    assert np.abs(features - expected).max() < 1e-5


def test_a_resumed_training_ends_with_the_same_weights(tmp_path):
    config = language_runs.config(**CONFIG, weight_averaging=0.9)
    whole = built(config)
    rows, _ = fitted(config, whole, fit.FitState())
    states = []

    def stop_after_one(row, progress):
        checkpoints.save(tmp_path / layout.CHECKPOINTS, half, {"kind": "epoch", **row}, progress)
        states.append(progress)
        raise fit.Stopped

    half = built(config)
    with pytest.raises(fit.Stopped):
        fitted(config, half, fit.FitState(), on_epoch=stop_after_one)
    resumed = built(config)
    checkpoints.restore(tmp_path / layout.CHECKPOINTS, resumed, 1)
    later, _ = fitted(config, resumed, states[0])
    assert later[0]["val_loss"] == rows[1]["val_loss"] < rows[0]["val_loss"]
    for name, array in checkpoints.weights(whole).items():
        assert np.array_equal(array, checkpoints.weights(resumed)[name]), name


def ended(run, wait_until):
    wait_until(lambda: not store.read(run.folder).active)
    run = store.read(run.folder)
    assert run.state == "finished", f"{run.ending}\n{run.log_tail()}"
    return run


def test_from_texts_without_labels_to_a_score(wait_until, each_way):
    words = ended(launcher.submit(language_runs.config(**CONFIG, batch_size=256)), wait_until)
    assert [len(row["texts"]) for row in words.epochs] == [2, 2]
    assert words.test_accuracy is None and not words.has_model and models.available()[-1].key != words.id
    assert language_models.available()[0].id == words.id
    sizes = {name: getattr(words.config, name) for name in language_models.SIZES}
    config = configs.preset(
        "lstm", dataset="demo", start_from=words.id, vocabulary_size=400, review_length=40, epochs=1, **sizes
    )
    run = ended(launcher.submit(config), wait_until)
    store.delete(words)
    assert 0 < predictor.load(run.folder).score("a wonderful film").probability < 1
    assert 0 < run.test_accuracy < 1


@pytest.mark.parametrize("network", ["lstm", "bilstm_max", "cnn_lstm", "wide_deep"])
def test_word_vectors_are_taken_over_by_word_and_the_lstm_where_it_reads_them(network):
    from imdb_core.training import start_weights

    run = language_runs.written()
    learned = language_models.load(run)
    values = {"dataset": "demo", **language_runs.SIZES, "vocabulary_size": 150, "ngram_buckets": 1024}
    used = {
        name: value
        for name, value in values.items()
        if name in (*configs.hyperparameters(network), "dataset")
    }
    config = configs.preset(network, start_from=run.id, **used)
    own = [*reversed(data.load("demo").words[:100]), "zqxx"]
    model = built(config)
    before = checkpoints.weights(model)
    start_weights.take_over(model, config, own)
    vectors, theirs = (
        architectures.word_embedding(model).get_weights()[0],
        learned.arrays["Embedding/embeddings"],
    )
    first, second = learned.vocabulary.words[:2]
    for word in (first, second):
        place = own.index(word) + FIRST_WORD + 1
        assert np.array_equal(vectors[place], theirs[learned.vocabulary.encode_words([word])[1]])
    assert np.array_equal(vectors[UNKNOWN], theirs[UNKNOWN])
    unchanged = next(array for array in before.values() if array.shape == vectors.shape)
    assert np.array_equal(
        vectors[own.index("zqxx") + FIRST_WORD + 1], unchanged[own.index("zqxx") + FIRST_WORD + 1]
    )
    after = checkpoints.weights(model)
    kernels = [name for name in after if np.array_equal(after[name], learned.arrays["LSTM/kernel"])]
    assert len(kernels) == (network in ("lstm", "bilstm_max"))
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    assert len(changed) == (4 if kernels else 1), changed


def test_a_language_model_that_is_gone_when_the_run_starts_fails_it_with_a_sentence(wait_until):
    words = language_runs.written()
    config = configs.preset("lstm", dataset="demo", start_from=words.id, **language_runs.SIZES)
    run = store.create(config, store.new_id())
    store.delete(words)
    launcher.dispatch()
    wait_until(lambda: store.read(run.folder).state == "failed")
    assert f"There is no run {words.id} to start from" in store.read(run.folder).message
