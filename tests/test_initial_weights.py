"""Word vectors before training: the table they come from, and that alike words become alike."""

import numpy as np
import pytest

from imdb_core import architectures, config, initial_weights

LABELS = np.float32([[0], [0], [1], [1]])


def begun(network="lstm", *, reviews, **changes):
    """The first embedding of a network that began with word vectors from `reviews`."""
    values = config.preset(network, word_vectors="co_occurrence", vocabulary_size=40, **changes)
    model = architectures.build(values)
    before = embeddings(model)
    architectures.start(model, values, lambda: [(np.array(reviews, np.int32), LABELS[: len(reviews)])])
    return before, embeddings(model)


def embeddings(model):
    return next(
        layer for layer in model.layers if type(layer).__name__ == "Embedding" and layer.trainable
    ).get_weights()[0]


def table_of(*reviews, words=20):
    """The private table of mutual information; single numbers cannot be read from the word vectors."""
    ids = np.array(reviews)
    return initial_weights._mutual_information(lambda: [(ids, LABELS)], words, words)


def test_the_table_is_positive_pointwise_mutual_information_with_smoothed_contexts():
    """Two reviews, 3 4 and 3 5, the second behind padding; words of different reviews are no neighbours."""
    table = table_of([3, 4], [3, 5], words=6)
    share = 2**0.75 / (2**0.75 + 2)  # of context 3, which stands beside a word twice; 4 and 5 once each
    expected = np.zeros((6, 6))
    expected[4, 3] = expected[5, 3] = np.log(1 / share)
    expected[3, 4] = expected[3, 5] = np.log(1 / (2 * (1 - share) / 2))
    assert table == pytest.approx(np.maximum(expected, 0), abs=1e-6)


@pytest.mark.parametrize("row", [[0, 1, 2, 3], [1, 3, 2, 2], [2, 2, 2, 3]])
def test_padding_start_and_unknown_words_are_nobodys_neighbours(row):
    assert not table_of(row).any()


def test_the_window_is_five_words():
    table = table_of([10, 0, 0, 0, 0, 11, 12])  # 10 and 11 are five apart, 10 and 12 six
    assert table[10, 11] > 0 and table[11, 12] > 0 and table[10, 12] == 0


@pytest.mark.parametrize("network", ["lstm", "text_cnn", "wide_deep"])
def test_words_with_similar_neighbours_get_similar_vectors_and_unseen_words_random_ones(network):
    small = {"ngram_buckets": 1024} if network == "wide_deep" else {}
    reviews = [[1, 10, 20], [1, 10, 21], [1, 11, 30], [1, 11, 31]]
    before, after = begun(network, reviews=reviews, embedding_size=8, **small)
    length = np.linalg.norm(after, axis=1)
    alike = (after @ after.T) / np.outer(length, length)
    assert alike[20, 21] > 0.99 and alike[30, 31] > 0.99 and abs(alike[20, 30]) < 0.01
    assert length[[10, 20, 30]] == pytest.approx(0.1 * np.sqrt(8), rel=1e-5)
    assert (after[:10] == before[:10]).all() and (after[32:] == before[32:]).all()


def test_dimensions_beyond_the_number_of_contexts_stay_random():
    before, after = begun(reviews=[[1, 10, 20], [1, 10, 21]], embedding_size=64)
    assert (after[10, :40] != before[10, :40]).any() and (after[10, 40:] == before[10, 40:]).all()


def test_networks_without_words_have_no_word_vectors():
    assert "word_vectors" not in config.hyperparameters("nb_ngram")
    assert "word_vectors" in config.hyperparameters("wide_deep")
    assert architectures.starts(config.preset("lstm")) == []
