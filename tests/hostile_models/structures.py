"""Models with parts that this app's export never writes: loops, other domains, texts, broken files."""

from collections.abc import Callable

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.hostile_models.building import ANSWER, answering, branch, loop, node, subgraph


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
    values = numpy_helper.from_array(np.ones(1, np.float32), "few")
    places = numpy_helper.from_array(np.zeros(1, np.int64))
    sound.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [2**40]))


def _subgraph(sound):
    sound.graph.node[-1].attribute.append(helper.make_attribute("body", subgraph(rounds=False)))


def _function(sound):
    sound.functions.append(helper.make_function("", "Add", ["a", "b"], ["c"], [node("Sub", "a b", "c")], []))


def _retyped(values_of: Callable, make: Callable, *more):
    def change(sound):
        value = values_of(sound)[0]
        value.CopyFrom(make(value.name, *more))

    return change


# Name -> function that gives the bytes of the model.
STRUCTURES: dict[str, Callable[[], bytes]] = {
    "a loop": lambda: loop(3).SerializeToString(),
    "an endless loop": lambda: loop(2**62).SerializeToString(),
    "a branch": lambda: branch().SerializeToString(),
    "a scan": lambda: answering(
        node("Scan", "good", "s", body=subgraph(rounds=False), num_scan_inputs=1)
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
        _retyped(lambda sound: sound.graph.output, helper.make_tensor_sequence_value_info, 1, [1])
    ),
    "an output of whole numbers": _changed(
        _retyped(
            lambda sound: sound.graph.output, helper.make_tensor_value_info, TensorProto.INT64, [None, 1]
        )
    ),
    "no output": _changed(lambda sound: sound.graph.ClearField("output")),
    "three outputs": _changed(lambda sound: sound.graph.output.extend([ANSWER, ANSWER])),
    "no input": _changed(lambda sound: sound.graph.ClearField("input")),
    "two inputs": _changed(
        lambda sound: sound.graph.input.append(helper.make_tensor_value_info("b", 6, [None, None]))
    ),
    "an input of floats": _changed(
        _retyped(
            lambda sound: sound.graph.input, helper.make_tensor_value_info, TensorProto.FLOAT, [None, None]
        )
    ),
    "an input of texts": _changed(
        _retyped(
            lambda sound: sound.graph.input, helper.make_tensor_value_info, TensorProto.STRING, [None, None]
        )
    ),
    "an input of three axes": _changed(
        _retyped(
            lambda sound: sound.graph.input, helper.make_tensor_value_info, TensorProto.INT32, [None] * 3
        )
    ),
    "an input of a fixed size": _changed(
        _retyped(
            lambda sound: sound.graph.input, helper.make_tensor_value_info, TensorProto.INT32, [1, 2**31]
        )
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
