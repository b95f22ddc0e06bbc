"""How much a network with attention looks at each word of a typed text. Called by the panels."""

import numpy as np

from imdb_core.data.reading import Reading
from imdb_core.inside.recurrent import Floats
from imdb_core.scoring import onnx_models
from imdb_core.scoring.onnx_parts import with_output
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within


def attention(network: Predictor, reading: Reading, limit: TimeLimit | None = None) -> Floats:
    """float32 (heads, words read): each word's share of each head's attention. Raises ModelError.

    No row for a network without attention. The shares of words, start token and padding add up to 1. In a
    transformer every position looks at every position (Vaswani et al. 2017), and the network judges by the
    mean of all positions; so a word's share is the mean of the shares that all positions give it.
    """
    read = reading.words_read
    shares = network.attention(reading, limit)
    if shares is not None:
        return shares[None]
    content = network.content()
    tables = _tables(content, network.raw_answer)
    for name in tables:
        content = with_output(content, name)
    heads: list[Floats] = []
    if tables:
        session = onnx_models.session(content)
        with within(limit, SCORE_SECONDS) as limit:
            outputs = limit.run(session, {session.get_inputs()[0].name: reading.padded()})
        for table in outputs[-len(tables) :]:  # (1, heads, looking positions, positions)
            if table.ndim == 4:
                heads.extend(table[0].mean(axis=1)[:, -read:])
    return np.array(heads, np.float32).reshape(-1, read)


def _tables(content: bytes, raw: str | None) -> list[str]:
    """The names of the tensors with shares of attention: the softmax of something else than the answer."""
    if b"Softmax" not in content:
        return []
    import onnx

    nodes = onnx.ModelProto.FromString(content).graph.node
    return [node.output[0] for node in nodes if node.op_type == "Softmax" and node.input[0] != raw]
