"""The memory of a typed text: the network's own, with start token, padding, pooling and cut words."""

import numpy as np
import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.inside import recurrent
from imdb_core.inside.trace import trace
from imdb_core.scoring import predictor

TEXT = "A wonderful film, but the ending is not good at all"
# network -> (kind, directions, words a step, whether the last layer judges the memory directly)
FACTS = {
    "lstm": ("LSTM", 1, 1, True),
    "lstm_dropout": ("LSTM", 1, 1, True),
    "lstm_recurrent_dropout": ("LSTM", 1, 1, True),
    "cnn_lstm": ("LSTM", 1, 2, True),
    "cnn_lstm_dense": ("LSTM", 1, 2, False),
    "gru_attention": ("GRU", 2, 1, False),
}


def pretrained(name):
    return predictor.load(paths.PRETRAINED / name)


@pytest.mark.parametrize("name", FACTS)
def test_the_recurrent_layer_of_each_pretrained_network_is_found(name):
    layer = recurrent.find(pretrained(name).content())
    assert (layer.kind, layer.directions, layer.words_per_step, layer.head is not None) == FACTS[name]
    assert layer.units == pretrained(name).config.units


@pytest.mark.parametrize("name", ["transformer", "wide_deep"])
def test_a_network_without_a_memory_has_no_trace(name):
    network = pretrained(name)
    assert recurrent.find(network.content()) is None and not recurrent.has_memory(network.config)
    assert trace(network, network.read(TEXT)) is None


def test_the_layer_table_tells_which_networks_have_a_memory():
    known = {name for name in architectures.names() if recurrent.has_memory(configs.preset(name))}
    assert known == {*FACTS, "bilstm_max", "simple_rnn"}


@pytest.mark.parametrize("words", [1, 3, 12, 15, 16, 200, 700])
@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts[3]])
def test_the_last_memory_gives_the_score(name, words):
    """With padding, at the full width, and with words that are cut off."""
    network = pretrained(name)
    reading = network.read(" ".join((TEXT.split() * 100)[:words]))
    traced = trace(network, reading)
    odds = traced.steps.memory[-1] @ traced.layer.head.kernel + traced.layer.head.bias
    [expected] = network.log_odds([reading.ids], len(reading.ids) + reading.padding)
    assert odds == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("words", [1, 2, 15, 16, 17, 120])
@pytest.mark.parametrize("name", ["lstm", "cnn_lstm_dense", "gru_attention"])
def test_each_word_that_is_read_belongs_to_one_step(name, words):
    network = pretrained(name)
    reading = network.read(" ".join((TEXT.split() * 100)[:words]))
    traced = trace(network, reading)
    places = [place for first, end in traced.words for place in range(first, end)]
    assert places == list(range(reading.cut, len(reading.words)))
    assert (
        len(traced.words)
        == len(traced.steps.memory)
        == len(traced.steps.gates["update" if name == "gru_attention" else "input"])
    )


def test_the_memory_before_the_first_word_is_that_of_padding_and_start_token():
    network = pretrained("lstm")
    reading = network.read("good")
    traced = trace(network, reading)
    layer = traced.layer
    session = layer.opened(inputs=False)
    ids = np.zeros((1, len(reading.ids) + reading.padding), np.int32)
    ids[0, -2] = 1
    states = layer.states(session.run(None, {session.get_inputs()[0].name: ids}), inputs=False)
    assert traced.start == pytest.approx(states.memory[-2, 0], abs=1e-7)


def test_the_cell_of_an_lstm_gives_the_memory():
    network = pretrained("lstm")
    steps = trace(network, network.read(TEXT)).steps
    assert steps.gates["output"] * np.tanh(steps.cell) == pytest.approx(steps.memory, abs=1e-6)
