"""Check ONNX models, run them, and check their outputs. Called by predictor and the export.

The export checks each model that it writes with the same functions. So a network that scoring would refuse is
noticed when it is trained.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers, architectures
from imdb_core.config import RunConfig
from imdb_core.scoring.safe_graph import SafeGraph, UnsafeModel

ROUNDING = 1e-3  # the sum of the shares of attention may differ from 1 by this much


def most_bytes(config: RunConfig) -> int:
    """The most bytes that the network's ONNX file may have: 1 MiB, and its float32 weights twice.

    The conversion stores some weights twice.
    """
    return 2 * 4 * sum(row.parameters for row in architectures.layer_table(config)) + 2**20


def usable_graph(content: bytes, config: RunConfig) -> SafeGraph:
    """The graph of the ONNX file of the network of `config`; raises UnsafeModel if it must not run.

    Checks its size in bytes, its operators, and the memory and work for the longest review.
    """
    if len(content) > most_bytes(config):
        raise UnsafeModel(f"it has {len(content):,} bytes, more than {most_bytes(config):,}")
    graph = SafeGraph(content, outputs=answers.outputs(config.classes))
    graph.require_bounded(1, config.review_length)
    return graph


def session(content: bytes) -> Any:
    """An ONNX Runtime session on the CPU with one thread: a review takes about a millisecond."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Otherwise each session keeps as much memory as its largest batch needed.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    # ONNX Runtime keeps the bytes to reopen the model on another device: 25 MB for all pretrained networks.
    opened._model_bytes = None
    return opened


def output_fault(
    outputs: list[npt.NDArray[Any]], shape: tuple[int, int], classes: Sequence[str]
) -> str | None:
    """What is wrong with the outputs for an input of `shape` (reviews, words), or None.

    The text is the end of a sentence: "it gave ...".
    """
    rows, width = shape
    output, *attention = outputs
    if fault := answers.fault(output, rows, classes):
        return fault
    if wrong := [shares.shape for shares in attention if shares.shape != (rows, width, 1)]:
        return f"attention of the shape {wrong[0]}, not one share a word"
    for shares in attention:
        if not (shares >= 0).all() or not np.abs(shares.sum(axis=1) - 1).max(initial=0) <= ROUNDING:
            return "attention whose shares do not add up to 1"
    return None
