"""Start a network from the weights of a language model. Called by course, before the first epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring import language_models


def take_over(model: Any, config: RunConfig, words: Sequence[str]) -> None:
    """Give the network the word vectors of config.start_from, and its LSTM if an LSTM reads the vectors.

    `words` are the words of the corpus, by rank. A word that the language model does not know keeps its
    random vector. Of a two-way LSTM, the half that reads forwards is set, because a language model reads
    forwards. Dai & Le 2015, "Semi-supervised Sequence Learning". Raises ModelError.
    """
    learned = language_models.load(language_models.find(config), language_models.LARGEST_FILE)
    embedding = architectures.word_embedding(model)
    [vectors] = (np.array(weight) for weight in embedding.get_weights())
    own = Vocabulary(words, config.tokenizer).limited(config.vocabulary_size).words
    places = {word: id for id, word in enumerate(learned.vocabulary.words, FIRST_WORD + 1)}
    known = [(id, places[word]) for id, word in enumerate(own, FIRST_WORD + 1) if word in places]
    special = [(id, id) for id in range(FIRST_WORD)]  # padding, start and unknown
    targets, sources = np.array([*special, *known]).T
    vectors[targets] = learned.arrays["Embedding/embeddings"][sources]
    embedding.set_weights([vectors])
    if language_models.reads_words(config):
        cell = next(filter(None, map(_lstm_cell, model.layers)))
        for name in ("kernel", "recurrent_kernel", "bias"):
            getattr(cell, name).assign(learned.arrays[f"LSTM/{name}"])


def _lstm_cell(layer: Any) -> Any:
    """The cell of an LSTM layer, or of the forward half of a two-way one; None for another layer."""
    layer = getattr(layer, "forward_layer", layer)
    return layer.cell if type(layer).__name__ == "LSTM" else None
