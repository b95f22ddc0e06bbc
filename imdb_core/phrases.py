"""What networks with phrases learn before training starts: which phrases there are, and what each says of a review.

Called by the worker through architectures.start. `batches` is a function that gives the training reviews anew each time, as pairs
of ids (batch, words) and labels (batch, 1). A run's plain script contains the source of what its network needs, so these use
nothing but NumPy and the model.
"""

import numpy as np


def learn_phrases(model, batches):
    """Let the layer NGrams learn which phrases of the reviews are known."""
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    ngrams.learn(words for words, _ in batches())


def set_log_count_ratios(model, batches):
    """Set the embedding that is not trained to how much more often each phrase stands in positive reviews.

    r = log((p / sum p) / (q / sum q)), p and q being 1 + the number of positive and of negative reviews that have the phrase
    (Wang & Manning 2012, "Baselines and Bigrams"). The trained weights that the ratios are multiplied with start at zero.
    """
    ngrams = next(layer for layer in model.layers if type(layer).__name__ == "NGrams")
    ratios = next(layer for layer in model.layers if type(layer).__name__ == "Embedding" and not layer.trainable)
    counts = np.ones((2, ngrams.buckets), np.int64)
    for words, labels in batches():
        ids = ngrams.numbered(words)
        for label in (0, 1):
            found = ids[labels[:, 0] == label]
            counts[label] += np.bincount(found[found > 0], minlength=ngrams.buckets)
    negative, positive = counts / counts.sum(axis=1, keepdims=True)
    ratios.set_weights([np.where(counts.sum(axis=0) > 2, np.log(positive / negative), 0)[:, None]])
    answer = model.layers[-1]
    kernel, bias = answer.get_weights()
    kernel[0] = 1 if len(kernel) == 1 else 0.25  # the sum comes first; loud, it would leave the other features nothing to learn
    answer.set_weights([kernel, bias])
