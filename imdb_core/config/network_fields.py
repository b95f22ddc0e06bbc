"""The fields of RunConfig for the network: vocabulary, text length, dropout, and the sizes of its layers."""

from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.config.text_fields import TextFields


class NetworkFields(TextFields):
    """The second part of RunConfig's fields."""

    vocabulary_size: int = hyperparameter(
        5000,
        "Vocabulary size",
        "The network knows this many word ids. All rarer words become the same id, “unknown”.",
        low=10,
        high=200_000,
        usual=(500, 100_000),
        if_low="nearly all words become “unknown”",
        if_high="words this rare stand in too few texts to learn from",
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
        usual=(20, 1000),
        if_low="the network sees only the last few words of a text",
        if_high="training takes very long, and few texts have so many words",
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
        usual=(2, 300),
        if_high="training takes long, and the network learns the texts by heart",
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
        usual=(0, 0.5),
        if_high="most of each review is hidden, so the network learns little",
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
        "How many numbers the memory of the recurrent layer holds. More can remember more, but train slower.",
        low=1,
        high=512,
        usual=(8, 256),
        if_low="the memory can hold very little",
        if_high="training takes very long on a CPU",
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
        usual=(4, 256),
        if_low="the network can tell few phrases apart",
        if_high="training takes very long on a CPU",
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
        usual=(1, 10),
        if_high="so long a phrase hardly ever comes twice",
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
        usual=(1, 10),
        if_high="most of the order of the words is lost",
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
        usual=(0, 0.6),
        if_high="so little gets through that the network hardly learns",
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
        usual=(0, 0.5),
        if_high="the memory loses most of what it has read",
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
        usual=(4, 256),
        if_low="hardly anything gets through this layer",
        if_high="the network learns the texts by heart",
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
        usual=(1, 8),
        if_high="training takes long, and many heads find the same",
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
        usual=(1, 4),
        if_high="so long a phrase hardly ever comes twice",
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
        usual=(2**16, 2**22),
        if_low="many phrases share a slot, so few are kept",
        step=2**18,
        unit="slots",
        of_layers=True,
        uses_memory=True,
        epoch_cost="by value",
    )
