"""The filters of a convolution, against Keras's own layers: answers, windows, effects, and wanted words."""

import numpy as np
import pytest

from imdb_core import answers, architectures, paths
from imdb_core import config as configs
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.errors import ModelError
from imdb_core.inside.filters import findings, has_filters, wanted_words
from imdb_core.scoring import predictor
from tests.class_runs import THREE
from tests.random_networks import random_run

NETWORKS = ("cnn_lstm", "cnn_lstm_dense", "text_cnn", "wide_deep")
TEXT = "goal rain the vote goal rain the goal"


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


def convolutions(model):
    return sorted(
        (layer for layer in model.layers if type(layer).__name__ == "Conv1D"),
        key=lambda layer: layer.kernel_size,
    )


def log_odds(model, ids, of):
    """Of the class `of`, from the numbers before Keras's last sigmoid or softmax, which do not saturate."""
    import keras

    last = model.layers[-1]
    kernel, bias = (np.array(weight, np.float64) for weight in last.get_weights())
    features = np.array(keras.Model(model.inputs, last.input)([ids]), np.float64)
    return answers.exact_log_odds(features @ kernel + bias, of)[0]


def silenced(model, layer, filter, ids, of):
    """The log-odds while one filter of the layer answers 0: its kernel and bias are zero."""
    kernel, bias = (np.array(weight) for weight in layer.get_weights())
    changed = kernel.copy(), bias.copy()
    changed[0][:, :, filter], changed[1][filter] = 0, 0
    layer.set_weights(changed)
    result = log_odds(model, ids, of)
    layer.set_weights([kernel, bias])
    return result


def test_the_layer_table_tells_which_networks_have_filters():
    assert {name for name in architectures.names() if has_filters(configs.preset(name))} == {*NETWORKS}


@pytest.mark.parametrize("classes", [("negative", "positive"), THREE])
@pytest.mark.parametrize("words", [1, 8, 40])
def test_answers_and_effects_are_those_of_keras(name, classes, words):
    import keras

    network, model = random_run(name, classes)
    reading = network.read(" ".join((TEXT.split() * 5)[:words]))
    ids, read = reading.padded(), len(reading.words) - reading.cut
    for of in (0, 1):
        found, number, before = findings(network, reading, of=of), 0, log_odds(model, ids, of)
        for layer in convolutions(model):
            expected = np.array(keras.Model(model.inputs, layer.output)([ids]))[0, -read:].T
            rows = slice(number, number + len(expected))
            assert found.answers[rows] == pytest.approx(expected, abs=1e-5)
            assert set(found.sizes[rows]) == {layer.kernel_size[0]}
            effects = [before - silenced(model, layer, filter, ids, of) for filter in range(len(expected))]
            assert found.effects[rows] == pytest.approx(np.array(effects), abs=1e-4)
            number += len(expected)
        assert number == len(found.sizes)


def test_a_window_holds_the_words_that_change_the_answer(name):
    """Another word inside the window changes the answer, a word outside does not."""
    network, _ = random_run(name, ("negative", "positive"))
    words = ["goal"] * 12
    before = findings(network, network.read(" ".join(words)))
    for filter in range(len(before.sizes)):
        first, end = before.window(filter, 6)
        assert end - first == before.sizes[filter] and first <= 6 < end
        outside = ["rain" if not first <= place < end else word for place, word in enumerate(words)]
        after = findings(network, network.read(" ".join(outside)))
        assert after.answers[filter, 6] == pytest.approx(before.answers[filter, 6], abs=1e-5)
        if before.answers[filter, 6] > 0:
            inside = ["rain" if place == first else word for place, word in enumerate(words)]
            after = findings(network, network.read(" ".join(inside)))
            assert after.answers[filter, 6] != pytest.approx(before.answers[filter, 6], abs=1e-5)


def test_wanted_words_are_those_with_the_largest_amount_at_each_place(name):
    network, model = random_run(name, THREE)
    found, number = findings(network, network.read("goal")), 0
    vectors = network.word_vectors().astype(np.float64)
    for layer in convolutions(model):
        kernel = np.array(layer.get_weights()[0], np.float64)  # (places, inputs, filters)
        for filter in range(kernel.shape[2]):
            wanted = wanted_words(network, found.kernels[number], 2)
            assert len(wanted) == kernel.shape[0]
            for place, best in enumerate(wanted):
                amounts = {
                    word: vectors[FIRST_WORD + 1 + row] @ kernel[place, :, filter]
                    for row, word in enumerate(network.vocabulary.words)
                }
                largest = sorted(amounts.values(), reverse=True)[:2]
                assert [amount for _, amount in best] == pytest.approx(largest, abs=1e-5)
                assert amounts[best[0][0]] == pytest.approx(largest[0])
            number += 1


def test_a_network_without_a_convolution_says_so():
    network = predictor.load(paths.PRETRAINED / "lstm")
    with pytest.raises(ModelError, match="no convolution"):
        findings(network, network.read("good"))
