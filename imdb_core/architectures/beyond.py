"""Networks beyond the tutorials: one decorated function each, see the package's first lines."""

from imdb_core.architectures.registry import architecture, embedded
from imdb_core.initial_weights import learn_phrases, set_log_count_ratios


@architecture(
    "Two-way LSTM + max",
    says="Two LSTMs read the review, one from the end; of all they noticed, wherever it stood, the strongest counts.",
    teaches="A judgement made at the last word must carry everything until then. Here the memory is looked at after every "
    "word, and of each of its numbers the largest is kept, so what was said first counts as much as what was said last. The "
    "second LSTM reads backwards and so knows what comes after a word.",
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
def bilstm_max(x, layers, *, units, dropout):
    """(batch, words, embedding) -> (batch, 2 units). After Conneau et al. 2017, "Supervised Learning of Universal Sentence
    Representations"; spatial dropout after Tompson et al. 2015."""
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.LSTM(units, return_sequences=True))(x)  # (batch, words, 2 units)
    return layers.GlobalMaxPooling1D()(x)


@architecture(
    "Text CNN",
    says="Looks for phrases of three, four and five words anywhere in the review; each detector reports its strongest find.",
    teaches="No memory and no order beyond a phrase: each detector slides over the review and only its strongest find counts. "
    "That is often all it takes to judge a film review, and all positions can be computed at once.",
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
)
def text_cnn(x, layers, *, filters, dropout):
    """(batch, words, embedding) -> (batch, 3 filters). Kim 2014, "Convolutional Neural Networks for Sentence
    Classification".
    """
    found = [layers.Conv1D(filters, size, padding="same", activation="relu")(x) for size in (3, 4, 5)]
    strongest = [layers.GlobalMaxPooling1D()(one) for one in found]
    return layers.Dropout(dropout)(layers.Concatenate()(strongest))


@architecture(
    "GRU + attention",
    says="Two memories read the review, one from the end; then it weighs the words and judges by what it paid attention to.",
    teaches="Which words matter is learned, too: every word gets a share of attention, the shares add up to one, and the "
    "judgement is made on the weighted mean. The shares can be shown under a review, but beware: they tell where the network "
    "looked, not why it decided so. A GRU is an LSTM with one gate less.",
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
def gru_attention(x, layers, *, units, dropout):
    """(batch, words, embedding) -> (batch, 2 units). GRU: Cho et al. 2014; additive attention: Bahdanau, Cho, Bengio 2015, in
    the form of Yang et al. 2016, "Hierarchical Attention Networks"."""
    x = layers.SpatialDropout1D(dropout)(x)
    x = layers.Bidirectional(layers.GRU(units, return_sequences=True))(x)  # (batch, words, 2 units)
    scores = layers.Dense(1)(layers.Dense(units, activation="tanh")(x))
    attention = layers.Softmax(axis=1)(scores)  # (batch, words, 1), shown by the text box
    return layers.Flatten()(layers.Dot(axes=1)([attention, x]))


@architecture(
    "Transformer",
    says="Every word looks at every other word and takes from each what it needs; the mean of what was found is judged.",
    teaches="No reading in order at all: attention lets each word gather from all others at once, several heads side by side, "
    "and waves added to the words tell where they stand. Large networks of this kind write texts; from scratch, on so few "
    "reviews, it has no advantage over simpler ones, and its work grows with the square of the length.",
    vocabulary_size=20_000,
    review_length=300,
    dropout=0.3,
    dense_units=32,
    weight_averaging=0.99,
    epochs=2,
)
def transformer(x, layers, *, embedding_size, heads, dense_units, dropout):
    """(batch, words, embedding) -> (batch, embedding). One encoder block of Vaswani et al. 2017, "Attention
    Is All You Need".
    """
    x = layers.Dropout(dropout)(layers.Positions()(x))
    attended = layers.MultiHeadAttention(heads, max(1, embedding_size // heads))(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(attended)]))
    inner = layers.Dense(embedding_size)(layers.Dense(dense_units, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(dropout)(inner)]))
    return layers.Dropout(dropout)(layers.GlobalAveragePooling1D()(x))


@architecture(
    "Phrases averaged",
    says="Looks up every word and every phrase of up to three words, and judges by the mean of what it finds.",
    teaches="No memory, no convolution: phrases of up to three neighbours are looked up as a whole, and their numbers are "
    "averaged. “not good” simply is an entry of its own. There are too many phrases to keep them all; known are only those that "
    "stand in at least two reviews.",
    embeds=False,
    start=(learn_phrases,),
    vocabulary_size=50_000,
    review_length=1000,
    embedding_size=2,
    learning_rate=0.02,
    batch_size=128,
    epochs=5,
)
def ngram_linear(words, layers, *, embedding_size, longest_ngram, ngram_buckets):
    """(batch, words) ids -> (batch, embedding). Joulin et al. 2017, "Bag of Tricks for Efficient Text
    Classification".
    """
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    x = layers.Embedding(ngram_buckets, embedding_size, mask_zero=True)(ids)
    return layers.MaskedAverage()(x)


@architecture(
    "Phrases, naive Bayes",
    says="Counts first how much more often each word and phrase stands in positive reviews; training then weighs these counts.",
    teaches="Training need not start from nothing. How often a phrase occurs in positive and in negative reviews can be counted "
    "in a second, and that alone (naive Bayes) is a fair judge. Here these ratios are the start, and training learns how far to "
    "trust each.",
    embeds=False,
    start=(learn_phrases, set_log_count_ratios),
    vocabulary_size=88_587,
    review_length=1000,
    learning_rate=0.002,
    batch_size=128,
    epochs=5,
)
def nb_ngram(words, layers, *, longest_ngram, ngram_buckets):
    """(batch, words) ids -> (batch, 1). Wang & Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic
    Classification"; the ratios stay, the weights beside them are trained."""
    ids = layers.NGrams(longest_ngram, ngram_buckets)(words)
    ratios = layers.Embedding(ngram_buckets, 1, trainable=False)(ids)
    weights = layers.Embedding(ngram_buckets, 1, embeddings_initializer="zeros")(ids)
    return layers.Flatten()(layers.Dot(axes=1)([ratios, weights]))


@architecture(
    "Wide + deep",
    says="Two judges trained together: one counts words and phrases, the other looks for patterns; both have a say.",
    teaches="Counting phrases is hard to beat where single words tell a lot; a network that compares words by their meaning sees "
    "what was never counted. While training, a review is judged by one of the two only, so each learns the whole task; "
    "afterwards both have a say.",
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
    words,
    layers,
    *,
    vocabulary_size,
    embedding_size,
    word_dropout,
    filters,
    dropout,
    longest_ngram,
    ngram_buckets,
):
    """(batch, words) ids -> (batch, 1). After Cheng et al. 2016, "Wide & Deep Learning", with nb_ngram and
    text_cnn.
    """
    wide = nb_ngram(words, layers, longest_ngram=longest_ngram, ngram_buckets=ngram_buckets)
    x = embedded(
        words,
        layers,
        vocabulary_size=vocabulary_size,
        embedding_size=embedding_size,
        word_dropout=word_dropout,
    )
    deep = text_cnn(x, layers, filters=filters, dropout=dropout)
    return layers.BranchDropout((0.7, 0.3))(
        [wide, layers.Dense(1)(deep)]
    )  # the best shares on the validation reviews
