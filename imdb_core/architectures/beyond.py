"""The networks beyond the tutorials, one decorated function each (see the package's docstring)."""

from imdb_core.architectures.registry import Layers, Tensor, architecture, embedded
from imdb_core.initial_weights import learn_phrases, set_log_count_ratios


@architecture(
    "Plain RNN",
    in_plain_words="Reads the text word by word like the LSTM, but its memory has no gates: each word "
    "overwrites all of it.",
    teaches="This is the LSTM of the tutorial without its gates. What it learns from a mistake travels back "
    "through all words and is multiplied at each of them: it shrinks to nothing or grows without bound. That "
    "is why this network reads only the end of a text. Gates give the LSTM a way back that keeps it.",
    review_length=100,
    gradient_clipping=1.0,
    epochs=3,
)
def simple_rnn(x: Tensor, layers: Layers, *, units: int) -> Tensor:
    """(batch, words, embedding) -> (batch, units). Elman 1990, "Finding Structure in Time"."""
    return layers.SimpleRNN(units)(x)


@architecture(
    "Two-way LSTM + max",
    in_plain_words="Two LSTMs read the text, one from the start and one from the end. The strongest "
    "signal counts, wherever it stands.",
    teaches="An LSTM that judges after the last word must remember everything until then. Here the memory "
    "is looked at after every word, and the largest value of each of its numbers is kept. So the beginning "
    "of a text counts as much as its end. The second LSTM reads backwards, so it knows what comes after a "
    "word.",
    vocabulary_size=20_000,
    embedding_size=64,
    units=64,
    dropout=0.4,
    word_vectors="co_occurrence",
    learning_rate=0.002,
    gradient_clipping=1.0,
    weight_averaging=0.995,
    batch_size=128,
    epochs=3,
)
def bilstm_max(x: Tensor, layers: Layers, *, units: int, dropout: float) -> Tensor:
    """(batch, words, embedding) -> (batch, 2 units).

    Conneau et al. 2017, "Supervised Learning of Universal Sentence Representations". Spatial dropout: Tompson
    et al. 2015.
    """
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)  # (batch, words, 2 units)
    return layers.GlobalMaxPooling1D()(x)


@architecture(
    "Text CNN",
    in_plain_words="Looks for phrases of three, four and five words anywhere in the text. Each detector "
    "reports its strongest match.",
    teaches="This network has no memory and knows no order beyond a phrase. Each detector slides over the "
    "text, and only its strongest match counts. That is often enough to judge a text, and all "
    "positions can be computed at once.",
    vocabulary_size=30_000,
    embedding_size=96,
    word_vectors="co_occurrence",
    word_dropout=0.1,
    filters=128,
    dropout=0.5,
    optimizer="adamw",
    weight_decay=0.1,
    learning_rate=0.003,
    learning_rate_schedule="one_cycle",
    batch_size=128,
    epochs=3,
    tuned=dict(adversarial_change=0.02198, learning_rate=0.004414, word_dropout=0.05, dropout=0.4, epochs=4),
)
def text_cnn(x: Tensor, layers: Layers, *, filters: int, dropout: float) -> Tensor:
    """(batch, words, embedding) -> (batch, 3 filters). Kim 2014, "Convolutional Neural Networks for
    Sentence Classification".
    """
    phrases = [layers.Conv1D(filters, size, padding="same", activation="relu")(x) for size in (3, 4, 5)]
    strongest = [layers.GlobalMaxPooling1D()(signals) for signals in phrases]
    return layers.Dropout(dropout)(layers.Concatenate()(strongest))


@architecture(
    "GRU + attention",
    in_plain_words="Two memories read the text, one from the start and one from the end. Then the network "
    "weighs the words and judges by the words with the most weight.",
    teaches="This network also learns which words matter. Every word gets a share of attention, and the "
    "shares add up to one. The weighted mean of all words is judged. The text box can show the shares under "
    "a text. But beware: they tell where the network looked, not why it decided so. A GRU is an LSTM with "
    "one gate less.",
    vocabulary_size=20_000,
    embedding_size=64,
    units=64,
    dropout=0.4,
    learning_rate=0.003,
    gradient_clipping=1.0,
    weight_averaging=0.99,
    batch_size=128,
    epochs=2,
)
def gru_attention(x: Tensor, layers: Layers, *, units: int, dropout: float) -> Tensor:
    """(batch, words, embedding) -> (batch, 2 units).

    GRU: Cho et al. 2014. Additive attention: Bahdanau, Cho, Bengio 2015, in the form of Yang et al. 2016,
    "Hierarchical Attention Networks".
    """
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.GRU(units, return_sequences=True))(x)  # (batch, words, 2 units)
    scores = layers.Dense(1)(layers.Dense(units, activation="tanh")(x))
    attention = layers.Softmax(axis=1)(scores)  # (batch, words, 1), shown by the text box
    return layers.Flatten()(layers.Dot(axes=1)([attention, x]))


