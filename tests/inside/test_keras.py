"""The memory of each network with a recurrent layer, against Keras's own layers, step by step, to 1e-5."""

import numpy as np
import pytest

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.inside import recurrent
from imdb_core.inside.steps import steps
from imdb_core.scoring import onnx_models
from imdb_core.training import checkpoints, export

NETWORKS = [name for name in architectures.names() if recurrent.has_memory(configs.preset(name))]
SMALL = {"vocabulary_size": 60, "review_length": 24, "embedding_size": 6, "units": 5}
PADDED = np.array([[0, 0, 0, 0, 0, 1, 5, 9, 2, 17, 33, 4, 8, 59, 7, 6]], np.int32)


def states_of_keras(layer, inputs):
    """(memory, cell or None), each (steps, units): Keras's cell, called once for each step."""
    import keras

    layer = getattr(layer, "forward_layer", layer)
    states = [
        keras.ops.zeros((1, layer.units)) for _ in range(2 if hasattr(layer.cell, "unit_forget_bias") else 1)
    ]
    every = []
    for step in range(inputs.shape[1]):
        _, states = layer.cell(inputs[:, step], states)
        every.append([np.array(state)[0] for state in states])
    columns = [np.array(column) for column in zip(*every, strict=True)]
    return columns[0], columns[1] if len(columns) > 1 else None


@pytest.mark.parametrize(
    "shift", [0.0, 0.05]
)  # of all weights; without it the biases of many layers are zero
@pytest.mark.parametrize("name", NETWORKS)
def test_the_memory_the_cell_and_the_last_layer_are_those_of_keras(name, shift):
    import keras

    keras.utils.set_random_seed(3)
    config = configs.preset(name, **SMALL)
    model = architectures.build(config, regularised=False)
    # Three times the weights: gates far from one half.
    arrays = {key: array * 3 + np.float32(shift) for key, array in checkpoints.weights(model).items()}
    checkpoints.load_weights(model, arrays)
    content = export.converted(config, arrays)
    onnx_models.usable_graph(content, config)
    found = recurrent.find(content)
    [layer] = [
        each for each in model.layers if type(each).__name__ in ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
    ]
    inputs = keras.Model(model.input, layer.input)(PADDED)
    memory, cell = states_of_keras(layer, inputs)

    session = found.opened(inputs=True)
    states = found.states(session.run(None, {"words": PADDED}), inputs=True)
    shown = steps(found.kind, found.weights, states.inputs[:, 0], states.memory[:, 0])
    assert states.inputs[:, 0] == pytest.approx(np.array(inputs)[0], abs=1e-5)
    assert shown.memory == pytest.approx(memory, abs=1e-5)
    if cell is None:
        assert shown.cell is None
    else:
        assert shown.cell == pytest.approx(cell, abs=1e-5)
        assert shown.gates["output"] * np.tanh(cell) == pytest.approx(memory, abs=1e-5)
    output = np.array(model(PADDED))
    assert states.output == pytest.approx(output, abs=1e-5)
    if found.head is not None:
        odds = memory[-1] @ found.head.kernel + found.head.bias
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(output[0, 0], abs=1e-5)
    assert (found.head is not None) == (name not in ("cnn_lstm_dense", "gru_attention", "bilstm_max"))
    assert found.words_per_step == (config.pool_size if name.startswith("cnn") else 1)


def test_a_network_for_three_classes_has_a_memory_and_no_single_line():
    config = configs.preset("lstm", **SMALL).model_copy(update={"classes": ("a", "b", "c")})
    content = export.converted(config, checkpoints.weights(architectures.build(config)))
    found = recurrent.find(content)
    assert found.kind == "LSTM" and found.units == 5 and found.head is None
