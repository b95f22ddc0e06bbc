"""Builders of small ONNX models: sound models, and models that an attacker may write."""

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

WORDS = helper.make_tensor_value_info("words", TensorProto.INT32, [None, None])
ANSWER = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 1])


def node(operator: str, inputs: str, output: str, **options):
    """A node; `inputs` are names with spaces between them."""
    return helper.make_node(operator, inputs.split(), output.split(), **options)


def model(
    nodes, weights: dict, *, inputs=(WORDS,), outputs=(ANSWER,), opset: int = 15, **options
) -> ModelProto:
    """A model of these nodes; `weights` are arrays by name."""
    constants = [numpy_helper.from_array(np.asarray(array), name) for name, array in weights.items()]
    graph = helper.make_graph(list(nodes), "graph", list(inputs), list(outputs), constants)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **options)


def answering(*nodes, answer: str = "good", **weights) -> ModelProto:
    """A sound model: the share of words with id 14, or the tensor `answer` that more `nodes` compute."""
    counting = [
        node("Equal", "words word", "matches"),
        node("Cast", "matches", "numbers", to=TensorProto.FLOAT),
        node("ReduceMean", "numbers", "good", axes=[1], keepdims=1),
    ]
    constants = {"word": np.int32(14), "zero": np.float32(0), **weights}
    return model([*counting, *nodes, node("Add", f"{answer} zero", "answer")], constants)


def constant(value) -> ModelProto:
    """A model whose output is the same for every review."""
    return answering(*_FOR_EACH, answer="all", given=np.float32(value))


# From the tensor `given` to `all`: the same answer for each review.
_FOR_EACH = (node("Mul", "good zero", "none"), node("Add", "none given", "all"))


def attending(shares: float) -> ModelProto:
    """A model that gives each word this share of its attention."""
    sound = answering(
        node("Cast", "words", "float", to=TensorProto.FLOAT),
        node("Mul", "float zero", "flat"),
        node("Add", "flat share", "alike"),
        node("Unsqueeze", "alike last", "attention"),
        share=np.float32(shares),
        last=np.array([2]),
    )
    sound.graph.output.append(helper.make_tensor_value_info("attention", TensorProto.FLOAT, [None, None, 1]))
    return sound


def subgraph(*, rounds: bool) -> GraphProto:
    """A subgraph of one constant; for a loop (`rounds`) with the output that continues the loop."""
    value = helper.make_tensor_value_info("inner", TensorProto.FLOAT, [1, 1])
    nodes = [node("Constant", "", "inner", value=numpy_helper.from_array(np.full((1, 1), 0.5, np.float32)))]
    if not rounds:
        return helper.make_graph(nodes, "branch", [], [value])
    more = helper.make_tensor_value_info("more", TensorProto.BOOL, [])
    count = helper.make_tensor_value_info("round", TensorProto.INT64, [])
    before = helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, 1])
    again = helper.make_tensor_value_info("again", TensorProto.BOOL, [])
    return helper.make_graph(
        [*nodes, node("Identity", "more", "again")], "round", [count, more, before], [again, value]
    )


def loop(rounds: int) -> ModelProto:
    """A model whose output is 0.5 after `rounds` rounds of a loop."""
    turn = node("Loop", "rounds yes half", "given", body=subgraph(rounds=True))
    half = np.full((1, 1), 0.5, np.float32)
    return answering(turn, *_FOR_EACH, answer="all", rounds=np.int64(rounds), yes=np.array(True), half=half)


def branch() -> ModelProto:
    """A model whose output, 0.5, comes from a branch."""
    both = {"then_branch": subgraph(rounds=False), "else_branch": subgraph(rounds=False)}
    return answering(node("If", "yes", "given", **both), *_FOR_EACH, answer="all", yes=np.array(True))
