"""The models of epochs: one conversion serves all, each scores as its epoch did, their size is limited."""

import json

import keras
import numpy as np
import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs import layout
from imdb_core.scoring import onnx_models, predictor
from imdb_core.training import checkpoints, export, fit, onnx_template
from imdb_core.training.onnx_template import Template, Unplaceable

LOOPS = {"Loop", "Scan", "If"}
tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="other backends have TensorFlow convert"
)


@pytest.fixture
def small(tiny):
    """small(network): its config, and its model before training."""

    def config_and_model(network, **changes):
        config = tiny(network=network, units=4, embedding_size=4, probes="", **changes)
        return config, fit.compiled(architectures.build(config), config)

    return config_and_model


@pytest.fixture
def counted_conversions(monkeypatch):
    """The networks of all conversions to ONNX during the test."""
    convert, networks = export.converted, []

    def counted(config, arrays):
        networks.append(config.network)
        return convert(config, arrays)

    monkeypatch.setattr(export, "converted", counted)
    return networks


def outputs(onnx, words):
    runtime = onnx_models.session(onnx)
    return runtime.run(None, {runtime.get_inputs()[0].name: words})[0]


@pytest.mark.parametrize("network", architectures.names())
def test_a_filled_template_scores_as_a_conversion_of_the_same_weights(
    small, network, tmp_path, counted_conversions
):
    config, model = small(network)
    random = np.random.default_rng(1)
    words = random.integers(1, 30, (9, 32), np.int32)
    words[:3, :9] = 0  # as padding
    architectures.start(model, config, lambda: [(words, words[:, -1:] % 2)])
    arrays = {
        name: array + random.normal(size=array.shape) * ("owners" not in name)
        for name, array in checkpoints.weights(model).items()
    }
    arrays = {name: array.astype("float32") for name, array in arrays.items()}
    checkpoints.load_weights(model, arrays)
    exporter = export.Exporter(tmp_path, config)
    for epoch in (2, 1):
        exporter.keep_epoch(model, epoch)
    assert len(counted_conversions) == 1, "every epoch is converted"
    filled = outputs((tmp_path / layout.epoch_model(1)).read_bytes(), words)
    assert filled == pytest.approx(np.asarray(model.predict_on_batch(words)), abs=1e-5)
    direct = export.converted(config, arrays)
    assert filled == pytest.approx(outputs(direct, words), abs=1e-6)
    assert not operators(direct) & LOOPS, "scoring would be ten times slower"


@tensorflow_only
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("backwards", [True, False])
def test_a_gru_becomes_one_operator_of_onnx_that_gives_keras_results(tmp_path, sequences, backwards):
    from imdb_core.training import onnx_layers

    options = {"return_sequences": sequences, "go_backwards": backwards, "bias_initializer": "random_normal"}
    models = []
    for layers in (keras.layers, onnx_layers):
        words = keras.Input((None,), dtype="int32")
        models.append(keras.Model(words, layers.GRU(7, **options)(keras.layers.Embedding(30, 5)(words))))
    expected, converted = models
    converted.set_weights(expected.get_weights())
    export.write_onnx(converted, tmp_path / "model.onnx")
    onnx = (tmp_path / "model.onnx").read_bytes()
    assert operators(onnx) & {"GRU", *LOOPS} == {"GRU"}
    for shape in ((1, 1), (3, 32), (5, 9)):
        ids = np.random.default_rng(1).integers(1, 30, shape, np.int32)
        assert outputs(onnx, ids) == pytest.approx(expected.predict_on_batch(ids), abs=1e-6)


def operators(onnx):
    """The names of ONNX's operators in a model."""
    import onnx as library

    return {node.op_type for node in library.load_from_string(onnx).graph.node}


def test_a_network_without_a_template_is_converted_for_each_epoch(small, tmp_path, monkeypatch):
    def refused(*_):
        raise Unplaceable

    monkeypatch.setattr(export, "Template", refused)
    assert_an_epoch_scores_as_keras(tmp_path, *small("lstm"))


def assert_an_epoch_scores_as_keras(folder, config, model):
    export.Exporter(folder, config).keep_epoch(model, 3)
    words = np.ones((2, 16), np.int32)
    probabilities = outputs((folder / layout.epoch_model(3)).read_bytes(), words)
    assert probabilities == pytest.approx(np.asarray(model.predict_on_batch(words)), abs=1e-5)


