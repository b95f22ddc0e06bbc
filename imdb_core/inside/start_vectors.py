"""A network's word vectors before the first epoch, for the views that compare them with the trained ones.

Vectors that were learned from neighbouring words are stored once a run (decision 025 says how they are made).
Random ones need no file: other random numbers look the same. Called by the worker and by word_stages.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.errors import ModelError
from imdb_core.initial_weights import set_word_vectors
from imdb_core.inside import stored
from imdb_core.inside.recurrent import Floats
from imdb_core.inside.word_map import CANDIDATES
from imdb_core.runs import layout
from imdb_core.scoring.predictor import Predictor

LARGEST_TABLE = 900_000  # bytes
KERAS_LIMIT = 0.05  # Keras starts an embedding with numbers evenly spread between -0.05 and 0.05


def are_learned(config: RunConfig) -> bool:
    """Whether the vectors of the network of `config` are learned from neighbouring words before training."""
    return set_word_vectors in architectures.starts(config)


def write(folder: Path, vectors: npt.NDArray[np.float32]) -> int:
    """Write the vectors (ids, size) of the words that a map can show; returns the bytes. Raises OSError.

    The most frequent words come first. Of very long vectors fewer words are kept.
    """
    rows = min(FIRST_WORD + 1 + CANDIDATES, LARGEST_TABLE // (2 * vectors.shape[1]))
    return stored.write(folder, layout.START_VECTORS, {"vectors": vectors[:rows].astype(np.float16)})


def learned(network: Predictor) -> Floats:
    """(ids, size): the vectors that the network started with, of its most frequent words.

    Raises ModelError, with what to do, if they are not stored or damaged.
    """
    stored.require(network, layout.START_VECTORS, "word vectors from before training")
    size = network.config.embedding_size

    def fault(arrays: stored.Arrays) -> str | None:
        rows = len(arrays["vectors"]) if "vectors" in arrays else 0
        return stored.shape_fault(arrays, {"vectors": ("f", (rows, size))})

    vectors = stored.read(network.folder, layout.START_VECTORS, "file of word vectors", fault)["vectors"]
    if not vectors.any():
        raise ModelError(f"The word vectors {network.folder / layout.START_VECTORS} are all zero.")
    return vectors.astype(np.float32)


def random(ids: int, size: int, seed: int) -> Floats:
    """float32 (ids, size): random vectors as Keras would start with, but not the same numbers."""
    drawn = np.random.default_rng(seed).uniform(-KERAS_LIMIT, KERAS_LIMIT, (ids, size))
    return drawn.astype(np.float32)
