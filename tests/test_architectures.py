"""The networks: their exact sizes, and that the layer table computed without Keras equals Keras's."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imdb_core import architectures, config, script
from imdb_core.errors import ConfigError
from tests import networks

PARAMETERS = {  # of the five tutorials, as published; so their names stand here
    "lstm": 213_301,
    "lstm_dropout": 213_301,
    "lstm_recurrent_dropout": 213_301,
    "cnn_lstm": 216_405,
    "cnn_lstm_dense": 39_053,
}
ODD = [
    {},
    {
        "review_length": 37,
        "units": 1,
        "embedding_size": 3,
        "vocabulary_size": 11,
        "filters": 5,
        "word_dropout": 0.3,
        "heads": 1,
    },
    {
        "review_length": 5,
        "kernel_size": 4,
        "pool_size": 5,
        "dense_units": 1,
        "units": 13,
        "dropout": 0.0,
        "longest_ngram": 5,
    },
    {
        "review_length": 101,
        "kernel_size": 1,
        "pool_size": 1,
        "filters": 1,
        "recurrent_dropout": 0.9,
        "embedding_size": 2,
        "heads": 5,
    },
    {"review_length": 16, "embedding_size": 4, "units": 3, "filters": 2, "classes": ("a", "b", "c")},
]


def odd(network, changes):
    """The preset with `changes`, and few entries for phrases, which would only take time here."""
    return config.checked(
        {**architectures.preset_values(network), "ngram_buckets": 1024, **changes, "network": network}
    )


def keras_rows(config):
    """(class, output shape, parameters) of Keras's layers for reviews of `review_length` words, sorted.

    Sorted, because the order of branches is Keras's own.
    """
    import keras

    from imdb_core.architectures.keras_layers import namespace

    inputs = keras.Input((config.review_length,), dtype="int32")
    model = keras.Model(inputs, architectures.connect(inputs, namespace(), values=config.__dict__))
    rows = [(type(layer).__name__, tuple(layer.output.shape), layer.count_params()) for layer in model.layers]
    return sorted((row for row in rows if row[0] != "InputLayer"), key=str)


@pytest.mark.parametrize("network", PARAMETERS)
def test_each_preset_has_exactly_the_tutorials_parameters(network):
    assert (
        sum(row.parameters for row in architectures.layer_table(config.preset(network)))
        == PARAMETERS[network]
    )


def test_the_five_networks_are_listed_first_in_the_tutorials_order():
    assert architectures.tutorial_names() == list(PARAMETERS) == architectures.names()[:5]


@pytest.mark.parametrize("changes", ODD)
@pytest.mark.parametrize("network", architectures.names())
def test_the_table_made_without_keras_is_keras_own(network, changes):
    values = odd(network, changes)
    rows = [(row.type, row.output_shape, row.parameters) for row in architectures.layer_table(values)]
    assert sorted(rows, key=str) == keras_rows(values)


@pytest.mark.parametrize("network", architectures.names())
def test_a_network_without_regularisation_takes_the_trained_weights(network):
    from imdb_core.training import checkpoints

    values = odd(network, ODD[1])
    trained, unregularised = architectures.build(values), architectures.build(values, regularised=False)
    checkpoints.load_weights(unregularised, checkpoints.weights(trained))
    for name, array in checkpoints.weights(trained).items():
        assert (checkpoints.weights(unregularised)[name] == array).all()


@pytest.mark.parametrize("network", ["cnn_lstm", "transformer"])
def test_mixed_precision_computes_in_bfloat16_with_weights_and_answers_in_float32(network, tiny):
    import keras

    values = tiny(network=network, precision="mixed_bfloat16")
    model = architectures.build(values, precision=values.precision)
    assert {layer.compute_dtype for layer in model.layers[2:-1]} == {"bfloat16"}
    assert {weight.dtype for weight in model.weights} == {"float32"} == {model.output.dtype}
    assert keras.config.dtype_policy().name == "float32", "the next network is not concerned"
    assert "set_dtype_policy" in script.plain_script(values)


@pytest.mark.parametrize("network", [name for name in architectures.names() if architectures.get(name).tuned])
def test_a_tuned_preset_has_the_same_kinds_of_layers_but_for_hidden_words(network):
    def kinds(**options):
        return [row.type for row in architectures.layer_table(config.preset(network, **options))]

    assert kinds(tuned=True, word_dropout=0.0) == kinds(word_dropout=0.0)
    assert config.preset(network, tuned=True) != config.preset(network)
    assert (
        config.command(config.preset(network, tuned=True))
        == f"python -m imdb_core train --network {network} --tuned"
    )


def test_tuned_values_are_refused_where_there_are_none():
    with pytest.raises(ConfigError, match="nb_ngram has no tuned values; only lstm, cnn_lstm, text_cnn have"):
        config.preset("nb_ngram", tuned=True)


def test_an_unknown_network_is_refused():
    with pytest.raises(ConfigError, match="network is 'gru'; it must be one of lstm, "):
        architectures.get("gru")


def test_a_layer_table_made_within_another_recording_stays_separate():
    from imdb_core import layer_shapes

    with layer_shapes.recorded() as outer:
        layer_shapes.Dropout(0.5)((None, 3))
        inner = architectures.layer_table(config.preset("lstm"))
        layer_shapes.Dense(2)((None, 3))
    assert [row.type for row in outer] == ["Dropout", "Dense"]
    assert [row.type for row in inner] == ["Embedding", "LSTM", "Dense"]


def test_layer_tables_of_visitors_who_ask_at_once_do_not_mix():
    """Two threads compute a table of the same network, and wait for each other before and after a layer."""
    both = threading.Barrier(2, timeout=20)

    def slow(x, layers, *, units):
        both.wait()
        x = layers.LSTM(units)(x)
        both.wait()
        return x

    def table_of(units):
        return architectures.layer_table(config.preset(name, units=units))

    with networks.registered(slow) as name, ThreadPoolExecutor(2) as threads:
        tables = list(threads.map(table_of, (3, 5)))
    for units, table in zip((3, 5), tables, strict=True):
        assert [row.type for row in table] == ["Embedding", "LSTM", "Dense"]
        assert table[1].output_shape == (None, units)
