"""What networks learn before training starts: word vectors, the known phrases, and the phrases' log ratios.

Called by the worker through architectures.start. Each call of `batches` gives the training reviews anew, as
pairs of ids (batch, words) and targets (batch, outputs), see answers.targets(). The plain script of a run
contains the source of the functions that its network needs, so they use nothing but NumPy and the model.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Batches = Callable[[], Iterable[tuple[NDArray[Any], NDArray[Any]]]]


def set_word_vectors(model: Any, batches: Batches) -> None:
    """Start the embedding with word vectors, which are similar for words with similar neighbours.

    Labels are not used. A table holds the positive pointwise mutual information of each word with the 2,000
    most frequent words, in a window of five words. Context counts are raised to the power 0.75. The vectors
    are the table's leading singular vectors, weighted with the root of the singular values. Their root mean
    square becomes 0.1, a little more than at Keras's random start. Words that never occur keep their random
    vectors. Source: Levy, Goldberg, Dagan 2015, "Improving Distributional Similarity with Lessons Learned
    from Word Embeddings".
    """
    embedding = next(
        layer for layer in model.layers if type(layer).__name__ == "Embedding" and layer.input is model.input
    )
    [vectors] = (np.array(weight) for weight in embedding.get_weights())
    table = _mutual_information(batches, len(vectors), contexts=min(2000, len(vectors)))
    squares, directions = np.linalg.eigh(table.T @ table)  # squared singular values, the smallest first
    largest = slice(None, -vectors.shape[1] - 1, -1)
    learned = table @ directions[:, largest] * np.maximum(squares[largest], 1e-6) ** -0.25
    length = np.linalg.norm(learned, axis=1, keepdims=True)
    seen = np.flatnonzero(length > 1e-6)
    vectors[seen, : learned.shape[1]] = 0.1 * np.sqrt(learned.shape[1]) * learned[seen] / length[seen]
    embedding.set_weights([vectors])


def _mutual_information(batches: Batches, words: int, contexts: int, window: int = 5) -> NDArray[np.float32]:
    """Positive pointwise mutual information of all ids with the ids below `contexts`: (words, contexts)."""
    counts = np.zeros(words * contexts, np.float32)
    for batch, _ in batches():
        ids = np.pad(batch, [(0, 0), (0, window)]).ravel().astype(np.int64)  # zeros separate the reviews
        for distance in range(1, window + 1):
            for left, right in ((ids[:-distance], ids[distance:]), (ids[distance:], ids[:-distance])):
                both = (left > 2) & (right > 2) & (right < contexts)  # no padding, start or unknown word
                np.add.at(counts, left[both] * contexts + right[both], np.float32(1))
    pairs = counts.reshape(words, contexts)
    context = pairs.sum(axis=0) ** 0.75
    share = context / max(context.sum(), 1)
    for start in range(0, words, 1000):  # in place, a thousand words at a time: the table is large
        block = pairs[start : start + 1000]
        expected = block.sum(axis=1, keepdims=True) * share
        ratios = np.maximum(block, expected) / np.maximum(expected, 1e-9)
        np.log(ratios, where=block > 0, out=block)
    return pairs


def learn_phrases(model: Any, batches: Batches) -> None:
    """Tell the layer NGrams which phrases stand in the training reviews."""
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    ngrams.learn(words for words, _ in batches())


def set_log_count_ratios(model: Any, batches: Batches) -> None:
    """Fill the fixed embedding with the log-count ratios of each phrase. r > 0: more often in the class.

    r = log((p / sum p) / (q / sum q)), where p and q are 1 + the number of reviews with the phrase, in the
    class and in the rest (Wang & Manning 2012, "Baselines and Bigrams"). Of two classes the second has a
    ratio, of more classes each class has one. The network multiplies the ratios with trained weights, which
    start at zero.
    """
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    fixed = next(
        layer for layer in model.layers if type(layer).__name__ == "Embedding" and not layer.trainable
    )
    [ratios] = (np.zeros_like(weight) for weight in fixed.get_weights())
    counts = np.zeros((ratios.shape[1], ngrams.buckets), np.int64)  # reviews of the class with the phrase
    total = np.zeros(ngrams.buckets, np.int64)
    for words, targets in batches():
        ids = ngrams.numbered(words)
        total += np.bincount(ids[ids > 0], minlength=ngrams.buckets)
        # The most probable class: a teacher's targets are probabilities.
        verdicts = targets > 0.5 if targets.shape[1] == 1 else targets == targets.max(axis=1, keepdims=True)
        for column, is_class in enumerate(verdicts.T):
            phrases = ids[is_class]
            counts[column] += np.bincount(phrases[phrases > 0], minlength=ngrams.buckets)
    for column, count in enumerate(counts):
        own, rest = 1 + count, 1 + total - count
        ratio = np.log((own / own.sum()) / (rest / rest.sum()))
        ratios[:, column] = np.where(total > 0, ratio, 0)
    fixed.set_weights([ratios])
    answer = model.layers[-1]
    # The sum of a class's ratios is its logit.
    answer.set_weights([np.eye(len(counts)), np.zeros(len(counts))])
