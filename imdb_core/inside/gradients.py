"""How a network's answer depends on each number of its word vectors. Called by integrated.

ONNX Runtime computes the part of the network behind the word vectors, with all tensors between them and the
answer as outputs. So the answer is the network's own. The gradient is then computed backwards, operator by
operator (operator_gradients).
"""

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from imdb_core import answers
from imdb_core.data.reading import Reading
from imdb_core.errors import ModelError
from imdb_core.inside import onnx_cut
from imdb_core.inside.computed import Array, Computed, NoGradient
from imdb_core.inside.operator_gradients import input_gradients_of
from imdb_core.inside.plane import Doubles
from imdb_core.inside.recurrent import Floats
from imdb_core.scoring import onnx_models
from imdb_core.scoring.onnx_parts import with_output
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.tensors import Node
from imdb_core.scoring.time_limit import TimeLimit

LARGEST_BATCH = 2**21  # numbers in all tensors of one run: 8 MB
_CONSTANT = ("Shape",)  # operators whose result does not depend on the numbers of the word vectors


class Differentiable:
    """The part of a network behind its word vectors. Raises ModelError for a network without word vectors.

    `raw_answer` and the word vectors must be tensors of its ONNX file.
    """

    def __init__(self, network: Predictor):
        import onnx

        self._network, content, raw = network, network.content(), network.raw_answer
        table = network.word_vectors()
        vectors = _vectors_of_words(onnx.ModelProto.FromString(content).graph, table)
        if table is None or raw is None or vectors is None:
            raise self._refused("its answer is not computed from one table of word vectors")
        self.table, self._raw, self._vectors = table, raw, vectors
        part = onnx_cut.behind(content, [vectors], raw)
        graph = onnx.ModelProto.FromString(part).graph
        self._constants = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
        self._path, self._active = _path(graph, vectors, raw)
        known = {"", raw, vectors, *self._constants}
        names = {name for node in self._path for name in (*node.inputs, *node.outputs)} - known
        self._fetched = [raw, *sorted(names)]
        for name in self._fetched[1:]:
            part = with_output(part, name)
        self._session = onnx_models.session(part)
        if not self._path or {each.name for each in self._session.get_inputs()} != {vectors}:
            raise self._refused("its answer depends on more, or on less, than the word vectors")
        self._numbers = 0  # of one text in a run

    def vectors(self, reading: Reading) -> Floats:
        """float32 (positions, size): the vectors of a text as the network reads it, padding included."""
        vectors: Floats = self.table[reading.padded()[0]]
        return vectors

    def log_odds(self, vectors: Floats, of: int, limit: TimeLimit) -> Doubles:
        """(texts,): the log-odds of the class `of` for texts of these `vectors` (texts, positions, size)."""
        parts = [self._computed(part, limit)[self._raw] for part in self._batches(vectors)]
        return answers.exact_log_odds(np.concatenate(parts), of)

    def gradients(self, vectors: Floats, of: int, limit: TimeLimit) -> Floats:
        """(texts, positions, size): the gradient of log_odds() with respect to `vectors`.

        Raises ModelError if an operator has no rule.
        """
        parts = []
        try:
            with _one_thread():
                for part in self._batches(vectors):
                    parts.append(self._backwards(self._computed(part, limit), of, limit))
        except NoGradient as reason:
            raise self._refused(f"it has {reason}") from reason
        return np.concatenate(parts)

    def _batches(self, vectors: Floats) -> list[Floats]:
        size = max(1, LARGEST_BATCH // self._numbers) if self._numbers else 1
        return [vectors[begin : begin + size] for begin in range(0, len(vectors), size)]

    def _computed(self, vectors: Floats, limit: TimeLimit) -> dict[str, Array]:
        """All tensors of one run by name."""
        try:
            outputs = limit.run(self._session, {self._vectors: vectors})
        except ModelError:  # from the time limit
            raise
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise self._refused(str(error)[:200]) from error
        self._numbers = sum(each.size for each in outputs) // len(vectors)
        return {**self._constants, self._vectors: vectors, **dict(zip(self._fetched, outputs, strict=True))}

    def _backwards(self, values: dict[str, Array], of: int, limit: TimeLimit) -> Floats:
        start = answers.log_odds_gradient(values[self._raw], of)
        gradients: dict[str, Array] = {self._raw: start.astype(np.float32)}
        for node in reversed(self._path):
            limit.check()
            computed = Computed(
                node,
                [values.get(name) for name in node.inputs],
                [values.get(name) for name in node.outputs],
                [gradients.pop(name, None) for name in node.outputs],
            )
            for name, gradient in zip(node.inputs, input_gradients_of(computed), strict=True):
                if name not in self._active:
                    continue
                if gradient is None:
                    raise NoGradient(f"an operator {node.operator} of two tensors of words")
                gradients[name] = gradients[name] + gradient if name in gradients else gradient
        return gradients[self._vectors]

    def _refused(self, reason: str) -> ModelError:
        return ModelError(
            f"The gradient of {self._network.file} cannot be computed: {reason}. Look at another view."
        )


def _one_thread() -> AbstractContextManager[Any]:
    """A context in which NumPy multiplies matrices in one thread.

    Otherwise OpenBLAS splits each product over all cores, and its threads wait for each other. Beside a
    training that uses all cores, the many small products of a network then take ten times as long, and more.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits


def _vectors_of_words(graph: Any, table: Array | None) -> str | None:
    """The name of the tensor with the word vectors of a text: all rows that it looks up in the `table`."""
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    shape = None if table is None else table.shape
    lookups = [node for node in graph.node if node.op_type == "Gather" and shapes.get(node.input[0]) == shape]
    return lookups[0].output[0] if len(lookups) == 1 else None


def _path(graph: Any, begin: str, end: str) -> tuple[list[Node], set[str]]:
    """(the operators between two tensors, in order, the tensors that depend on `begin`)."""
    active = {begin}
    for node in graph.node:
        if node.op_type not in _CONSTANT and active.intersection(node.input):
            active.update(filter(None, node.output))
    wanted, path = {end}, []
    for node in reversed(graph.node):
        if node.op_type not in _CONSTANT and wanted & active & set(node.output):
            wanted.update(node.input)
            attributes = {each.name: _attribute(each) for each in node.attribute}
            path.append(Node(node.op_type, tuple(node.input), tuple(node.output), attributes))
    return path[::-1], active


def _attribute(attribute: Any) -> Any:
    """The value of an attribute, with texts for its bytes."""
    from onnx import helper

    value = helper.get_attribute_value(attribute)
    if isinstance(value, list):
        return [each.decode() if isinstance(each, bytes) else each for each in value]
    return value.decode() if isinstance(value, bytes) else value
