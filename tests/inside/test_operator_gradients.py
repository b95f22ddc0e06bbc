"""The rule of each operator, against differences: one number of an input a little larger or smaller."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from imdb_core.inside.computed import Computed, NoGradient
from imdb_core.inside.operator_gradients import RULES, input_gradients_of
from imdb_core.scoring import onnx_models
from imdb_core.scoring.tensors import Node
from tests.hostile_models.building import model

RANDOM = np.random.default_rng(3)  # only for CASES: in a test, numbers would depend on which tests ran before
STEP = 1e-2


def array(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def layer(gates, units=3, inputs=2, directions=1):
    """The weights of an LSTM (4 gates), GRU (3) or plain RNN (1)."""
    rows = gates * units
    return [array(directions, rows, inputs), array(directions, rows, units), array(directions, 2 * rows)]


def axes(*numbers):
    return np.array(numbers, np.int64)


SAME = {"auto_pad": "SAME_UPPER", "strides": [1, 1], "dilations": [1, 1], "group": 1}
PLAIN = {"alpha": 1.0, "transA": 0}
GRU = {"hidden_size": 3, "linear_before_reset": 1}
# (operator, inputs, attributes); a list of several cases for an operator with several forms
CASES = [
    ("Add", [array(2, 3, 4), array(4)], {}),
    ("Add", [array(3, 1), array(2, 3, 4)], {}),
    ("Concat", [array(2, 3), array(2, 1)], {"axis": 1}),
    ("Conv", [array(2, 3, 1, 7), array(4, 3, 1, 3)], {**SAME, "kernel_shape": [1, 3]}),
    ("Conv", [array(2, 3, 1, 7), array(4, 3, 1, 4)], {**SAME, "kernel_shape": [1, 4]}),
    ("Conv", [array(2, 3, 1, 2), array(4, 3, 1, 5)], {**SAME, "kernel_shape": [1, 5]}),
    ("GRU", [array(5, 2, 2), *layer(3)], GRU),
    ("GRU", [array(5, 2, 2), *layer(3, directions=2)], {**GRU, "direction": "bidirectional"}),
    ("Gemm", [array(3, 4), array(2, 4)], {**PLAIN, "transB": 1}),
    ("Gemm", [array(3, 4), array(4, 2), array(2)], PLAIN),
    ("GlobalAveragePool", [array(2, 3, 4)], {}),
    ("GlobalMaxPool", [array(2, 3, 4)], {}),
    ("LSTM", [array(5, 2, 2), *layer(4)], {"hidden_size": 3}),
    ("LSTM", [array(5, 2, 2), *layer(4)], {"hidden_size": 3, "direction": "reverse"}),
    ("LSTM", [array(5, 2, 2), *layer(4, directions=2)], {"hidden_size": 3, "direction": "bidirectional"}),
    ("MatMul", [array(2, 3, 4), array(4, 2)], {}),
    ("MatMul", [array(2, 3, 4), array(2, 4, 2)], {}),
    ("MaxPool", [array(2, 3, 7)], {"kernel_shape": [3], "strides": [3]}),
    ("MaxPool", [array(2, 3, 1, 7)], {"kernel_shape": [1, 2], "strides": [1, 2]}),
    ("Mul", [array(2, 3, 4), array(3, 1)], {}),
    ("Neg", [array(2, 3)], {}),
    ("Reciprocal", [array(2, 3) + 9], {}),
    ("RNN", [array(5, 2, 2), *layer(1)], {"hidden_size": 3}),
    ("RNN", [array(5, 2, 2), *layer(1, directions=2)], {"hidden_size": 3, "direction": "bidirectional"}),
    ("ReduceMax", [array(4, 2, 3)], {"axes": [0], "keepdims": 0}),
    ("ReduceMean", [array(2, 4, 3)], {"axes": [1], "keepdims": 0}),
    ("Relu", [array(2, 3)], {}),
    ("Reshape", [array(2, 3, 4), axes(6, -1)], {}),
    ("Sigmoid", [array(2, 3)], {}),
    ("Slice", [array(4, 3, 2), axes(1, 0), axes(2**31, -1), axes(0, 1)], {}),
    ("Softmax", [array(2, 4, 1)], {"axis": 1}),
    ("Softmax", [array(2, 3, 4)], {}),
    ("Sqrt", [array(2, 3) + 9], {}),
    ("Squeeze", [array(2, 1, 3), axes(1)], {}),
    ("Sub", [array(2, 3), array(2, 1)], {}),
    ("Tanh", [array(2, 3)], {}),
    ("Transpose", [array(2, 3, 4)], {"perm": [2, 0, 1]}),
    ("Unsqueeze", [array(2, 3), axes(1)], {}),
]
WITH_WEIGHTS = ("Conv", "Gemm", "GRU", "LSTM", "RNN")  # only their first input is computed from words


def run(operator, inputs, attributes):
    names = [f"input{place}" for place in range(len(inputs))]
    node = helper.make_node(operator, names, ["output"], **attributes)
    constants = dict(zip(names[1:], inputs[1:], strict=True))
    types = {np.float32: TensorProto.FLOAT, np.int64: TensorProto.INT64}
    given = helper.make_tensor_value_info(names[0], types[inputs[0].dtype.type], [None] * inputs[0].ndim)
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, None)
    built = model([node], constants, inputs=(given,), outputs=(output,))
    session = onnx_models.session(built.SerializeToString())
    return session.run(None, {names[0]: inputs[0]})[0]


def difference(value):
    """The derivative of value(change) at 0, from steps of one and two sizes.

    The error is of the fourth order in the step (Richardson's extrapolation of the central difference).
    """
    one, two = ((value(step) - value(-step)) / (2 * step) for step in (STEP, 2 * STEP))
    return (4 * one - two) / 3


def test_every_rule_has_a_case():
    assert {operator for operator, *_ in CASES} == RULES.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{len(case[2])}")
def test_the_gradient_is_the_limit_of_differences(case):
    operator, inputs, attributes = case
    output = run(operator, inputs, attributes)
    weights = np.random.default_rng(4).normal(size=output.shape).astype(np.float32)
    node = Node(operator, tuple("abcd"[: len(inputs)]), ("y",), attributes)
    found = input_gradients_of(Computed(node, inputs, [output], [weights]))
    for place in range(1 if operator in WITH_WEIGHTS else len(inputs)):
        gradient = found[place]
        if inputs[place].dtype != np.float32:
            assert gradient is None
            continue
        if gradient is None:  # the weights of a matrix product
            assert (operator, inputs[place].ndim) == ("MatMul", 2)
            continue
        assert gradient.shape == inputs[place].shape
        for index in np.ndindex(*inputs[place].shape):

            def value(change, place=place, index=index):
                changed = [each.copy() for each in inputs]
                changed[place][index] += change
                return (weights * run(operator, changed, attributes)).sum(dtype=np.float64)

            assert gradient[index] == pytest.approx(difference(value), rel=1e-3, abs=1e-3), (place, index)


@pytest.mark.parametrize(
    ("operator", "attributes", "expected"),
    [
        ("GlobalMaxPool", {}, [0, 1.5, 1.5, 0]),
        ("MaxPool", {"kernel_shape": [4], "strides": [4]}, [0, 3, 0, 0]),
    ],
)
def test_of_equal_numbers_all_or_the_first_get_the_gradient_as_in_tensorflow(operator, attributes, expected):
    data = np.float32([[[1, 5, 5, 2]]])
    computed = Computed(
        Node(operator, ("x",), ("y",), attributes), [data], [data[..., 1:2]], [3 / data[..., :1]]
    )
    assert input_gradients_of(computed)[0].tolist() == [[expected]]


def test_the_last_state_counts_like_the_last_of_all_states():
    inputs, weights = array(4, 2, 2), layer(4)
    states = run("LSTM", [inputs, *weights], {"hidden_size": 3})
    node = Node("LSTM", ("x", "w", "r", "b"), ("all", "last"), {"hidden_size": 3})
    of_last, of_all = array(1, 2, 3), np.zeros_like(states)
    of_all[-1] = of_last
    values = [inputs, *weights], [states, states[-1]]
    [by_last, *_] = input_gradients_of(Computed(node, *values, [None, of_last]))
    [by_all, *_] = input_gradients_of(Computed(node, *values, [of_all, None]))
    assert np.abs(by_all).max() > 0 and by_last == pytest.approx(by_all)


@pytest.mark.parametrize(
    ("operator", "attributes", "message"),
    [
        ("Erf", {}, "operator Erf"),
        ("Conv", {**SAME, "strides": [1, 2]}, "strides"),
        ("LSTM", {"hidden_size": 3, "activations": ["Relu", "Tanh", "Tanh"]}, "another kind"),
        ("Conv", {name: SAME[name] for name in ("strides", "dilations", "group")}, "auto_pad"),
        ("GRU", {"hidden_size": 3}, "another kind"),
        ("MaxPool", {"kernel_shape": [3], "strides": [1]}, "strides"),
    ],
)
def test_an_operator_of_an_unknown_kind_is_refused(operator, attributes, message):
    node = Node(operator, ("a", "b", "c", "d"), ("y",), attributes)
    data = {"Conv": [array(2, 3, 1, 7), array(4, 3, 1, 3)], "LSTM": [array(5, 2, 2), *layer(4)]}
    inputs = data.get(operator, [array(5, 2, 2), *layer(3)])
    with pytest.raises(NoGradient, match=message):
        input_gradients_of(Computed(node, inputs, [array(2, 2, 2)], [array(2, 2, 2)]))
