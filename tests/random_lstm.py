"""An ONNX file with an LSTM of random weights, made without a framework."""

import numpy as np
from onnx import TensorProto, helper

from imdb_core import answers
from tests.hostile_models.building import model, node

UNITS = 3


def lstm(classes):
    """A network with an LSTM of UNITS units and random weights, which answers with this number of classes."""
    random, outputs = np.random.default_rng(5), answers.outputs(classes)
    weights = {
        "vectors": random.normal(size=(100, 4)),
        "w": random.normal(size=(1, 4 * UNITS, 4)),
        "r": random.normal(size=(1, 4 * UNITS, UNITS)),
        "b": random.normal(size=(1, 8 * UNITS)),
        "kernel": random.normal(size=(UNITS, outputs)),
        "bias": np.zeros(outputs),
    }
    constants = {name: array.astype(np.float32) for name, array in weights.items()}
    constants |= {
        "first": np.array([0]),
        "second": np.array([1]),
        "last": np.array([-1]),
        "end": np.array([2**31]),
    }
    activation = {} if outputs == 1 else {"axis": 1}
    nodes = [
        node("Gather", "vectors words", "vectors_of_words", axis=0),
        node("Transpose", "vectors_of_words", "by_word", perm=[1, 0, 2]),
        helper.make_node(
            "LSTM",
            ["by_word", "w", "r", "b", ""],
            ["states", "last_memory", "last_cell"],
            hidden_size=UNITS,
            direction="forward",
        ),
        node("Squeeze", "states second", "forward"),
        node("Slice", "forward last end first", "final"),
        node("Squeeze", "final first", "memory"),
        node("MatMul", "memory kernel", "product"),
        node("Add", "product bias", "sums"),
        node("Sigmoid" if outputs == 1 else "Softmax", "sums", "answer", **activation),
    ]
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, outputs])
    return model(nodes, constants, outputs=(answer,)).SerializeToString()
