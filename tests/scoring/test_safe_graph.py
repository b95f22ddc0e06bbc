"""ONNX files that no export writes are refused before ONNX Runtime reads them; exported files are allowed."""

import numpy as np
import onnx
import pytest

from imdb_core import config as configs
from imdb_core.errors import ModelError
from imdb_core.scoring import graph_sizes, models, onnx_models, safe_graph
from imdb_core.scoring.graph_sizes import Sizes
from imdb_core.scoring.safe_graph import SafeGraph, UnsafeModel
from imdb_core.scoring.tensors import Value
from imdb_core.training import export
from tests import hostile_models

SHAPES = ((1, 1), (1, 100), (80, 100))


def require_bounded(content):
    graph = SafeGraph(content)
    for shape in SHAPES:
        graph.require_bounded(*shape)


@pytest.mark.parametrize(
    "sound",
    [hostile_models.answering(), hostile_models.constant(0.5), hostile_models.attending(0.01)],
    ids=["", "constant", "attention"],
)
def test_the_sound_models_behind_the_hostile_models_are_allowed(sound):
    require_bounded(sound.SerializeToString())


@pytest.mark.parametrize("kind", hostile_models.STRUCTURES)
def test_a_file_that_no_export_writes_is_refused(kind):
    with pytest.raises(UnsafeModel):
        SafeGraph(hostile_models.STRUCTURES[kind]())


@pytest.mark.parametrize("kind", hostile_models.SIZES)
def test_a_graph_that_needs_too_much_or_has_other_outputs_is_refused(kind):
    with pytest.raises(UnsafeModel, match=r"^for [\d,]+ x [\d,]+ words |not 1 for each review"):
        require_bounded(hostile_models.SIZES[kind]())


@pytest.mark.parametrize("key", [model.key for model in models.pretrained()])
@pytest.mark.parametrize("shape", [(1, 2), (1, 40), (3, 33)])
def test_the_computed_shape_of_every_tensor_is_that_of_onnx_runtime(key, shape):
    """All tensors of a network become outputs, so that ONNX Runtime shows their shapes.

    Reads the graph's private parts, because require_bounded() shows no tensor's shape.
    """
    content = (models.find(key).folder / "model.onnx").read_bytes()
    graph, model = SafeGraph(content), onnx.load_from_string(content)
    expected = {**graph._constants, graph._input: Value(shape)}
    graph_sizes.sizes(graph._nodes, expected, Sizes(10**12, 10**12, 10**12))
    names = [name for node in model.graph.node for name in node.output if name]
    outputs = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in outputs)
    runtime = onnx_models.session(model.SerializeToString())
    words = np.random.default_rng(1).integers(0, 400, shape, np.int32)
    shapes = {
        output.name: array
        for output, array in zip(runtime.get_outputs(), runtime.run(None, {"words": words}), strict=True)
    }
    for name in names:
        assert expected[name].shape == shapes[name].shape, name
        if (known := expected[name].numbers) is not None:
            assert list(known) == shapes[name].ravel().tolist(), name


def test_an_export_with_a_new_operator_says_where_to_allow_it(monkeypatch):
    folder = models.find("pretrained/cnn_lstm_dense").folder
    content, config = (folder / "model.onnx").read_bytes(), configs.preset("cnn_lstm_dense")
    export.require_usable(config, content)
    monkeypatch.setattr(
        safe_graph, "RULES", {name: rule for name, rule in graph_sizes.RULES.items() if name != "Conv"}
    )
    with pytest.raises(ModelError, match=r"cnn_lstm_dense cannot be used as ONNX: .*'Conv'.*safe_graph\.py"):
        export.require_usable(config, content)


def test_a_file_with_any_changed_byte_is_refused_or_still_bounded():
    content = (models.find("pretrained/cnn_lstm_dense").folder / "model.onnx").read_bytes()
    weights = content.index(b"const_starts__90")
    for place in [*range(0, weights, 7), *range(len(content) - 40, len(content))]:
        changed = bytearray(content)
        changed[place] ^= 0x55
        try:
            SafeGraph(bytes(changed)).require_bounded(2, 50)
        except UnsafeModel:
            continue
