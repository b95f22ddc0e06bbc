"""Hostile ONNX files, all small, that an attacker may put into a run's folder. Used by tests and rows.

`answering` builds a sound model. STRUCTURES holds models that this app's export cannot write, SIZES models of
allowed operators that need too much memory or work.
"""

from collections.abc import Callable

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
    """A sound model whose output is the share of words with id 14. More `nodes` may compute another `answer`."""
    counting = [
        node("Equal", "words word", "found"),
        node("Cast", "found", "numbers", to=TensorProto.FLOAT),
        node("ReduceMean", "numbers", "good", axes=[1], keepdims=1),
    ]
    given = {"word": np.int32(14), "zero": np.float32(0), **weights}
    return model([*counting, *nodes, node("Add", f"{answer} zero", "answer")], given)


def constant(value) -> ModelProto:
    """A model whose output is the same for every review."""
    return answering(*_FOR_EACH, answer="all", given=np.float32(value))


_FOR_EACH = (
    node("Mul", "good zero", "none"),
    node("Add", "none given", "all"),
)  # the same answer for each review


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


def _body(*, rounds: bool) -> GraphProto:
    """A subgraph of one constant; for a loop (`rounds`) with an output that says to go on."""
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
    turn = node("Loop", "rounds yes half", "given", body=_body(rounds=True))
    half = np.full((1, 1), 0.5, np.float32)
    return answering(turn, *_FOR_EACH, answer="all", rounds=np.int64(rounds), yes=np.array(True), half=half)


def branch() -> ModelProto:
    """A model whose output, 0.5, comes from a branch."""
    both = {"then_branch": _body(rounds=False), "else_branch": _body(rounds=False)}
    return answering(node("If", "yes", "given", **both), *_FOR_EACH, answer="all", yes=np.array(True))


def _changed(change: Callable[[ModelProto], object]) -> Callable[[], bytes]:
    def content() -> bytes:
        sound = answering()
        change(sound)
        return sound.SerializeToString()

    return content


def _external(sound):
    weights = sound.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/dev/zero")


def _sparse(sound):
    values, places = (
        numpy_helper.from_array(np.ones(1, np.float32), "few"),
        numpy_helper.from_array(np.zeros(1, np.int64)),
    )
    sound.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [2**40]))


def _subgraph(sound):
    sound.graph.node[-1].attribute.append(helper.make_attribute("body", _body(rounds=False)))


def _function(sound):
    sound.functions.append(helper.make_function("", "Add", ["a", "b"], ["c"], [node("Sub", "a b", "c")], []))


def _retyped(of: Callable, make: Callable, *more):
    def change(sound):
        value = of(sound)[0]
        value.CopyFrom(make(value.name, *more))

    return change


def _inputs(sound):
    return sound.graph.input


def _outputs(sound):
    return sound.graph.output


