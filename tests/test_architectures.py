"""The networks: their exact sizes, and that the table made without Keras is Keras's own."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from imdb_core import architectures, config, script
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
]
LIGHT = "architectures config data errors layer_shapes paths runs.devices runs.launcher runs.store scoring.predictor"


def odd(network, changes):
    """The preset with `changes`, and few entries for phrases, which would only take time here."""
    return config.checked(
        {**architectures.preset_values(network), "ngram_buckets": 1024, **changes, "network": network}
    )


BEYOND = ("bilstm_max", "text_cnn", "gru_attention", "transformer", "ngram_linear", "nb_ngram", "wide_deep")


def keras_rows(config):
    """(class, output shape, parameters) of each layer when a review has exactly `review_length` words,
    sorted: branches.
    """
    import keras

    from imdb_core.architectures.keras_layers import namespace

    inputs = keras.Input((config.review_length,), dtype="int32")
    model = keras.Model(inputs, architectures.connect(config, namespace(), inputs, config.__dict__))
    found = [
        (type(layer).__name__, tuple(layer.output.shape), layer.count_params()) for layer in model.layers
    ]
    return sorted((row for row in found if row[0] != "InputLayer"), key=str)


@pytest.mark.parametrize("network", PARAMETERS)
def test_each_preset_has_exactly_the_tutorials_parameters(network):
    assert (
        sum(row.parameters for row in architectures.layer_table(config.preset(network)))
        == PARAMETERS[network]
    )


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


@pytest.mark.parametrize("network", ["cnn_lstm", "transformer"])
def test_mixed_precision_computes_short_keeps_long_and_answers_exactly(network, tiny):
    import keras

    values = tiny(network=network, precision="mixed_bfloat16")
    model = architectures.build(values, precision=values.precision)
    assert {layer.compute_dtype for layer in model.layers[2:-1]} == {"bfloat16"}
    assert {weight.dtype for weight in model.weights} == {"float32"} == {model.output.dtype}
    assert keras.config.dtype_policy().name == "float32", "the next network is not concerned"
    assert "set_dtype_policy" in script.plain_script(values)


def ngrams(longest, buckets, *reviews):
    """The layer, knowing the phrases of `reviews` that stand in two of them."""
    from imdb_core.architectures.keras_layers import NGrams

    layer = NGrams(longest, buckets)
    layer.learn([np.array(reviews, np.int32)])
    return layer


def test_known_phrases_are_numbered_alike_wherever_they_stand_once_a_review_and_padding_is_none():
    layer = ngrams(2, 1000, [0, 0, 5, 6], [5, 6, 5, 6], [0, 6, 5, 6])
    ids = np.asarray(layer(np.array([[0, 0, 5, 6], [5, 6, 5, 6], [0, 6, 5, 6], [0, 0, 7, 5]], np.int32)))
    assert [len(set(row) - {0}) for row in ids] == [3, 4, 4, 1], (
        "5, 6, 5-6; beside these 6-5; of 7, 7-5 and 5 only 5 is known"
    )
    assert set(ids[3]) < set(ids[0]) < set(ids[1]) == set(ids[2])
    assert all(list(row).count(one) == 1 for row in ids for one in set(row) - {0}) and ids.max() < 1000


def test_a_phrase_of_one_review_is_not_known_and_of_those_with_one_number_the_most_frequent_is():
    assert not np.asarray(ngrams(1, 1000, [5, 5, 5], [6, 7, 8])(np.array([[5, 6, 7]], np.int32))).any()
    same_number = 5 + 999  # the first hash is the rest of a division by one less than the entries
    layer = ngrams(1, 1000, [5], [5], [same_number], [same_number], [same_number])
    assert [bool(layer(np.array([[word]], np.int32))[0, 0]) for word in (5, same_number)] == [False, True]


def test_the_longest_phrases_of_the_rarest_words_do_not_overflow():
    rare = [88_586] * 9
    ids = np.asarray(ngrams(5, 2**22, rare, rare)(np.array([rare], np.int32)))
    assert ids.min() == 0 and (ids > 0).sum() == 5, "one phrase of each length, every other is a repetition"


def test_naive_bayes_starts_with_the_textbooks_ratios(tiny):
    """Four reviews, three words: r = log((p / sum p) / (q / sum q)) with p, q = 1 + reviews with the word,
    over all entries.
    """
    values = tiny(network="nb_ngram", longest_ngram=1, ngram_buckets=1024)
    model = architectures.build(values)
    words = np.array([[0, 5, 6], [0, 5, 6], [7, 5, 5], [7, 5, 7]], np.int32)
    architectures.start(model, values, lambda: [(words, np.array([[1.0], [1.0], [0.0], [0.0]]))])
    layer, ratios = model.layers[1], model.layers[2].get_weights()[0]
    found = {word: ratios[layer(np.array([[word]], np.int32))[0, 0], 0] for word in (5, 6, 7)}
    assert found == pytest.approx({5: 0, 6: np.log(3), 7: -np.log(3)}, abs=1e-6)  # both sums are 1024 + 4
    assert ratios[0] == 0 and np.count_nonzero(ratios) == 2 and not model.layers[2].trainable
    assert model.layers[-1].get_weights()[0][0] == 1


@pytest.mark.parametrize("network", [name for name in architectures.names() if architectures.get(name).tuned])
def test_a_tuned_preset_has_the_same_kinds_of_layers_but_for_hidden_words(network):
    def kinds(**options):
        return [row.type for row in architectures.layer_table(config.preset(network, **options))]

    assert kinds(tuned=True, word_dropout=0.0) == kinds()
    assert config.preset(network, tuned=True) != config.preset(network)
    assert (
        config.command(config.preset(network, tuned=True))
        == f"python -m imdb_core train --network {network} --tuned"
    )


def test_tuned_values_are_refused_where_there_are_none():
    with pytest.raises(ConfigError, match="nb_ngram has no tuned values; lstm, cnn_lstm have"):
        config.preset("nb_ngram", tuned=True)


def test_a_review_without_a_known_phrase_gets_a_probability(tiny):
    values = tiny(network="ngram_linear", ngram_buckets=1024)
    answer = architectures.build(values)(np.zeros((2, 16), np.int32))
    assert np.isfinite(np.asarray(answer)).all()


def test_short_numbers_change_neither_phrases_nor_the_places_of_words():
    import keras

    from imdb_core.architectures.keras_layers import NGrams, Positions

    words = np.random.default_rng(3).integers(1, 90, (40, 30)).astype(np.int32)
    x, found = np.zeros((1, 600, 8), np.float32), []
    for policy in ("float32", "mixed_bfloat16"):
        ngrams, positions = NGrams(3, 2048, dtype=policy), Positions(dtype=policy)
        ngrams.learn([words])
        found.append(
            (ngrams.numbered(words), keras.ops.convert_to_numpy(keras.ops.cast(positions(x), "float32")))
        )
    (ids, waves), (short_ids, short_waves) = found
    assert (ids == short_ids).all() and ids.any()
    assert short_waves == pytest.approx(waves, abs=1e-3)


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


def test_while_training_each_review_is_judged_by_one_branch_afterwards_by_all():
    from imdb_core.architectures.keras_layers import BranchDropout

    branches = [np.full((64, 1), value, np.float32) for value in (2, 4)]
    layer = BranchDropout((0.75, 0.25))
    assert np.asarray(layer(branches)).tolist() == [[2.5]] * 64
    drawn = np.asarray(layer(branches, training=True))
    assert set(drawn[:, 0]) == {2.0, 4.0} and (drawn != np.asarray(layer(branches, training=True))).any(), (
        "drawn anew"
    )


@pytest.mark.parametrize("network", ["lstm", "wide_deep"])
def test_hidden_words_are_hidden_as_a_whole_and_only_while_training(network, tiny):
    import keras

    values = tiny(network=network, word_dropout=0.5, vocabulary_size=50, ngram_buckets=1024)
    model = architectures.build(values)
    hiding = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.Dropout) and layer.noise_shape
    )
    words = keras.Model(model.input, hiding.output)
    batch = np.random.default_rng(1).integers(3, 50, (8, 40)).astype(np.int32)
    whole, some = (np.asarray(words(batch, training=training)) for training in (False, True))
    hidden = (some == 0).all(axis=2)
    assert 0.3 < hidden.mean() < 0.7 and some[~hidden] == pytest.approx(2 * whole[~hidden], rel=1e-5)
    assert not (whole == 0).any()


def test_layer_tables_of_visitors_who_ask_at_once_do_not_mix(monkeypatch):
    alone = {name: architectures.layer_table(config.preset(name)) for name in architectures.names()}
    monkeypatch.setattr(architectures, "_layer_table", architectures._layer_table.__wrapped__)  # no memory
    interval, names = sys.getswitchinterval(), architectures.names() * 20
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            at_once = list(threads.map(architectures.layer_table, [config.preset(name) for name in names]))
    finally:
        sys.setswitchinterval(interval)
    assert at_once == [alone[name] for name in names]
