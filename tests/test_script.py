"""The plain Keras script of a run: complete for each network, with the run's numbers."""

import ast
import builtins
import math
import re
from types import SimpleNamespace

import pytest
from networks import registered

from imdb_core import architectures, data, script
from imdb_core import config as configs
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.script.annotations import without_annotations

ODD = {
    "vocabulary_size": 321,
    "review_length": 123,
    "embedding_size": 17,
    "units": 19,
    "seed": 11,
    "learning_rate": 0.0023,
    "epochs": 6,
    "batch_size": 48,
    "validation_share": 0.15,
    "gradient_clipping": 2.5,
    "optimizer": "adam",
    "learning_rate_schedule": "constant",
}


def layers_of(config):
    """The lines between input and model."""
    return script.network_source(config).splitlines()[1:-1]


@pytest.mark.parametrize("network", architectures.names())
def test_each_networks_script_is_complete_python_with_the_runs_numbers(network):
    odd = {name: value for name, value in ODD.items() if name in configs.hyperparameters(network)}
    source = script.plain_script(configs.preset(network, **odd))
    compile(source, network, "exec")
    training = source[source.index("# The network") : source.index("# From here on only for typed reviews")]
    assert "imdb_core" not in source and "{" not in training.replace("{accuracy:.4f}", "")
    for text in (
        "num_words=321",
        "maxlen=123",
        "keras.Input((123,)",
        "layers.Embedding(321, 17)" if architectures.get(network).embeds else "NGrams(3, ",
        *(["(19"] if "units" in odd else []),
        "set_random_seed(11)",
        "default_rng(11)",
        "round(0.15 * len(order))",
        "learning_rate = 0.0023",
        "keras.optimizers.Adam(learning_rate, global_clipnorm=2.5",
        "batch_size=48",
        "epochs=6",
        "figures differ slightly",
    ):
        assert text in source, text


def test_the_layers_are_those_of_the_network_in_their_order():
    assert layers_of(configs.preset("cnn_lstm_dense")) == [
        "x = layers.Embedding(500, 32)(inputs)",
        'x = layers.Conv1D(32, 5, padding="same", activation="relu")(x)',
        "x = layers.MaxPooling1D(2)(x)",
        "x = layers.LSTM(50)(x)",
        "x = layers.Dropout(0.2)(x)",
        'x = layers.Dense(25, activation="sigmoid")(x)',
        'x = layers.Dense(1, activation="sigmoid")(x)',
    ]


def test_layers_that_keras_does_not_have_come_with_their_source_and_only_where_they_are_used():
    plain, phrases = (script.plain_script(configs.preset(network)) for network in ("transformer", "nb_ngram"))
    assert (
        "class Positions(keras.layers.Layer)" in plain
        and "class NGrams" not in plain
        and "set_log_count_ratios" not in plain
    )
    assert "class NGrams(keras.layers.Layer)" in phrases and "class Positions" not in phrases
    places = [
        phrases.index(text)
        for text in ("model = keras.Model", "\nlearn_phrases(model", "\nset_log_count_ratios(model")
    ]
    assert places == sorted(places) and places[-1] < phrases.index("# Training.")
    assert "class " not in script.plain_script(configs.preset("lstm"))


def test_word_vectors_are_learned_by_a_script_that_needs_them():
    plain, learned = (
        script.plain_script(configs.preset("lstm", word_vectors=how)) for how in ("random", "co_occurrence")
    )
    assert "word_vectors" not in plain
    places = [
        learned.index(text)
        for text in ("def _mutual_information", "def set_word_vectors", "\nset_word_vectors(model, ")
    ]
    assert places == sorted(places) and places[-1] < learned.index("# Training.")


def test_a_script_reads_a_typed_review_as_the_app_does():
    source = script.plain_script(configs.preset("lstm", vocabulary_size=300))
    imports = re.search("(?s)\nimport functools.*?\n\n", source)[0]
    reading = source[
        source.index("# From here on only for typed") : source.index("# The reviews that were given")
    ]
    known = {}
    exec(compile(imports + reading, "script", "exec"), known)  # noqa: S102 - our own source
    vocabulary = Vocabulary(data.load("demo").words).limited(300)
    ids = {word: id for word in vocabulary.words for id in vocabulary.encode_words([word])[1:]}
    for typed in (
        "A “superb”—never boring… film",
        "It&#39;s a ‘dull’ ﬁlm\u00a0with a&nbsp;mess",
        "",
        "zzqx 'film' 👍film",
    ):
        assert known["encoded"](typed, ids) == vocabulary.encode(typed), typed


def test_a_cosine_schedule_runs_over_all_batches():
    source = script.plain_script(
        configs.preset("lstm", learning_rate_schedule="cosine", epochs=4, batch_size=32)
    )
    assert "import math" in source and "steps = 4 * math.ceil(len(training) / 32)" in source
    assert "CosineDecay(0.001, decay_steps=steps)" in source
    assert "import math" not in script.plain_script(configs.preset("lstm"))


