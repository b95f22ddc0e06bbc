"""The language model: it learns to predict the next word, which needs no labels (see the package)."""

from imdb_core.architectures.registry import NEXT_WORD, Layers, Tensor, architecture


@architecture(
    "Language model",
    predicts=NEXT_WORD,
    in_plain_words="Learns to predict each next word of a text. It needs no labels and judges nothing, but "
    "other networks can start from what it has learned.",
    teaches="To predict the next word, a network must learn much about language: which words mean similar "
    "things, which fit together, and how texts of this kind go on. Nobody has to label a text for that. Its "
    "embedding and its LSTM are then the start of a network that judges texts.",
    vocabulary_size=20_000,
    review_length=64,
    embedding_size=128,
    units=256,
    dropout=0.1,
    learning_rate=0.004,
    learning_rate_schedule="one_cycle",
    gradient_clipping=1.0,
    batch_size=64,
    epochs=2,
)
def language_model(x: Tensor, layers: Layers, *, units: int, embedding_size: int, dropout: float) -> Tensor:
    """(batch, words, embedding) -> (batch, words, embedding), which is multiplied with the words' vectors.

    Bengio et al. 2003, "A Neural Probabilistic Language Model", with an LSTM: Dai & Le 2015, "Semi-supervised
    Sequence Learning".
    """
    x = layers.Dropout(dropout)(x)
    x = layers.LSTM(units, return_sequences=True)(x)
    return layers.Dense(embedding_size)(layers.Dropout(dropout)(x))