@architecture(
    "Transformer",
    in_plain_words="Every word looks at every other word and takes from each what it needs. The mean of all "
    "words is judged.",
    teaches="This network does not read in order. Attention lets each word gather information from all "
    "others at once, with several heads in parallel. Waves added to the words tell where each word stands. "
    "Large networks of this kind write texts. Trained from scratch on so few texts, it has no advantage "
    "over simpler networks, and its work grows with the square of the text's length.",
    vocabulary_size=20_000,
    review_length=300,
    dropout=0.3,
    dense_units=32,
    weight_averaging=0.99,
    epochs=2,
)
def transformer(
    x: Tensor, layers: Layers, *, embedding_size: int, heads: int, dense_units: int, dropout: float
) -> Tensor:
    """(batch, words, embedding) -> (batch, embedding).

    One encoder block of Vaswani et al. 2017, "Attention Is All You Need".
    """
    x = layers.Dropout(dropout)(layers.Positions()(x))
    attended = layers.MultiHeadAttention(heads, max(1, embedding_size // heads))(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(attended)]))
    inner = layers.Dense(embedding_size)(layers.Dense(dense_units, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(inner)]))
    return layers.Dropout(dropout)(layers.GlobalAveragePooling1D()(x))


@architecture(
    "Phrases averaged",
    in_plain_words="Looks up every word and every phrase of up to three words, and judges by the mean of "
    "their numbers.",
    teaches="This network has no memory and no convolution. It looks up phrases of up to three neighbouring "
    "words as a whole and averages their numbers. So “not good” is an entry of its own. There are too many "
    "phrases to keep them all, so it knows only phrases that stand in at least two texts.",
    embeds=False,
    start=(learn_phrases,),
    vocabulary_size=50_000,
    review_length=1000,
    embedding_size=2,
    learning_rate=0.02,
    batch_size=128,
    epochs=5,
)
def ngram_linear(
    words: Tensor, layers: Layers, *, embedding_size: int, longest_ngram: int, ngram_buckets: int
) -> Tensor:
    """(batch, words) ids -> (batch, embedding).

    Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification".
    """
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    x = layers.Embedding(ngram_buckets, embedding_size, mask_zero=True)(ids)
    return layers.MaskedAverage()(x)


@architecture(
    "Phrases, naive Bayes",
    in_plain_words="First counts how much more often each word and phrase stands in positive texts. "
    "Training then weighs these counts.",
    teaches="Training need not start from nothing. How often a phrase stands in positive and in negative "
    "texts can be counted in a second. These counts alone (naive Bayes) judge quite well. Here the ratios "
    "of the counts are the start, and training learns how far to trust each ratio.",
    embeds=False,
    start=(learn_phrases, set_log_count_ratios),
    vocabulary_size=88_587,
    review_length=1000,
    learning_rate=0.002,
    batch_size=128,
    epochs=5,
)
def nb_ngram(
    words: Tensor, layers: Layers, *, longest_ngram: int, ngram_buckets: int, outputs: int
) -> Tensor:
    """(batch, words) ids -> (batch, outputs); the ratios are fixed, the weights beside them are trained.

    Wang & Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification". More than
    two classes: a phrase has one ratio for each class against the rest, and one weight for all its ratios.
    """
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    ratios = layers.Embedding(ngram_buckets, outputs, trainable=False)(ids)
    weights = layers.Embedding(ngram_buckets, 1, embeddings_initializer="zeros")(ids)
    return layers.Flatten()(layers.Dot(axes=1)([ratios, weights]))


@architecture(
    "Wide + deep",
    in_plain_words="Two judges trained together: the first counts words and phrases, the second looks for "
    "patterns. Both have a say.",
    teaches="Counting phrases is hard to beat where single words tell a lot. A network that compares words "
    "by their meaning can also judge phrases that were never counted. In training, only one of the two "
    "judges each text, so each learns the whole task. Afterwards both have a say.",
    embeds=False,
    start=(learn_phrases, set_log_count_ratios),
    vocabulary_size=30_000,
    review_length=1000,
    embedding_size=64,
    word_vectors="co_occurrence",
    word_dropout=0.1,
    filters=64,
    dropout=0.5,
    learning_rate=0.002,
    weight_averaging=0.99,
    batch_size=128,
    epochs=7,
)
def wide_deep(
    words: Tensor,
    layers: Layers,
    *,
    vocabulary_size: int,
    embedding_size: int,
    word_dropout: float,
    filters: int,
    dropout: float,
    longest_ngram: int,
    ngram_buckets: int,
    outputs: int,
) -> Tensor:
    """(batch, words) ids -> (batch, outputs), the answers of nb_ngram and text_cnn combined.

    After Cheng et al. 2016, "Wide & Deep Learning".
    """
    phrases = {"longest_ngram": longest_ngram, "ngram_buckets": ngram_buckets}
    wide = nb_ngram(words, layers, **phrases, outputs=outputs)
    x = embedded(
        words,
        layers,
        vocabulary_size=vocabulary_size,
        embedding_size=embedding_size,
        word_dropout=word_dropout,
    )
    deep = text_cnn(x, layers, filters=filters, dropout=dropout)
    shares = (0.7, 0.3)  # of the two branches in the answer; chosen on the validation reviews
    return layers.BranchDropout(shares)([wide, layers.Dense(outputs)(deep)])