def test_training_options_are_in_the_script_only_if_the_run_uses_them():
    plain = script.plain_script(configs.preset("lstm"))
    assert 'loss="binary_crossentropy"' in plain and "callbacks=[keep_best]" in plain and "EMA" not in plain
    changes = {"optimizer": "adamw", "weight_decay": 0.02, "label_smoothing": 0.1, "weight_averaging": 0.99}
    source = script.plain_script(configs.preset("lstm", **changes))
    assert "AdamW(learning_rate, weight_decay=0.02, use_ema=True, ema_momentum=0.99)" in source
    assert "BinaryCrossentropy(label_smoothing=0.1)" in source
    assert "callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True), keep_best]" in source


def test_the_scripts_one_cycle_is_the_runs():
    import keras

    from imdb_core.training import fit

    config = configs.preset("lstm", learning_rate_schedule="one_cycle", learning_rate=0.01)
    source = script.plain_script(config)
    lines = source[source.index("class OneCycle") : source.index("model.compile(")]
    known = {"keras": keras, "math": math, "steps": 100}
    exec(compile(lines, "script", "exec"), known)  # noqa: S102 - our own source
    for step in (0, 10, 29, 31, 60, 99):
        assert float(known["learning_rate"](step)) == pytest.approx(
            fit.learning_rate(config, step / 100), abs=1e-7
        )


@pytest.mark.parametrize(
    "patience, comment", [(2, "# Early stopping: after 2 epochs"), (0, "# No early stopping")]
)
def test_early_stopping_follows_the_runs_patience_and_the_best_epoch_is_kept(patience, comment):
    source = script.plain_script(configs.preset("lstm", patience=patience, epochs=9))
    assert comment in source and f"patience={patience or 9}, restore_best_weights=True" in source


@pytest.mark.parametrize(
    "optimizer, name", [("adam", "Adam"), ("adamw", "AdamW"), ("rmsprop", "RMSprop"), ("sgd", "SGD")]
)
def test_the_optimizer_is_the_runs_without_clipping_unless_asked(optimizer, name):
    source = script.plain_script(configs.preset("lstm", optimizer=optimizer))
    assert f"keras.optimizers.{name}(learning_rate" in source and "clipnorm" not in source


def test_the_script_of_a_demo_run_says_that_it_reads_the_imdb_reviews():
    assert "demo reviews" in script.plain_script(configs.preset("lstm", dataset="demo"))
    assert "demo reviews" not in script.plain_script(configs.preset("lstm"))


def test_a_network_that_branches_gets_a_name_for_each_result():
    def branches(x, layers, *, units, filters):
        left, right = layers.LSTM(units)(x), layers.Bidirectional(layers.LSTM(units, dropout=0.1))(x)
        return layers.Concatenate(axis=-1)([left, right])

    with registered(branches) as name:
        source = script.network_source(with_network(name))
    assert source.splitlines()[1:-1] == [
        "x1 = layers.Embedding(5000, 32)(inputs)",
        "x2 = layers.LSTM(100)(x1)",
        "x3 = layers.Bidirectional(layers.LSTM(100, dropout=0.1))(x1)",
        "x4 = layers.Concatenate(axis=-1)([x2, x3])",
        'x5 = layers.Dense(1, activation="sigmoid")(x4)',
    ]
    assert source.endswith("model = keras.Model(inputs, x5)")


def test_a_layer_that_is_called_twice_is_one_layer():
    def shares(x, layers, *, units):
        shared = layers.Dense(units, name="shared")
        attended = layers.Attention(use_scale=True)([shared(x), shared(x)], training=True)
        return layers.GlobalMaxPooling1D()(attended)

    with registered(shares) as name:
        lines = layers_of(with_network(name))
    assert lines[1:5] == [
        'layer1 = layers.Dense(100, name="shared")',
        "x2 = layer1(x1)",
        "x3 = layer1(x1)",
        "x4 = layers.Attention(use_scale=True)([x2, x3], training=True)",
    ]


def with_network(name):
    """A config without checks: layer_shapes does not know all layers of the network `name`."""
    return SimpleNamespace(**configs.preset("lstm").__dict__ | {"network": name})


def test_no_annotation_is_left_in_the_script_and_nothing_else_is_changed():
    source = """\
def first(a: int, /, b: "str" = "ä", *rest: list[int], c: dict[str, int] | None = None, **d: Any) -> None:
    e: int = len("→ a: int")  # e: int
    return {1: e}[a:1]
"""
    assert (
        without_annotations(source)
        == """\
def first(a, /, b="ä", *rest, c=None, **d):
    e = len("→ a: int")  # e: int
    return {1: e}[a:1]
"""
    )


@pytest.mark.parametrize("network", architectures.names())
def test_a_script_uses_no_name_that_it_does_not_define(network):
    usable = {"word_vectors": "co_occurrence", "learning_rate_schedule": "one_cycle"}
    changes = {name: usable[name] for name in configs.hyperparameters(network) if name in usable}
    nodes = list(ast.walk(ast.parse(script.plain_script(configs.preset(network, **changes)))))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    defined = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    defined |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    defined |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    defined |= {alias.asname or alias.name for node in imports for alias in node.names}
    assert {name.id for name in names} <= defined | set(dir(builtins))
