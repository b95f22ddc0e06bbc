"""Adversarial training: the change raises the loss, and the step follows the mean of both gradients."""

import keras
import numpy as np
import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.architectures import keras_layers
from imdb_core.data import batches
from imdb_core.errors import ConfigError
from imdb_core.training import adversarial, checkpoints, fit, network
from tests.training.comparing import compiled_layers
from tests.training.fitting import short_reviews

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="adversarial training needs TensorFlow"
)
SHARE = 0.1
OF_VECTORS = [name for name in architectures.names() if "adversarial_change" in configs.hyperparameters(name)]


def a_batch(config):
    return next(batches.training_batches(short_reviews(), config, 1))


def undropped(config, layers=None):
    """A compiled network without dropout, so that two passes over a batch differ only in the change."""
    keras.utils.set_random_seed(config.seed)
    model = architectures.build(config, regularised=False, layers=layers)
    for layer in model.layers:
        if isinstance(layer, keras_layers.BranchDropout):
            layer.call = lambda branches, training=False, shares=layer.shares: sum(
                share * branch for share, branch in zip(shares, branches, strict=True)
            )
    return fit.compiled(model, config)


def split(model):
    """(the word embedding, the rest of the network as a function of ids and vectors)."""
    embedding = architectures.word_embedding(model)
    return embedding, keras.Model([model.input, embedding.output], model.output)


def test_a_change_has_its_share_of_the_length_of_the_words_and_leaves_padding_alone():
    random = np.random.default_rng(1)
    words = np.array([[0, 0, 5, 6], [7, 8, 9, 4], [0, 3, 3, 3]])
    vectors, gradients = random.normal(size=(2, 3, 4, 5)).astype(np.float32)
    gradients[2] = 0
    changes = np.asarray(adversarial.changes(words, vectors, gradients, SHARE))
    is_word = (words > 0)[:, :, None]
    lengths = np.sqrt((changes**2).sum((1, 2)))
    expected = SHARE * np.sqrt(((vectors * is_word) ** 2).sum((1, 2)))
    assert lengths[:2] == pytest.approx(expected[:2], rel=1e-5)
    assert not changes[2].any(), "a text without a gradient has no direction"
    assert not changes[~np.broadcast_to(is_word, changes.shape)].any()


@pytest.mark.parametrize("name", OF_VECTORS)
def test_a_step_follows_the_mean_of_the_gradients_of_real_and_changed_texts(tiny, name):
    """With a learning rate of 1 the step is the gradient, and as long as the slope in its own direction."""
    import tensorflow as tf

    config = tiny(network=name, optimizer="sgd", learning_rate=1.0, word_dropout=0.0)
    model = undropped(config)
    words, targets = map(tf.convert_to_tensor, a_batch(config))
    embedding, rest = split(model)
    with tf.GradientTape() as tape:
        vectors = embedding(words)
        tape.watch(vectors)
        loss = model.compute_loss(words, targets, rest([words, vectors]))
    change = adversarial.changes(words, vectors, tape.gradient(loss, vectors), SHARE)

    def losses():
        vectors = embedding(words)
        return [
            float(model.compute_loss(words, targets, rest([words, vectors + sign * change])))
            for sign in (0, 1, -1)
        ]

    real, worse, better = losses()
    assert worse > real > better
    weights = model.trainable_variables
    before = [variable.numpy() for variable in weights]
    adversarial.replace_train_step(model, SHARE)
    measured, _ = model.train_on_batch(words, targets)
    assert measured == pytest.approx(real, rel=1e-5), "the curves show the loss of the real texts"
    moved = [old - variable.numpy() for old, variable in zip(before, weights, strict=True)]
    length = np.sqrt(sum(float((each**2).sum()) for each in moved))
    means = []
    for step in (1e-3, -1e-3):
        for variable, old, each in zip(weights, before, moved, strict=True):
            variable.assign(old + step * each / length)
        means.append(np.mean(losses()[:2]))
    assert length == pytest.approx((means[0] - means[1]) / 2e-3, rel=0.02)


@pytest.mark.parametrize("name", OF_VECTORS)
def test_compiled_layers_take_the_same_step(tiny, name):
    config = tiny(network=name, optimizer="sgd", learning_rate=0.1, word_dropout=0.0)
    results = []
    for layers in (None, compiled_layers()):
        model = undropped(config, layers)
        adversarial.replace_train_step(model, SHARE)
        for _ in range(3):
            model.train_on_batch(*a_batch(config))
        results.append(checkpoints.weights(model))
    for expected, learned in zip(*(weights.values() for weights in results), strict=True):
        assert learned == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
@pytest.mark.parametrize("name", ["lstm", "wide_deep", "nb_ngram"])
def test_the_network_of_a_run_learns_adversarially_if_it_has_word_vectors(tiny, name, classes):
    config = tiny(network=name, classes=classes, adversarial_change=0.5)
    learned = []
    for each in (config, config.changed(adversarial_change=0.0)):
        keras.utils.set_random_seed(config.seed)
        model = network.trainable_network(each, device="cpu", threads=1)
        words, targets = a_batch(each)
        loss, accuracy = model.train_on_batch(words, targets, np.ones(len(words), np.float32))
        assert np.isfinite(loss) and 0 <= accuracy <= 1
        learned.append(np.concatenate([array.ravel() for array in checkpoints.weights(model).values()]))
    assert np.array_equal(*learned) == (name == "nb_ngram")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_refuse_with_a_sentence(tiny, monkeypatch, backend):
    model = undropped(tiny(network="lstm"))
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    with pytest.raises(ConfigError, match=f"0.1, which needs TensorFlow, but {backend} .* Set"):
        adversarial.replace_train_step(model, SHARE)