STRUCTURES: dict[str, Callable[[], bytes]] = {
    "a loop": lambda: loop(3).SerializeToString(),
    "an endless loop": lambda: loop(2**62).SerializeToString(),
    "a branch": lambda: branch().SerializeToString(),
    "a scan": lambda: answering(
        node("Scan", "good", "s", body=_body(rounds=False), num_scan_inputs=1)
    ).SerializeToString(),
    "a subgraph in an operator that needs none": _changed(_subgraph),
    "an operator of another domain": _changed(
        lambda sound: setattr(sound.graph.node[-1], "domain", "com.example")
    ),
    "an operator of com.microsoft": _changed(
        lambda sound: setattr(sound.graph.node[-1], "domain", "com.microsoft")
    ),
    "an operator of ai.onnx.ml": _changed(
        lambda sound: setattr(sound.graph.node[-1], "domain", "ai.onnx.ml")
    ),
    "another domain declared": _changed(
        lambda sound: sound.opset_import.append(helper.make_opsetid("com.example", 1))
    ),
    "a function in the place of an operator": _changed(_function),
    "training steps": _changed(lambda sound: sound.training_info.add()),
    "weights in another file": _changed(_external),
    "sparse weights": _changed(_sparse),
    "quantized weights": _changed(lambda sound: sound.graph.quantization_annotation.add(tensor_name="word")),
    "texts": lambda: answering(text=np.array(["a"], object)).SerializeToString(),
    "half floats": lambda: answering(half=np.ones(1, np.float16)).SerializeToString(),
    "a sequence": lambda: answering(node("SequenceEmpty", "", "s")).SerializeToString(),
    "a random operator": lambda: answering(node("RandomUniform", "", "r", shape=[1])).SerializeToString(),
    "an output that is a sequence": _changed(
        _retyped(_outputs, helper.make_tensor_sequence_value_info, 1, [1])
    ),
    "an output of whole numbers": _changed(
        _retyped(_outputs, helper.make_tensor_value_info, TensorProto.INT64, [None, 1])
    ),
    "no output": _changed(lambda sound: sound.graph.ClearField("output")),
    "three outputs": _changed(lambda sound: sound.graph.output.extend([ANSWER, ANSWER])),
    "no input": _changed(lambda sound: sound.graph.ClearField("input")),
    "two inputs": _changed(
        lambda sound: sound.graph.input.append(helper.make_tensor_value_info("b", 6, [None, None]))
    ),
    "an input of floats": _changed(
        _retyped(_inputs, helper.make_tensor_value_info, TensorProto.FLOAT, [None, None])
    ),
    "an input of texts": _changed(
        _retyped(_inputs, helper.make_tensor_value_info, TensorProto.STRING, [None, None])
    ),
    "an input of three axes": _changed(
        _retyped(_inputs, helper.make_tensor_value_info, TensorProto.INT32, [None] * 3)
    ),
    "an input of a fixed size": _changed(
        _retyped(_inputs, helper.make_tensor_value_info, TensorProto.INT32, [1, 2**31])
    ),
    "old operators": _changed(lambda sound: setattr(sound.opset_import[0], "version", 12)),
    "operators of the future": _changed(lambda sound: setattr(sound.opset_import[0], "version", 99)),
    "a format of the future": _changed(lambda sound: setattr(sound, "ir_version", 99)),
    "an unknown attribute": _changed(
        lambda sound: sound.graph.node[2].attribute.append(helper.make_attribute("new", 1))
    ),
    "an attribute of an operator's other form": lambda: answering(
        node("Softmax", "good", "s", axis=1, alpha=1.0)
    ).SerializeToString(),
    "a tensor that is computed twice": _changed(lambda sound: sound.graph.node.append(sound.graph.node[0])),
    "a circle": _changed(lambda sound: sound.graph.node[0].input.__setitem__(0, "answer")),
    "a tensor that no operator computes": _changed(
        lambda sound: sound.graph.node[-1].input.__setitem__(0, "nowhere")
    ),
    "an input that is a weight": _changed(lambda sound: setattr(sound.graph.initializer[0], "name", "words")),
    "weights that are shorter than they claim": _changed(
        lambda sound: sound.graph.initializer[0].dims.append(2**40)
    ),
    "weights of a negative size": _changed(lambda sound: sound.graph.initializer[0].dims.extend([-1, -4])),
    "weights as single numbers": _changed(
        lambda sound: sound.graph.initializer[0].CopyFrom(
            helper.make_tensor("word", TensorProto.INT32, [], [14])
        )
    ),
    "20,000 nodes": lambda: answering(
        *[node("Neg", "zero", f"n{i}") for i in range(20_000)]
    ).SerializeToString(),
    "200,000 empty parts": lambda: answering().SerializeToString() + b"\x72\x00" * 200_000,
    "an unknown field": lambda: answering().SerializeToString() + b"\xfa\x3e\x00",
    "the same field twice": lambda: answering().SerializeToString() + b"\x08\x08",
    "cut": lambda: answering().SerializeToString()[:-3],
    "rubbish": lambda: b"rubbish" * 99,
    "nothing": lambda: b"",
}


def _sized(*nodes, **weights) -> Callable[[], bytes]:
    return lambda: answering(*nodes, **weights).SerializeToString()


def _chain(operator: str, start: str, count: int, inputs: str = "{0} {0}", **options):
    """`operator` applied again and again to its own output, beginning with `start`."""
    names = [start, *(f"{operator}{number}" for number in range(count))]
    return [
        node(operator, inputs.format(before), after, **options)
        for before, after in zip(names, names[1:], strict=False)
    ]


_WIDTH = [
    node("Shape", "words", "shape"),
    node("Mul", "shape shape", "square"),
    node("Mul", "square square", "fourth"),
]
_COLUMN = [node("Cast", "words", "row", to=1), node("Transpose", "row", "column", perm=[1, 0])]
_ONES = np.ones((1, 1), np.float32)


