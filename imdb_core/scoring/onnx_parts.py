"""Read the bytes of an ONNX file without parsing it: parts, weights, a further output. Called by scoring.

The file is in protobuf's wire format (protobuf.dev, "Encoding"). Nothing is copied: a part is a view.
"""

from collections.abc import Iterator

LARGEST_DESCRIPTION = 2**18  # bytes of a file apart from its weights; the largest network has 43,000
GRAPH, INITIALIZER, NAME, RAW_DATA = 7, 5, 8, 9  # field numbers of ModelProto, GraphProto and TensorProto


class UnsafeModel(ValueError):
    """A model that must not run; the message continues a sentence whose subject is the model."""


def weights(content: bytes, name: str) -> memoryview:
    """The bytes of the initializer `name`; raises UnsafeModel if the file has none."""
    for graph in parts(memoryview(content), GRAPH):
        for tensor in parts(graph, INITIALIZER):
            if name.encode() in map(bytes, parts(tensor, NAME)):
                return next(parts(tensor, RAW_DATA), memoryview(b""))
    raise UnsafeModel(f"it has no weights {name[:60]!r}")


def with_output(content: bytes, name: str) -> bytes:
    """The ONNX file with a further, last output: the tensor `name`, which its graph computes.

    Protobuf merges messages that are written one after the other, so the addition is appended to the file.
    ONNX Runtime infers the tensor's type.
    """
    from onnx import GraphProto, ModelProto, ValueInfoProto

    addition: bytes = ModelProto(graph=GraphProto(output=[ValueInfoProto(name=name)])).SerializeToString()
    return content + addition


def parts(message: memoryview, field_number: int) -> Iterator[memoryview]:
    """Yield the length-delimited fields of a protobuf message whose field number is `field_number`."""
    position, fields = 0, 0
    while position < len(message):
        fields += 1
        if fields > LARGEST_DESCRIPTION // 2:
            raise UnsafeModel(f"it has more than {LARGEST_DESCRIPTION:,} bytes beside its weights")
        key, position = _varint(message, position)
        kind, size = key & 7, 0
        if kind == 0:
            _, position = _varint(message, position)
        elif kind == 2:
            size, position = _varint(message, position)
        else:
            size = {1: 8, 5: 4}.get(kind, len(message) + 1)
        if position + size > len(message):
            raise UnsafeModel("it is cut, or no ONNX file")
        if kind == 2 and key >> 3 == field_number:
            yield message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """(the protobuf varint at `position`, the position after it)."""
    number = shift = 0
    while position < len(message) and shift < 64:
        byte = message[position]
        number, shift, position = number | (byte & 127) << shift, shift + 7, position + 1
        if byte < 128:
            return number, position
    raise UnsafeModel("it is cut, or no ONNX file")
