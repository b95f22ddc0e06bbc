"""The networks: their exact sizes, and that the table made without Keras is Keras's own."""

import subprocess
import sys

import pytest

from imdb_core import architectures, config
from imdb_core.errors import ConfigError

PARAMETERS = {
    "lstm": 213_301,
    "lstm_dropout": 213_301,
    "lstm_recurrent_dropout": 213_301,
    "cnn_lstm": 216_405,
    "cnn_lstm_dense": 39_053,
}
ODD = [
    {},
    {"review_length": 37, "units": 1, "embedding_size": 3, "vocabulary_size": 11, "filters": 5, "pool_size": 7},
    {"review_length": 5, "kernel_size": 4, "pool_size": 5, "dense_units": 1, "units": 13, "dropout": 0.0},
    {"review_length": 101, "kernel_size": 1, "pool_size": 1, "filters": 1, "recurrent_dropout": 0.9},
]
LIGHT = "architectures config data errors layer_shapes paths runs.devices runs.launcher runs.store scoring.predictor"


def odd(network, changes):
    return config.checked({**architectures.preset_values(network), **changes, "network": network})


BEYOND = ("bilstm_max", "text_cnn")


def keras_rows(config):
    """(class, output shape, parameters) of each layer when a review has exactly `review_length` words, sorted: branches."""
    import keras

    inputs = keras.Input((config.review_length,), dtype="int32")
    model = keras.Model(inputs, architectures.connect(config, keras.layers, inputs, config.__dict__))
    found = [(type(layer).__name__, tuple(layer.output.shape), layer.count_params()) for layer in model.layers]
    return sorted((row for row in found if row[0] != "InputLayer"), key=str)


@pytest.mark.parametrize("network", PARAMETERS)
def test_each_preset_has_exactly_the_tutorials_parameters(network):
    assert sum(row.parameters for row in architectures.layer_table(config.preset(network))) == PARAMETERS[network]


def test_the_five_networks_are_listed_first_in_the_tutorials_order():
    assert architectures.tutorial_names() == list(PARAMETERS)
    assert architectures.names() == [*PARAMETERS, *BEYOND]


@pytest.mark.parametrize("changes", ODD)
@pytest.mark.parametrize("network", [*PARAMETERS, *BEYOND])
def test_the_table_made_without_keras_is_keras_own(network, changes):
    values = odd(network, changes)
    rows = [(row.type, row.output_shape, row.parameters) for row in architectures.layer_table(values)]
    assert sorted(rows, key=str) == keras_rows(values)


@pytest.mark.parametrize("network", [*PARAMETERS, *BEYOND])
def test_the_bare_network_takes_the_trained_ones_weights(network):
    from imdb_core.training import checkpoints

    values = odd(network, ODD[1])
    trained, bare = architectures.build(values), architectures.build(values, regularised=False)
    checkpoints.load_weights(bare, checkpoints.weights(trained))
    for name, array in checkpoints.weights(trained).items():
        assert (checkpoints.weights(bare)[name] == array).all()


def test_an_unknown_network_is_refused():
    with pytest.raises(ConfigError, match="network is 'gru'; it must be one of lstm, "):
        architectures.get("gru")


def test_a_table_within_a_table_keeps_both_apart():
    from imdb_core import layer_shapes

    with layer_shapes.recorded() as outer:
        layer_shapes.Dropout(0.5)((None, 3))
        inner = architectures.layer_table(config.preset("lstm"))
        layer_shapes.Dense(2)((None, 3))
    assert [row.type for row in outer] == ["Dropout", "Dense"]
    assert [row.type for row in inner] == ["Embedding", "LSTM", "Dense"]


def test_what_a_page_imports_loads_no_deep_learning_framework_and_no_streamlit():
    heavy = ("keras", "tensorflow", "jax", "torch", "streamlit", "onnxruntime")
    modules = "; ".join(f"import imdb_core.{name}" for name in LIGHT.split())
    program = f"import sys; {modules}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