def _lstm(steps: int) -> Callable[[], bytes]:
    """An LSTM of one unit over so many steps."""
    steady = node(
        "LSTM", "x w r b  h c".replace("  ", " none "), "y yh yc", hidden_size=1, direction="forward"
    )
    steady.input[4] = ""
    weights = {
        "w": np.ones((1, 4, 1), np.float32),
        "r": np.ones((1, 4, 1), np.float32),
        "b": np.ones((1, 8), np.float32),
    }
    state = np.zeros((1, 1, 1), np.float32)
    return _sized(
        node("ConstantOfShape", "many", "x"),
        steady,
        many=np.array([steps, 1, 1]),
        h=state,
        c=state,
        **weights,
    )


# Models of allowed operators that need too much memory or work for a review of 100 words, or for a batch of
# 80 of these.
SIZES: dict[str, Callable[[], bytes]] = {
    "a terabyte by Expand": _sized(node("Expand", "zero far", "e"), far=np.array([2**20, 2**18])),
    "a terabyte by ConstantOfShape": _sized(node("ConstantOfShape", "far", "e"), far=np.array([2**38])),
    "more numbers than there are atoms": _sized(node("ConstantOfShape", "far", "e"), far=np.array([2**62] * 60)),
    "a negative size": _sized(node("ConstantOfShape", "far", "e"), far=np.array([-5])),
    "a terabyte by Pad": _sized(node("Pad", "good far", "p"), far=np.array([0, 2**38, 0, 0])),
    "a size from the words": _sized(
        node("Cast", "words", "w64", to=7), node("Squeeze", "w64 first", "list"), node("Expand", "zero list", "e"),
        first=np.array([0]),
    ),
    "a size from the number of words": _sized(
        *_WIDTH, node("Mul", "fourth fourth", "eighth"), node("Expand", "zero eighth", "e")
    ),
    "sums of all pairs, again and again": _sized(
        node("Cast", "words", "row", to=1),
        *(
            step
            for number in range(5)
            for step in (
                node("Unsqueeze", ("row" if not number else f"s{number - 1}") + " last", f"u{number}"),
                node("Add", f"u{number} " + ("row" if not number else f"s{number - 1}"), f"s{number}"),
            )
        ),
        last=np.array([-1]),
    ),
    "all triples of words, small for one short review": _sized(
        node("Cast", "words", "floats", to=1),
        *(node("Reshape", f"floats {axis}", f"{axis}s") for axis in "xyz"),
        node("Mul", "xs ys", "pairs"), node("Mul", "pairs zs", "triples"),
        x=np.array([-1, 1, 1]), y=np.array([1, -1, 1]), z=np.array([1, 1, -1]),
    ),
    "forty doublings": _sized(*_chain("Concat", "good", 40, axis=1)),
    "a place that does not exist, by Reshape": _sized(node("Reshape", "good far", "e"), far=np.array([2**20, -1])),
    "a million large tensors": _sized(
        node("ConstantOfShape", "far", "e"), *_chain("Neg", "e", 900, "{0}"), far=np.array([2**25])
    ),
    "products of large tables": _sized(
        node("ConstantOfShape", "far", "e"), *_chain("MatMul", "e", 15), far=np.array([4000, 4000])
    ),
    "an LSTM of ten million steps": _lstm(10_000_000),
    "an LSTM of 10**9 units": _sized(
        node("LSTM", "x x x x x x x", "y yh yc", hidden_size=10**9, direction="forward"), x=np.ones((1, 1, 1), np.float32)
    ),
    "windows of no size": _sized(
        node("MaxPool", "x", "m", kernel_shape=[1, 0], strides=[1, 0]), x=np.ones((1, 1, 1, 1), np.float32)
    ),
    "a convolution of 2**40 windows": _sized(
        node("Expand", "k far", "wide"), node("Conv", "wide k", "c", kernel_shape=[1, 1]),
        k=np.ones((1, 1, 1, 1), np.float32), far=np.array([1, 1, 2**20, 2**20]),
    ),
    "reading backwards": _sized(
        node("Slice", "words one end one step", "back"), one=np.array([1]), end=np.array([-(2**62)]), step=np.array([-1])
    ),
    "an answer for each word": lambda: answering(node("Cast", "words", "each", to=1), answer="each").SerializeToString(),
    "one answer for all reviews": lambda: answering(
        node("ReduceMean", "good", "one", axes=[0], keepdims=1), answer="one"
    ).SerializeToString(),
}  # fmt: skip
