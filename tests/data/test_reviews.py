"""Reviews as flat arrays, compared with values worked out by hand."""

import numpy as np
import pytest

from imdb_core.data.reviews import Reviews

LISTS = [[1, 4, 5, 9, 12], [1], [1, 8, 30]]


@pytest.fixture
def reviews():
    return Reviews.from_lists(LISTS, [1, 0, 1])


def as_lists(reviews):
    return [reviews[i].tolist() for i in range(len(reviews))]


def test_lists_become_one_row_of_ids_with_offsets(reviews):
    assert reviews.ids.tolist() == [1, 4, 5, 9, 12, 1, 1, 8, 30] and reviews.ids.dtype == np.int32
    assert reviews.offsets.tolist() == [0, 5, 6, 9] and reviews.offsets.dtype == np.int64
    assert reviews.labels.tolist() == [1, 0, 1] and reviews.labels.dtype == np.uint8
    assert reviews.lengths.tolist() == [5, 1, 3] and as_lists(reviews) == LISTS


def test_no_lists_become_no_reviews():
    assert len(Reviews.from_lists([], [])) == 0


def test_selected_reviews_come_in_the_order_asked_for(reviews):
    chosen = reviews.select(np.array([2, 0]))
    assert as_lists(chosen) == [[1, 8, 30], [1, 4, 5, 9, 12]] and chosen.labels.tolist() == [1, 1]


def test_preparing_makes_rare_words_unknown_and_keeps_the_last_words(reviews):
    prepared = reviews.prepared(vocabulary_size=9, review_length=3)
    assert as_lists(prepared) == [[5, 2, 2], [1], [1, 8, 2]]
    assert prepared.offsets.tolist() == [0, 3, 4, 7] and prepared.ids.dtype == np.int32
    assert as_lists(reviews) == LISTS  # the original stays


def test_preparing_with_generous_limits_changes_nothing(reviews):
    assert as_lists(reviews.prepared(vocabulary_size=31, review_length=5)) == LISTS


def test_padding_puts_zeros_in_front(reviews):
    batch = reviews.padded(np.array([2, 1]), 4)
    assert batch.tolist() == [[0, 1, 8, 30], [0, 0, 0, 1]] and batch.dtype == np.int32


def test_a_review_longer_than_the_width_is_refused(reviews):
    with pytest.raises(ValueError, match="cannot assign"):
        reviews.padded(np.array([0, 1]), 4)


def test_many_reviews_are_prepared_and_selected_like_each_alone():
    lists = [[1, *range(4, 4 + number % 7)] for number in range(20_003)]  # more than are copied at once
    reviews = Reviews.from_lists(lists, np.arange(20_003) % 3)
    prepared = reviews.prepared(8, 4)
    expected = [[id if id < 8 else 2 for id in ids[-4:]] for ids in lists]
    assert [prepared[number].tolist() for number in range(20_003)] == expected
    places = np.arange(20_002, -1, -2)
    chosen = reviews.select(places)
    assert [chosen[number].tolist() for number in range(len(chosen))] == [lists[place] for place in places]
    assert chosen.labels.tolist() == (places % 3).tolist()
    assert len(reviews.select([])) == 0 == len(reviews.select([]).ids)
