"""How well single units tell the labels, and where they move most, on numbers counted by hand."""

import numpy as np
import pytest

from imdb_core.inside import units

LABELS = np.array([0, 0, 1, 1])


@pytest.mark.parametrize(
    "values, accuracy, sign",
    [
        ([-1, -2, 3, 4], 1.0, 1),
        ([3, 4, -1, -2], 1.0, -1),
        ([1, 3, 2, 4], 0.75, 1),
        ([4, 2, 3, 1], 0.75, -1),
        ([5, 5, 5, 5], 0.5, 1),  # no threshold lies between equal values
        ([1, 2, 2, 2], 0.75, 1),
    ],
)
def test_the_best_threshold_of_a_unit(values, accuracy, sign):
    told = units.alone(np.array(values, float)[:, None], LABELS, 2)
    assert told.accuracy == pytest.approx([accuracy])
    assert told.sign.tolist() == [sign] and told.label.tolist() == [1]


def test_of_several_classes_the_one_that_a_unit_tells_best_counts_with_balanced_accuracy():
    labels = np.array([0, 0, 0, 0, 1, 2])
    values = np.array([[1, 9], [2, 9], [3, 1], [4, 9], [5, 0], [6, 8]], float)
    told = units.alone(values, labels, 3)
    assert told.label.tolist()[0] == 0 and told.sign[0] == -1 and told.accuracy[0] == pytest.approx(1)
    assert told.label.tolist()[1] == 1 and told.sign[1] == -1 and told.accuracy[1] == pytest.approx(1)


def test_a_single_class_tells_nothing():
    assert units.alone(np.ones((3, 2)), np.zeros(3, int), 2).accuracy.tolist() == [0, 0]


def test_a_unit_rises_and_falls_most_at_these_words():
    """Two texts of three words behind padding; the unit's states are written below."""
    ids = np.array([[0, 1, 11, 12, 13], [0, 0, 1, 21, 22]], np.int32)
    states = np.array([[0.9, 0.9], [0.9, 0.9], [0.8, 0.9], [0.3, 0.1], [0.7, 0.4]], np.float32)[:, :, None]
    places = units.Places(1)
    places.add(states, ids, np.array([2, 3]), 1)
    assert places.changes[0].tolist() == pytest.approx([0.4, 0.3, 0, 0, 0, -0.8, -0.5, 0, 0, 0])
    middles = places.contexts[0, :, units.AROUND].tolist()
    assert [middles[0], middles[1], middles[5], middles[6]] == [13, 22, 21, 12]
    assert places.contexts[0, 6].tolist() == [0, 0, 1, 11, 12, 13, 0, 0, 0]


def test_places_of_further_texts_are_merged_in_order_and_pooled_steps_end_at_their_last_word():
    places = units.Places(1)
    for text, rise in enumerate((0.1, 0.3, 0.2, 0.6, 0.5, 0.4)):
        ids = np.array([[1, 5, 10 + text, 20 + text]], np.int32)
        places.add(np.array([0, rise], np.float32)[:, None, None], ids, np.array([1]), 2)
    assert places.changes[0, : units.PLACES].tolist() == pytest.approx([0.6, 0.5, 0.4, 0.3, 0.2])
    assert places.contexts[0, : units.PLACES, units.AROUND].tolist() == [23, 24, 25, 21, 22]
