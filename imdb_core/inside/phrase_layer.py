"""Find the layer that looks up phrases in an ONNX file, and run it. Called by phrases."""

from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core.data.reading import Reading
from imdb_core.inside import onnx_cut
from imdb_core.scoring import onnx_models
from imdb_core.scoring.onnx_parts import with_output
from imdb_core.scoring.time_limit import TimeLimit

Doubles = npt.NDArray[np.float64]
_SHAPING = ("Reshape", "Squeeze", "ReduceSum")  # operators with a constant that is no weight


class PhraseLayer:
    """The part of a network that looks up phrases, found in its ONNX file.

    `all_ids` and `known` name two tensors of one row: the id of each phrase of the text, first all single
    words, then all pairs and so on, and whether the network knows the phrase. `tables` (ids, size) hold the
    numbers of each id. From one table the network takes the mean over the text; of two tables it multiplies
    the numbers and adds up the products. `pooled` names the tensor (1, size) with the result.
    """

    def __init__(self, content: bytes):
        from onnx import ModelProto, numpy_helper

        self.content, graph = content, ModelProto.FromString(content).graph
        constants = {tensor.name: tensor for tensor in graph.initializer}
        self._readers: dict[str, list[Any]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)
        gathers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in constants]
        [owners] = [node for node in gathers if len(constants[node.input[0]].dims) == 1]
        [equal] = [node for node in self._readers[owners.output[0]] if node.op_type == "Equal"]
        self.all_ids, self.known = owners.input[1], equal.output[0]
        behind = self._behind(self.known)
        tables = [node for node in gathers if node.input[1] in behind]
        self.tables = [numpy_helper.to_array(constants[node.input[0]]) for node in tables]
        self.pooled = self._pooled(tables[0].output[0], behind)

    @property
    def size(self) -> int:
        """How many numbers each phrase has after the products of the tables."""
        return max(int(table.shape[1]) for table in self.tables)

    def _behind(self, name: str) -> set[str]:
        """The names of all tensors that depend on the tensor `name`."""
        found, waiting = {name}, [name]
        while waiting:
            for node in self._readers.get(waiting.pop(), []):
                waiting += [each for each in node.output if each not in found]
                found.update(node.output)
        return found

    def _pooled(self, name: str, behind: set[str]) -> str:
        """The last tensor on the way from the numbers `name` that is computed from phrases alone."""
        while True:
            [node] = self._readers[name]
            if node.op_type not in _SHAPING and not behind.issuperset(node.input):
                return name
            name = node.output[0]

    def amounts(self, ids: npt.NDArray[np.int64], weights: Doubles) -> Doubles:
        """(ids,): what each id adds, if the pooled numbers are judged with `weights` (size,)."""
        numbers: Doubles = self.tables[0][ids].astype(np.float64)
        if len(self.tables) == 1:
            numbers /= max(1, len(ids))
        for table in self.tables[1:]:
            numbers = numbers * table[ids]
        amounts: Doubles = numbers @ weights
        return amounts


def read(
    layer: PhraseLayer, raw: str, reading: Reading, limit: TimeLimit
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(the numbers `raw`, the ids of all phrases, which of them are known)."""
    content = layer.content
    for name in (raw, layer.all_ids, layer.known):
        content = with_output(content, name)
    session = onnx_models.session(content)
    *_, total, ids, known = limit.run(session, {session.get_inputs()[0].name: reading.padded()})
    return total[0], ids[0], known[0]


def judged(layer: PhraseLayer, raw: str, reading: Reading, limit: TimeLimit) -> tuple[Doubles, Doubles, bool]:
    """(start values, weights of the pooled numbers (size, outputs), whether only phrases have a say).

    All layers after the pooled numbers are linear. So the pooled numbers are fed to these layers: the answer
    to zeros is the start value, and the weight of a number is what the answer gains if this number is 1.
    """
    judge = onnx_models.session(onnx_cut.behind(layer.content, [layer.pooled], raw))
    other = [each.name for each in judge.get_inputs() if each.name != layer.pooled]
    feed = dict.fromkeys(other, reading.padded())
    pooled = np.vstack([np.zeros((1, layer.size)), np.eye(layer.size)]).astype(np.float32)
    answers = [limit.run(judge, feed | {layer.pooled: row[None]})[0][0] for row in pooled]
    start, *ones = np.array(answers, np.float64)
    return start, np.array(ones) - start, not other
