"""The sizes of gradients: a plain RNN by hand, networks against Keras, and a training that stays the same."""

import numpy as np
import pytest

from imdb_core import answers, architectures, initial_weights
from imdb_core import config as configs
from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import Reviews
from imdb_core.inside.learning import FARTHEST
from imdb_core.training import checkpoints, fit
from imdb_core.training.network import trainable_network
from imdb_core.training.sizes import Sizes
from tests.training.fitting import network, short_reviews, trained

SMALL = {
    "vocabulary_size": 60,
    "review_length": 24,
    "embedding_size": 8,
    "units": 5,
    "filters": 6,
    "ngram_buckets": 1024,
    "word_dropout": 0.3,
    "dropout": 0.4,
}


def reviews(count=12, words=24):
    random = np.random.default_rng(2)
    texts = [[1, *random.integers(4, 60, random.integers(3, words)).tolist()] for _ in range(count)]
    return Reviews.from_lists(texts, [number % 2 for number in range(count)])


def small(name):
    values = {key: value for key, value in SMALL.items() if key in configs.hyperparameters(name)}
    return configs.preset(name, **values)


def measured(config, model, texts):
    sizes = Sizes(config, texts, device="cpu", threads=1)
    sizes.validated(fit.predict(model, texts, config))
    return sizes.measure(model)


def test_the_gradient_of_a_plain_rnn_is_that_computed_by_hand():
    """memory = tanh(x W + memory R + b); p = sigmoid(memory v + c); the loss of one text is cross-entropy."""
    config = small("simple_rnn").changed(word_dropout=0.0, embedding_size=2, units=2, review_length=6)
    model = architectures.build(config)
    random = np.random.default_rng(4)
    arrays = {
        name: random.normal(size=array.shape).astype(np.float32)
        for name, array in checkpoints.weights(model).items()
    }
    checkpoints.load_weights(model, arrays)
    table, w, r, b, v, c = (array.astype(np.float64) for array in arrays.values())
    words, label = [1, 9, 4, 31, 8, 17], 1
    x, memories = table[words], [np.zeros(2)]
    for vector in x:
        memories.append(np.tanh(vector @ w + memories[-1] @ r + b))
    p = 1 / (1 + np.exp(-(memories[-1] @ v + c)))
    back, expected = (p - label) @ v.T, []
    for memory in reversed(memories[1:]):
        through = back * (1 - memory**2)
        expected.append(np.linalg.norm(w @ through))
        back = r @ through
    found = measured(config, model, Reviews.from_lists([words], [label]))
    assert found.by_distance == pytest.approx(expected, rel=1e-3) and found.texts == 1
    assert found.layers[4].gradients == pytest.approx(
        np.sqrt(np.mean(((p - label) * memories[-1]) ** 2)), rel=1e-3
    )


@pytest.mark.parametrize("name", ["lstm_recurrent_dropout", "cnn_lstm_dense", "gru_attention", "wide_deep"])
def test_the_sizes_of_the_compiled_layers_are_those_of_keras_without_dropout(name):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(3)
    config, texts = small(name), reviews()
    model = trainable_network(config, device="cpu", threads=1)
    if architectures.has_layer(config, "NGrams"):
        rows = texts.padded(np.arange(len(texts)), 24)
        initial_weights.learn_phrases(model, lambda: [(np.concatenate([rows, rows]), None)])
    found = measured(config, model, texts)
    plain = architectures.build(config, regularised=False)
    for target, source in zip(
        checkpoints.variables(plain).values(), checkpoints.variables(model).values(), strict=True
    ):
        target.assign(source)
    with tf.GradientTape() as tape:
        width = int(padded_width(int(texts.lengths.max()), config))
        output = plain(texts.padded(np.arange(len(texts)), width), training=False)
        loss = answers.loss(config.classes, config.label_smoothing)(
            answers.targets(texts.labels, config.classes), output
        )
    gradients = tape.gradient(loss, [variable.value for variable in plain.trainable_variables])
    expected = [float(np.sqrt(np.mean(tf.convert_to_tensor(each).numpy() ** 2))) for each in gradients]
    assert [layer.gradients for layer in found.layers] == pytest.approx(expected, rel=2e-3, abs=1e-9)
    assert any(expected)
    assert [layer.weights for layer in found.layers] == pytest.approx(
        [float(np.sqrt(np.mean(np.array(each) ** 2))) for each in plain.trainable_variables], rel=1e-3
    )
    assert len(found.by_distance) == texts.lengths.max() < FARTHEST and all(found.by_distance)


def test_measuring_after_each_epoch_leaves_the_training_as_it_was():
    config = configs.preset("lstm_dropout", **{k: SMALL[k] for k in ("units", "dropout", "embedding_size")})
    config = config.changed(epochs=3, review_length=12, word_dropout=0.2, vocabulary_size=500)
    texts, rows = short_reviews(), []
    for measures in (False, True):
        model = network(config)
        sizes = Sizes(config, texts, device="cpu", threads=1)
        progress, losses = fit.FitState(), []
        for epoch in range(1, 4):
            epoch_config = config.model_copy(update={"epochs": epoch})
            [row], progress = trained(model, texts, epoch_config, progress=progress)
            losses.append((row["loss"], row["val_loss"]))
            if measures:
                sizes.measure(model)
        rows.append(losses)
    assert rows[0] == rows[1] and len(set(rows[0])) == 3


def test_only_an_epoch_with_a_model_gets_a_file_and_a_resume_keeps_it(tmp_path):
    from imdb_core.inside import learning
    from imdb_core.runs import layout

    config, texts = small("simple_rnn"), reviews()
    model = network(config)
    sizes = Sizes(config, texts, device="cpu", threads=1)
    sizes.keep_epoch(tmp_path, model, 1)
    assert not learning.exists(tmp_path, 1)
    path = tmp_path / layout.epoch_model(1)
    path.parent.mkdir()
    path.touch()
    sizes.keep_epoch(tmp_path, model, 1, resumed=True)
    kept = learning.of_epoch(tmp_path, 1, config.classes)
    assert sum(map(sum, kept.probabilities)) == len(texts)
    model.layers[-1].bias.assign([5.0])
    sizes.keep_epoch(tmp_path, model, 1, resumed=True)
    assert learning.of_epoch(tmp_path, 1, config.classes) == kept
    sizes.keep_epoch(tmp_path, model, 1)
    assert learning.of_epoch(tmp_path, 1, config.classes) != kept