def onnx_with(values):
    """An ONNX file whose only initializer holds `values`."""
    from onnx import helper, numpy_helper

    graph = helper.make_graph([], "graph", [], [], [numpy_helper.from_array(values, "w")])
    return helper.make_model(graph).SerializeToString()


@pytest.mark.parametrize("change", [lambda w: w * 2, lambda w: w + 0.5, lambda w: w[:, :2], lambda w: -w])
def test_a_conversion_that_changes_weights_is_noticed(change):
    arrays = {"w": np.zeros((3, 3), np.float32)}
    Template(lambda numbered: onnx_with(numbered["w"].T), arrays)
    with pytest.raises(Unplaceable):
        Template(lambda numbered: onnx_with(change(numbered["w"])), arrays)


def test_more_weights_than_float32_can_number_are_not_numbered(monkeypatch):
    monkeypatch.setattr(onnx_template, "LAST_NUMBER", onnx_template.FIRST_NUMBER + 8)
    with pytest.raises(Unplaceable):
        Template(lambda numbered: onnx_with(numbered["w"]), {"w": np.zeros((3, 3), np.float32)})


@pytest.mark.parametrize("change", [lambda w: w.T, lambda w: w[::-1], lambda w: np.vstack([w, w])])
def test_a_table_that_a_conversion_changes_is_noticed(change):
    arrays = {"0-Embedding/embeddings": np.random.default_rng(1).normal(size=(50, 3)).astype("float32")}
    template = Template(lambda numbered: onnx_with(next(iter(numbered.values()))), arrays)
    [table] = initializers(template.filled(arrays))
    assert table.tolist() == arrays["0-Embedding/embeddings"].tolist()
    with pytest.raises(Unplaceable):
        Template(lambda numbered: onnx_with(change(next(iter(numbered.values())))), arrays)


@tensorflow_only
def test_a_network_that_cannot_have_short_tables_is_converted_as_it_is(small, tmp_path, monkeypatch):
    def refused(config, arrays):
        if onnx_template.is_shortened(arrays):
            raise ValueError("the table has 30 rows of its own")
        return convert(config, arrays)

    convert = export.converted
    monkeypatch.setattr(export, "converted", refused)
    assert_an_epoch_scores_as_keras(tmp_path, *small("lstm"))


def initializers(onnx):
    """The arrays in an ONNX file."""
    import onnx as library

    return [library.numpy_helper.to_array(each) for each in library.load_from_string(onnx).graph.initializer]


def epochs_in(folder):
    """The epochs whose models are in a run's folder, in order."""
    files = (folder / layout.EPOCH_MODELS).iterdir()
    return sorted(int(file.stem.removeprefix("epoch-")) for file in files)


def test_when_all_epochs_are_too_large_every_second_one_is_removed(small, tmp_path, monkeypatch):
    config, model = small("lstm")
    exporter = export.Exporter(tmp_path, config)
    exporter.keep_epoch(model, 1)
    size = (tmp_path / layout.epoch_model(1)).stat().st_size
    monkeypatch.setattr(configs, "MOST_EPOCH_BYTES", 4 * size)
    epochs = []
    for epoch in range(2, 9):
        exporter.keep_epoch(model, epoch)
        epochs.append(epochs_in(tmp_path))
    assert epochs == [[1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 3, 5], [1, 3, 5, 6], [1, 5, 7], [1, 5, 7, 8]]


def test_each_epochs_model_scores_as_the_run_did_after_that_epoch(tiny_run):
    best = predictor.load(tiny_run.folder)
    assert best.epochs == [1, 2]
    for row in tiny_run.epochs:
        then = predictor.load(tiny_run.folder, row["epoch"])
        scored = [then.score(text).probability for text in tiny_run.config.probe_reviews]
        assert scored == pytest.approx(row["probes"], abs=1e-4)
    assert tiny_run.epochs[0]["probes"] != pytest.approx(tiny_run.epochs[1]["probes"], abs=1e-4)


def test_the_model_of_an_epoch_without_a_checkpoint_is_not_listed(small, tmp_path):
    config, model = small("lstm")
    exporter = export.Exporter(tmp_path, config)
    for epoch in (1, 2):
        exporter.keep_epoch(model, epoch)
    from imdb_core import data

    reviews = data.load("demo").test.prepared(config.vocabulary_size, config.review_length)
    exporter.export(model, data.load("demo").words, reviews, fit.FitState(epoch=1, best_epoch=1))
    assert list(json.loads((tmp_path / layout.MODEL_FACTS).read_text())["epochs"]) == ["1"]
