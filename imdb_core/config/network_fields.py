"""The fields of RunConfig for the network: name and reviews of the run, vocabulary, sizes of the layers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from imdb_core.answers import FEWEST_CLASSES, MOST_CLASSES
from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.data import sources, tokenizers
from imdb_core.data.reviews import TWO_CLASSES

LONGEST_CLASS = 80  # characters of a class's name
MOST_PROBES = 5  # reviews that a run may score after each epoch


class NetworkFields(BaseModel):
    """The first half of RunConfig's fields; config.json keeps their order."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    network: str = hyperparameter("cnn_lstm", "Network", "The network to train.", names_run=True)
    name: str = hyperparameter(
        "", "Name", "Your name for the run. You can change it later.", longest=80, names_run=True
    )
    dataset: str = hyperparameter(
        "imdb",
        "Data set",
        "The data set to learn from.",
        choices=sources.TITLES,
        choices_grow=True,
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        names_run=True,
        epoch_cost="by value",
    )
    classes: tuple[str, ...] = hyperparameter(
        TWO_CLASSES,
        "Classes",
        "The classes that the network tells apart.",
        format=f"{FEWEST_CLASSES} to {MOST_CLASSES} different names of at most {LONGEST_CLASS} characters",
        names_run=True,
        of_source=True,
        epoch_cost="by value",
    )
    tokenizer: str = hyperparameter(
        "keras_imdb",
        "Tokenizer",
        "How a text is cut into words: as the IMDB reviews were, by Unicode's rules, or into frequent pieces "
        "of words.",
        choices={name: tokenizers.get(name).title for name in tokenizers.names()},
        names_run=True,
        of_source=True,
        epoch_cost="by value",
    )
    probes: str = hyperparameter(
        "",
        "Probe texts",
        f"Texts to score after each epoch: one a line, at most {MOST_PROBES}.",
        longest=2000,
        names_run=True,
    )

    vocabulary_size: int = hyperparameter(
        5000,
        "Vocabulary size",
        "The network knows this many word ids. All rarer words become the same id, “unknown”.",
        low=10,
        high=200_000,
        step=500,
        unit="ids",
        main=True,
        uses_memory=True,
    )
    review_length: int = hyperparameter(
        500,
        "Text length",
        "The network reads at most this many words, the last ones of a text. More words take more time.",
        low=5,
        high=2000,
        step=50,
        unit="words",
        main=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    embedding_size: int = hyperparameter(
        32,
        "Embedding size",
        "How many numbers describe each word. More can tell words apart better, but need more memory.",
        low=2,
        high=512,
        step=8,
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    word_dropout: float = hyperparameter(
        0.0,
        "Word dropout",
        "Share of the words, 0 to 1, that is hidden in training. Each batch hides different words, so the "
        "network cannot rely on single words.",
        low=0,
        high=0.9,
        step=0.05,
        of_layers=True,
    )
    word_vectors: str = hyperparameter(
        "random",
        "Word vectors",
        "What the embedding starts with: random numbers, or vectors learned from the training texts. "
        "Learning takes seconds and uses no labels. Words with similar neighbours get similar vectors.",
        choices={"random": "random", "co_occurrence": "learned from neighbours"},
        of_layers=True,
    )
    units: int = hyperparameter(
        100,
        "Memory units",
        "How many numbers the memory of the LSTM or GRU holds. More can remember more, but train slower.",
        low=1,
        high=512,
        step=10,
        main=True,
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    filters: int = hyperparameter(
        32,
        "Convolution filters",
        "How many phrase detectors the convolution learns. More detect more phrases, but train slower.",
        low=1,
        high=512,
        step=8,
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    kernel_size: int = hyperparameter(
        3,
        "Kernel size",
        "How many neighbouring words a phrase detector sees at once.",
        low=1,
        high=25,
        unit="words",
        at_most="review_length",
        of_layers=True,
        epoch_cost="by value",
    )
    pool_size: int = hyperparameter(
        2,
        "Pool size",
        "Pooling keeps the largest of this many neighbouring positions. The LSTM then reads fewer positions, "
        "which makes training faster.",
        low=1,
        high=20,
        unit="positions",
        at_most="review_length",
        of_layers=True,
        epoch_cost="by value",
    )
    dropout: float = hyperparameter(
        0.2,
        "Dropout",
        "Share of the values, 0 to 1, that is set to zero at random in training. This reduces overfitting.",
        low=0,
        high=0.9,
        step=0.05,
        of_layers=True,
    )
    recurrent_dropout: float = hyperparameter(
        0.2,
        "Recurrent dropout",
        "Share of the LSTM's memory, 0 to 1, that is set to zero in training. Above 0, a GPU cannot use its "
        "fast LSTM kernel (cuDNN).",
        low=0,
        high=0.9,
        step=0.05,
        of_layers=True,
        epoch_cost="zero or not",
    )
    dense_units: int = hyperparameter(
        25,
        "Dense units",
        "How many numbers the inner dense layer gives.",
        low=1,
        high=512,
        step=5,
        of_layers=True,
        epoch_cost="by value",
    )
    heads: int = hyperparameter(
        2,
        "Attention heads",
        "How many kinds of relations between words the attention layer looks for in parallel.",
        low=1,
        high=16,
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    longest_ngram: int = hyperparameter(
        3,
        "Longest phrase",
        "The network looks up phrases of one word up to this many words.",
        low=1,
        high=5,
        unit="words",
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
    ngram_buckets: int = hyperparameter(
        2**20,
        "Phrase table size",
        "Size of the hash table for words and phrases. When two share a slot, the more frequent one is kept.",
        low=2**10,
        high=2**22,
        step=2**18,
        unit="slots",
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )

    @field_validator("classes", mode="before")
    @classmethod
    def _as_tuple(cls, classes: Any) -> Any:
        return tuple(classes) if isinstance(classes, list) else classes

    @field_validator("classes")
    @classmethod
    def _are_classes(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        sizes = [len(name) for name in classes]
        allowed = FEWEST_CLASSES <= len(classes) <= MOST_CLASSES and len(set(classes)) == len(classes)
        if not allowed or min(sizes) < 1 or max(sizes) > LONGEST_CLASS:
            raise ValueError("no classes")  # config/sentences.py words it for users
        return classes
