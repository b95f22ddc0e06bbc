"""Reviews with labels together with reviews that a teacher has labelled; only the latter get noise."""

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.reviews import START, UNKNOWN, Reviews, TaughtReviews

LABELLED = Reviews.from_lists([[1, 5, 6, 7], [1, 8]], [1, 0])
FURTHER = Reviews.from_lists([[1, 9, 9, 9, 9, 9], [1, 4]], [0, 1])
SHARES = np.array([[0, 1], [1, 0], [0.75, 0.25], [0.5, 0.5]], np.float32)


def taught(shares=SHARES, limit=100):
    prepared = Reviews.joined(LABELLED, FURTHER).prepared(1000, limit)
    return TaughtReviews(prepared, shares, np.array([False, False, True, True]))


def config(**changes):
    return configs.preset("cnn_lstm_dense", dataset="demo", batch_size=4, **changes)


def test_joined_reviews_hold_both_in_order():
    joined = Reviews.joined(LABELLED, FURTHER)
    assert [joined[number].tolist() for number in range(4)] == [
        *(LABELLED[number].tolist() for number in range(2)),
        *(FURTHER[number].tolist() for number in range(2)),
    ]
    assert joined.labels.tolist() == [1, 0, 0, 1]


def test_the_targets_of_two_classes_are_the_probability_of_the_second():
    assert taught().targets([2, 0, 3], ("no", "yes")).tolist() == [[0.25], [1.0], [0.5]]


def test_the_targets_of_more_classes_are_all_shares():
    shares = np.array([[1, 0, 0], [0, 0, 1], [0.25, 0.5, 0.25], [0, 1, 0]], np.float32)
    assert taught(shares).targets([2, 1], ("a", "b", "c")).tolist() == shares[[2, 1]].tolist()


def test_a_selection_keeps_shares_and_teacher():
    chosen = taught().select([3, 0])
    assert chosen.targets([0, 1], ("no", "yes")).tolist() == [[0.5], [1.0]]
    assert chosen.taught.tolist() == [True, False] and chosen[0].tolist() == [1, 4]


def test_without_a_teacher_the_targets_are_the_labels():
    assert LABELLED.targets([0, 1], ("no", "yes")).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_noise_hides_words_of_taught_reviews_only(share):
    reviews, indices = taught(), [0, 2, 1, 3] * 200
    words = reviews.padded(indices, 8)
    noisy = reviews.noisy(words, indices, share, np.random.default_rng(1))
    changed = noisy != words
    is_word = (words > START) & np.isin(indices, [2, 3])[:, None]
    assert not changed[~is_word].any() and (noisy[changed] == UNKNOWN).all()
    assert abs(changed[is_word].mean() - share) < 0.03


def test_noise_differs_from_epoch_to_epoch_and_leaves_the_order_alone():
    def words(epoch, noise):
        [(words, _)] = batches.training_batches(taught(), config(teacher_noise=noise), epoch)
        return words

    def lengths(words):
        return np.count_nonzero(words, axis=1).tolist()

    assert words(1, 0.5).tolist() == words(1, 0.5).tolist()
    assert words(1, 0.5).tolist() != words(1, 0.0).tolist()
    assert words(0, 0.5).tolist() == words(0, 0.0).tolist(), "a look before training"
    for epoch in (1, 2, 3):
        assert lengths(words(epoch, 0.5)) == lengths(words(epoch, 0.0))
