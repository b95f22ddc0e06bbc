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
from imdb_core.training.fast import layers, steps
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
    """With a learning rate of 1 the step is the gradient."""
    import tensorflow as tf

    model = undropped(tiny(network=name, optimizer="sgd", learning_rate=1.0, word_dropout=0.0))
    words, targets = map(tf.convert_to_tensor, a_batch(tiny()))
    embedding, rest = split(model)
    weights = [variable.value for variable in model.trainable_variables]

    def loss_and_gradients(change):
        with tf.GradientTape() as tape:
            vectors = embedding(words)
            loss = model.compute_loss(words, targets, rest([words, vectors + change]))
        return float(loss), *tape.gradient(loss, (vectors, weights))

    real, of_vectors, of_real = loss_and_gradients(0.0)
    change = adversarial.changes(words, embedding(words), of_vectors, SHARE)
    worse, _, of_changed = loss_and_gradients(change)
    better, _, _ = loss_and_gradients(-change)
    assert worse > real > better
    before = [variable.numpy() for variable in model.trainable_variables]
    adversarial.learn_adversarially(model, SHARE)
    measured, _ = model.train_on_batch(words, targets)
    assert measured == pytest.approx(real, rel=1e-5), "the curves show the loss of the real texts"
    after = [variable.numpy() for variable in model.trainable_variables]
    for old, new, *gradients in zip(before, after, of_real, of_changed, strict=True):
        mean = sum(tf.convert_to_tensor(each).numpy() for each in gradients) / 2
        assert old - new == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
@pytest.mark.parametrize("clipping", [0.0, 0.01])
@pytest.mark.parametrize("faster", [False, True])
def test_a_tiny_change_is_a_usual_step_with_every_optimizer(tiny, optimizer, clipping, faster):
    """Words repeat in a batch: optimizers use the squares of the rows of an embedding's gradient."""
    values = {"optimizer": optimizer, "gradient_clipping": clipping, "learning_rate": 0.1}
    config, learned = tiny(network="lstm", word_dropout=0.0, **values), []
    for share in (0, 1e-7):
        model = undropped(config)
        if faster:
            fit.compiled(model, config, layers.optimizers_for("cpu", config.batching))
        if share:
            adversarial.learn_adversarially(model, share)
        model.train_on_batch(*a_batch(config))
        learned.append(checkpoints.weights(model))
    for expected, array in zip(*(weights.values() for weights in learned), strict=True):
        assert array == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", OF_VECTORS)
def test_compiled_layers_take_the_same_step(tiny, name):
    config = tiny(network=name, optimizer="sgd", learning_rate=0.1, word_dropout=0.0)
    results = []
    for namespace in (None, compiled_layers()):
        model = undropped(config, namespace)
        adversarial.learn_adversarially(model, SHARE)
        for _ in range(3):
            model.train_on_batch(*a_batch(config))
        results.append(checkpoints.weights(model))
    for expected, learned in zip(*(weights.values() for weights in results), strict=True):
        assert learned == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("layer", ["LSTM", "Conv1D"])
def test_a_second_embedding_beside_that_of_the_words_learns_as_with_keras_layers(tiny, layer):
    """Its branch does not depend on the change, so only an explicit order separates both passes."""
    config = tiny(network="lstm", optimizer="sgd", learning_rate=0.1)
    options = {"LSTM": {"units": 4}, "Conv1D": {"filters": 4, "kernel_size": 3, "padding": "same"}}[layer]
    results = []
    for namespace in (keras.layers, compiled_layers()):
        keras.utils.set_random_seed(config.seed)
        words = keras.Input((None,), dtype="int32")
        branches = [getattr(namespace, layer)(**options)(keras.layers.Embedding(400, 5)(words)) for _ in "ab"]
        if layer == "Conv1D":
            branches = [keras.layers.GlobalMaxPooling1D()(branch) for branch in branches]
        answer = keras.layers.Dense(1, "sigmoid")(keras.layers.Concatenate()(branches))
        model = fit.compiled(keras.Model(words, answer), config)
        adversarial.learn_adversarially(model, SHARE)
        steps.replace_train_step(model)
        for _ in range(3):
            model.train_on_batch(*a_batch(config))
        results.append(checkpoints.weights(model))
    for expected, learned in zip(*(weights.values() for weights in results), strict=True):
        assert learned == pytest.approx(expected, abs=1e-5)


def test_an_embedding_that_is_called_twice_is_refused_with_a_sentence(tiny):
    words = keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(400, 5)
    both = keras.layers.Add()([embedding(words), embedding(keras.ops.flip(words, 1))])
    answer = keras.layers.Dense(1, "sigmoid")(keras.layers.GlobalMaxPooling1D()(both))
    model = fit.compiled(keras.Model(words, answer), tiny())
    with pytest.raises(ConfigError, match="no single Embedding layer gives the vectors of its words. Set"):
        adversarial.learn_adversarially(model, SHARE)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
@pytest.mark.parametrize("name", ["lstm", "wide_deep", "nb_ngram"])
def test_the_network_of_a_run_learns_adversarially_if_it_has_word_vectors(tiny, name, classes):
    config = tiny(network=name, classes=classes, adversarial_change=0.5)
    learned = []
    for each in (config, config.changed(adversarial_change=0.0)):
        keras.utils.set_random_seed(config.seed)
        model = network.trainable_network(each, device="cpu", threads=1)
        words, targets = a_batch(each)
        losses = [
            model.train_on_batch(words, targets, np.full(len(words), weight, np.float32))[0]
            for weight in (1.0, 0.0)
        ]
        assert np.isfinite(losses[0]) and losses[1] == 0, "the weights of the texts count"
        learned.append(np.concatenate([array.ravel() for array in checkpoints.weights(model).values()]))
    assert np.array_equal(*learned) == (name == "nb_ngram")


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_refuse_with_a_sentence(tiny, monkeypatch, backend):
    model = undropped(tiny(network="lstm"))
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    with pytest.raises(ConfigError, match=f"0.1, which needs TensorFlow, but {backend} .* Set"):
        adversarial.learn_adversarially(model, SHARE)
