"""What networks may learn before training starts: word vectors, which phrases there are, and what each says
of a review.

Called by the worker through architectures.start. `batches` is a function that gives the training reviews anew
each time, as pairs of ids (batch, words) and labels (batch, 1). A run's plain script contains the source of
what its network needs, so these use nothing but NumPy and the model.
"""

import numpy as np


def set_word_vectors(model, batches):
    """Let words begin with vectors that are alike for words with like neighbours; labels are not looked at.

    Positive pointwise mutual information of each word with the 2,000 most frequent ones within five words,
    its context distribution smoothed by the power 0.75, and the leading singular vectors of that table,
    weighted with the root of the singular values (Levy, Goldberg, Dagan 2015, "Improving Distributional
    Similarity with Lessons Learned from Word Embeddings"). All are scaled to a root mean square of 0.1, a
    little more than Keras's random start; words never seen keep that.
    """
    embedding = next(
        layer for layer in model.layers if type(layer).__name__ == "Embedding" and layer.input is model.input
    )
    [vectors] = (np.array(weight) for weight in embedding.get_weights())
    table = _mutual_information(batches, len(vectors), contexts=min(2000, len(vectors)))
    values, directions = np.linalg.eigh(table.T @ table)  # the singular values' squares, the smallest first
    chosen = slice(None, -vectors.shape[1] - 1, -1)
    found = table @ directions[:, chosen] * np.maximum(values[chosen], 1e-6) ** -0.25
    length = np.linalg.norm(found, axis=1, keepdims=True)
    seen = np.flatnonzero(length > 1e-6)
    vectors[seen, : found.shape[1]] = 0.1 * np.sqrt(found.shape[1]) * found[seen] / length[seen]
    embedding.set_weights([vectors])


def _mutual_information(batches, words, contexts, window=5):
    """float32 (words, contexts): positive pointwise mutual information of word ids with the ids below
    `contexts`.
    """
    rows = [np.pad(ids, [(0, 0), (0, window)]).ravel() for ids, _ in batches()]  # zeros part the reviews
    ids, counts = np.concatenate(rows).astype(np.int64), np.zeros(words * contexts, np.float32)
    for distance in range(1, window + 1):
        for left, right in ((ids[:-distance], ids[distance:]), (ids[distance:], ids[:-distance])):
            both = (left > 2) & (right > 2) & (right < contexts)  # no padding, start or unknown word
            np.add.at(counts, left[both] * contexts + right[both], np.float32(1))
    counts = counts.reshape(words, contexts)
    context = counts.sum(axis=0) ** 0.75
    expected = counts.sum(axis=1, keepdims=True) * (context / max(context.sum(), 1))
    return np.log(
        np.maximum(counts, expected) / np.maximum(expected, 1e-9), where=counts > 0, out=np.zeros_like(counts)
    )


def learn_phrases(model, batches):
    """Let the layer NGrams learn which phrases of the reviews are known."""
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    ngrams.learn(words for words, _ in batches())


def set_log_count_ratios(model, batches):
    """Set the embedding that is not trained to how much more often each phrase stands in positive reviews.

    r = log((p / sum p) / (q / sum q)), p and q being 1 + the number of positive and of negative reviews that
    have the phrase (Wang & Manning 2012, "Baselines and Bigrams"). The trained weights that the ratios are
    multiplied with start at zero.
    """
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    ratios = next(
        layer for layer in model.layers if type(layer).__name__ == "Embedding" and not layer.trainable
    )
    counts = np.ones((2, ngrams.buckets), np.int64)
    for words, labels in batches():
        ids = ngrams.numbered(words)
        for label in (0, 1):
            found = ids[labels[:, 0] == label]
            counts[label] += np.bincount(found[found > 0], minlength=ngrams.buckets)
    negative, positive = counts / counts.sum(axis=1, keepdims=True)
    ratios.set_weights([np.where(counts.sum(axis=0) > 2, np.log(positive / negative), 0)[:, None]])
    answer = model.layers[-1]
    answer.set_weights([np.ones((1, 1)), np.zeros(1)])  # the sum of the ratios is the answer's logit
