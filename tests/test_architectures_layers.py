"""The layers that Keras does not have, and hidden words: what they compute, how naive Bayes fills them."""

import numpy as np
import pytest

from imdb_core import architectures


def ngrams(longest, buckets, *reviews):
    """The layer, knowing the phrases of `reviews` that stand in two of them."""
    from imdb_core.architectures.keras_layers import NGrams

    layer = NGrams(longest, buckets)
    layer.learn([np.array(reviews, np.int32)])
    return layer


def test_a_known_phrase_has_one_number_everywhere_and_appears_once_per_review():
    layer = ngrams(2, 1000, [0, 0, 5, 6], [5, 6, 5, 6], [0, 6, 5, 6])
    ids = np.asarray(layer(np.array([[0, 0, 5, 6], [5, 6, 5, 6], [0, 6, 5, 6], [0, 0, 7, 5]], np.int32)))
    assert [len(set(row) - {0}) for row in ids] == [3, 4, 4, 1], (
        "5, 6, 5-6; beside these 6-5; of 7, 7-5 and 5 only 5 is known"
    )
    assert set(ids[3]) < set(ids[0]) < set(ids[1]) == set(ids[2])
    assert all(list(row).count(one) == 1 for row in ids for one in set(row) - {0}) and ids.max() < 1000


def test_of_the_phrases_in_a_slot_the_most_frequent_is_known_if_two_reviews_have_it():
    assert not np.asarray(ngrams(1, 1000, [5, 5, 5], [6, 7, 8])(np.array([[5, 6, 7]], np.int32))).any()
    same_number = 5 + 999  # the first hash is the rest of a division by one less than the entries
    layer = ngrams(1, 1000, [5], [5], [same_number], [same_number], [same_number])
    assert [bool(layer(np.array([[word]], np.int32))[0, 0]) for word in (5, same_number)] == [False, True]


def test_the_longest_phrases_of_the_rarest_words_do_not_overflow():
    rare = [88_586] * 9
    ids = np.asarray(ngrams(5, 2**22, rare, rare)(np.array([rare], np.int32)))
    assert ids.min() == 0 and (ids > 0).sum() == 5, "one phrase of each length, every other is a repetition"


def test_naive_bayes_starts_with_the_textbooks_ratios(tiny):
    """Four reviews, three words: r = log((p / sum p) / (q / sum q)), p and q = 1 + reviews with the word."""
    values = tiny(network="nb_ngram", longest_ngram=1, ngram_buckets=1024)
    model = architectures.build(values)
    words = np.array([[0, 5, 6], [0, 5, 6], [7, 5, 5], [7, 5, 7]], np.int32)
    architectures.start(model, values, lambda: [(words, np.array([[1.0], [1.0], [0.0], [0.0]]))])
    layer, ratios = model.layers[1], model.layers[2].get_weights()[0]
    log_ratios = {word: ratios[layer(np.array([[word]], np.int32))[0, 0], 0] for word in (5, 6, 7)}
    # Both sums are 1024 + 4.
    assert log_ratios == pytest.approx({5: 0, 6: np.log(3), 7: -np.log(3)}, abs=1e-6)
    assert ratios[0] == 0 and np.count_nonzero(ratios) == 2 and not model.layers[2].trainable
    assert model.layers[-1].get_weights()[0][0] == 1


def test_naive_bayes_of_three_classes_has_the_ratios_of_each_class_against_the_rest(tiny):
    values = tiny(network="nb_ngram", longest_ngram=1, ngram_buckets=1024, classes=("a", "b", "c"))
    model = architectures.build(values)
    words = np.array([[5, 6], [5, 6], [7, 5], [5, 5]], np.int32)
    targets = np.float32([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    architectures.start(model, values, lambda: [(words, targets)])
    layer, ratios = model.layers[1], model.layers[2].get_weights()[0]
    of_word = {word: ratios[layer(np.array([[word]], np.int32))[0, 0]] for word in (5, 6)}
    # 1024 slots. With a word: 4 of class a, 2 of b, 1 of c; so the rests have 3, 5 and 6.
    own, rest = 1024 + np.array([4, 2, 1]), 1024 + np.array([2, 4, 5])
    assert of_word[5] == pytest.approx(np.log([3, 2, 2]) - np.log([3, 4, 4]) - np.log(own / rest), abs=1e-6)
    assert of_word[6] == pytest.approx(np.log([3, 1, 1]) - np.log([1, 3, 3]) - np.log(own / rest), abs=1e-6)
    assert (model.layers[-1].get_weights()[0] == np.eye(3)).all() and not ratios[0].any()


def test_a_review_without_a_known_phrase_gets_a_probability(tiny):
    values = tiny(network="ngram_linear", ngram_buckets=1024)
    answer = architectures.build(values)(np.zeros((2, 16), np.int32))
    assert np.isfinite(np.asarray(answer)).all()


def test_mixed_precision_changes_neither_phrases_nor_the_positions_of_words():
    import keras

    from imdb_core.architectures.keras_layers import NGrams, Positions

    words = np.random.default_rng(3).integers(1, 90, (40, 30)).astype(np.int32)
    x, results = np.zeros((1, 600, 8), np.float32), []
    for policy in ("float32", "mixed_bfloat16"):
        ngrams, positions = NGrams(3, 2048, dtype=policy), Positions(dtype=policy)
        ngrams.learn([words])
        results.append(
            (ngrams.numbered(words), keras.ops.convert_to_numpy(keras.ops.cast(positions(x), "float32")))
        )
    (ids, waves), (short_ids, short_waves) = results
    assert (ids == short_ids).all() and ids.any()
    assert short_waves == pytest.approx(waves, abs=1e-3)


def test_while_training_each_review_is_judged_by_one_branch_afterwards_by_all():
    from imdb_core.architectures.keras_layers import BranchDropout

    branches = [np.full((64, 3), value, np.float32) for value in (2, 4)]
    layer = BranchDropout((0.75, 0.25))
    assert np.asarray(layer(branches)).tolist() == [[2.5] * 3] * 64
    drawn = np.asarray(layer(branches, training=True))
    assert (drawn == drawn[:, :1]).all(), "one branch gives the answer for all classes"
    assert set(drawn[:, 0]) == {2.0, 4.0} and (drawn != np.asarray(layer(branches, training=True))).any(), (
        "drawn anew"
    )


@pytest.mark.parametrize("network", ["lstm", "wide_deep"])
def test_hidden_words_are_hidden_as_a_whole_and_only_while_training(network, tiny):
    import keras

    values = tiny(network=network, word_dropout=0.5, vocabulary_size=50, ngram_buckets=1024)
    model = architectures.build(values)
    hiding = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.Dropout) and layer.noise_shape
    )
    words = keras.Model(model.input, hiding.output)
    batch = np.random.default_rng(1).integers(3, 50, (8, 40)).astype(np.int32)
    whole, some = (np.asarray(words(batch, training=training)) for training in (False, True))
    hidden = (some == 0).all(axis=2)
    assert 0.3 < hidden.mean() < 0.7 and some[~hidden] == pytest.approx(2 * whole[~hidden], rel=1e-5)
    assert not (whole == 0).any()
