"""Batches of reviews: each review once, in a seeded order, with little padding; and the validation split."""

import math

import numpy as np
import pytest

from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from tests.training.fitting import LENGTHS, reviews_of_all_lengths


@pytest.fixture
def reviews():
    return reviews_of_all_lengths()


def numbers(words):
    """The numbers of the reviews in a batch, from the last column: padding is in front."""
    return (words[:, -1] - 10).tolist()


@pytest.mark.parametrize("batching", ["length_buckets", "padded"])
@pytest.mark.parametrize("batch_size", [1, 7, 80, 200])
def test_training_batches_hold_each_review_once_with_its_label(tiny, reviews, batching, batch_size):
    all_batches = list(batches.training_batches(reviews, tiny(batching=batching, batch_size=batch_size), 1))
    all_numbers = [number for words, _ in all_batches for number in numbers(words)]
    assert sorted(all_numbers) == list(range(80))
    assert len(all_batches) == math.ceil(80 / batch_size)
    for words, labels in all_batches:
        assert words.dtype == np.int32
        assert labels.shape == (len(words), 1)
        assert labels[:, 0].tolist() == [number % 2 for number in numbers(words)]
        assert np.count_nonzero(words, axis=1).tolist() == [LENGTHS[number] for number in numbers(words)]


def test_the_order_of_batches_depends_on_seed_and_epoch_only(tiny, reviews):
    def order(epoch, **changes):
        all_batches = batches.training_batches(reviews, tiny(batch_size=7, **changes), epoch)
        return [number for words, _ in all_batches for number in numbers(words)]

    assert order(1) == order(1, units=9, learning_rate=0.5)
    assert order(1) != order(2)
    assert order(1) != order(1, seed=8)


def test_length_buckets_pad_little_and_mix_lengths_over_the_epoch(tiny, reviews):
    all_batches = [words for words, _ in batches.training_batches(reviews, tiny(batch_size=10), 1)]
    assert {words.shape[1] for words in all_batches} <= {16, 32, 40}
    assert sum(words.size for words in all_batches) < 80 * 40 * 0.8
    widths = [words.shape[1] for words in all_batches]
    assert widths != sorted(widths)


def test_with_a_larger_width_step_batches_differ_only_in_padding(tiny, reviews):
    narrow, wide = (
        list(batches.training_batches(reviews, tiny(batch_size=10), 1, step)) for step in (16, 32)
    )
    assert [numbers(words) for words, _ in narrow] == [numbers(words) for words, _ in wide]
    assert {words.shape[1] for words, _ in wide} == {32, 40}


def test_padded_batching_pads_every_review_to_review_length(tiny, reviews):
    config = tiny(batching="padded", batch_size=10)
    assert {words.shape[1] for words, _ in batches.training_batches(reviews, config, 1)} == {40}
    assert {words.shape[1] for _, words in batches.evaluation_batches(reviews, config)} == {40}


@pytest.mark.parametrize("batching", ["length_buckets", "padded"])
def test_evaluation_pads_a_review_by_its_own_length_only(tiny, reviews, batching):
    config = tiny(batching=batching)
    together = {}
    for indices, words in batches.evaluation_batches(reviews, config, size=3):
        together |= {int(index): row.tolist() for index, row in zip(indices, words, strict=True)}
    assert sorted(together) == list(range(80))
    for number in range(80):
        [(_, alone)] = batches.evaluation_batches(reviews.select([number]), config)
        assert alone[0].tolist() == together[number]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_the_split_is_disjoint_complete_stratified_and_seeded(share):
    labels = np.array([1] * 300 + [0] * 100)
    reviews = Reviews.from_lists([[1]] * 400, labels)
    train, validation = batches.split(reviews, share, 7)
    assert sorted([*train, *validation]) == list(range(400))
    assert labels[validation].sum() == 300 * share
    assert len(validation) == 400 * share
    for again, same in ((batches.split(reviews, share, 7), True), (batches.split(reviews, share, 8), False)):
        assert np.array_equal(again[1], validation) == same
