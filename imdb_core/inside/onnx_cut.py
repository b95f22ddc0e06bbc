"""The part of an ONNX file behind some of its tensors, so that one can ask: what if they were different?"""

from collections.abc import Collection
from typing import Any


def behind(content: bytes, tensors: Collection[str], output: str) -> bytes:
    """An ONNX file that computes the tensor `output` from the float32 `tensors`.

    It also needs the words, if something else that is computed from them takes part.
    """
    import onnx

    model = onnx.ModelProto.FromString(content)
    graph, wanted = model.graph, {output}
    nodes: list[Any] = []
    for node in reversed(graph.node):
        if wanted.difference(tensors) & set(node.output):
            wanted.update(node.input)
            nodes.insert(0, node)
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    inputs = [each for each in graph.input if each.name in wanted]
    inputs += [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in tensors]
    constants = [each for each in graph.initializer if each.name in wanted]
    result = onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)
    part = onnx.helper.make_graph(kept, "behind", inputs, [result], constants)
    whole = onnx.helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    answer: bytes = whole.SerializeToString()
    return answer
