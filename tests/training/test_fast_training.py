"""Training with the compiled layers, the traced step and the optimizers: it learns what Keras learns."""

import keras
import numpy as np
import pytest

from imdb_core import answers, architectures
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.training import checkpoints, fit
from imdb_core.training.fast.layers import layers_for, optimizers_for
from imdb_core.training.fast.steps import replace_train_step
from tests.training.comparing import compiled_layers

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the compiled layers are for TensorFlow"
)


def counted(function, calls):
    def counting(batch):
        calls.append(1)
        return function(batch)

    return counting


@pytest.mark.parametrize("classes, weighted", [(("a", "b"), False), (("a", "b", "c"), True)])
def test_a_step_is_traced_once_for_all_shapes_and_learns_the_same(tiny, classes, weighted):
    config = tiny(network="cnn_lstm", weight_averaging=0.9, gradient_clipping=1.0, classes=classes)
    traces, both_results = [], []
    random = np.random.default_rng(5)
    shapes = [(8, 20), (8, 16), (8, 20), (3, 20), (3, 7)]
    steps = []
    for shape in shapes:
        targets = answers.targets(random.integers(0, len(classes), shape[0]), classes)
        weights = (random.random(shape[0], np.float32),) if weighted else ()
        steps.append((random.integers(0, 400, shape, np.int32), targets, *weights))
    for prepared in (lambda model: None, replace_train_step):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config), config)
        model.train_step = counted(model.train_step, traces)
        prepared(model)
        traces.clear()
        rows = [model.train_on_batch(*step) for step in steps]
        both_results.append([rows, *checkpoints.weights(model).values()])
    assert len(traces) == 1
    for expected, learned in zip(*both_results, strict=True):
        assert np.array_equal(learned, expected)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("clipping", [0, 0.01])
def test_the_optimizers_learn_what_keras_optimizers_learn(tiny, optimizer, clipping):
    """Words repeat in a batch, so the sum of squares is not the square of the sum."""
    options = {"weight_averaging": 0.9, "learning_rate": 0.01}
    config, both_results = tiny(optimizer=optimizer, gradient_clipping=clipping, **options), []
    words, labels = np.random.default_rng(5).integers(0, 9, (40, 20), np.int32), np.ones((40, 1), np.float32)
    for faster in ({}, optimizers_for("cpu", "length_buckets")):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config), config, faster)
        replace_train_step(model)
        for _ in range(5):
            model.train_on_batch(words, labels)
        state = [np.asarray(variable) for variable in model.optimizer.variables]
        both_results.append([*checkpoints.weights(model).values(), *state])
    assert isinstance(model.optimizer, faster[optimizer])
    for expected, learned in zip(*both_results, strict=True):
        np.testing.assert_allclose(learned, expected, rtol=1e-4, atol=1e-6)


def test_keras_own_layers_stay_where_the_compiled_ones_do_not_apply():
    for layers in (layers_for("gpu:0", 2, "length_buckets"), layers_for("cpu", 2, "padded")):
        for name in ("Embedding", "LSTM", "GRU", "Conv1D", "MaxPooling1D"):
            assert getattr(layers, name) is getattr(keras.layers, name)
    assert compiled_layers().Dense is keras.layers.Dense


@pytest.mark.parametrize("name", architectures.names())
def test_training_with_the_compiled_layers_learns_the_same_weights(tiny, name):
    """After a few steps on the same batches the weights differ by rounding only; one checkpoint fits both."""
    config = tiny(network=name, batch_size=40, learning_rate=0.001)
    words = np.random.default_rng(5).integers(4, 400, (80, 20))
    reviews = Reviews.from_lists(words.tolist(), words[:, 0] % 2)
    both_weights = []
    for layers in (None, compiled_layers()):
        keras.utils.set_random_seed(config.seed)
        model = fit.compiled(architectures.build(config, layers=layers), config)
        architectures.start(model, config, lambda: batches.training_batches(reviews, config, 0))
        for epoch in (1, 2, 3):
            for batch in batches.training_batches(reviews, config, epoch):
                model.train_on_batch(*batch)
        both_weights.append(checkpoints.weights(model))
    expected, learned = both_weights
    assert learned.keys() == expected.keys()
    for key, array in expected.items():
        assert np.isfinite(array).all()
        np.testing.assert_allclose(learned[key], array, atol=2e-4)
    checkpoints.load_weights(model, expected)
