"""Confident learning compared with an example computed by hand, and with flipped labels that are known."""

import numpy as np
import pytest

from imdb_core.quality import confident

# Three classes. Thresholds by hand, the mean of each label's own share: class 0: (.9 + .8 + .1) / 3 = .6,
# class 1: (.7 + .7 + .4) / 3 = .6, class 2: (.8 + .2) / 2 = .5.
SHARES = np.array(
    [
        [0.90, 0.05, 0.05],  # label 0, confidently 0
        [0.80, 0.10, 0.10],  # label 0, confidently 0
        [0.10, 0.20, 0.70],  # label 0, confidently 2: margin .6
        [0.20, 0.70, 0.10],  # label 1, confidently 1
        [0.20, 0.70, 0.10],  # label 1, confidently 1
        [0.05, 0.40, 0.55],  # label 1, confidently 2: margin .15
        [0.10, 0.10, 0.80],  # label 2, confidently 2
        [0.50, 0.30, 0.20],  # label 2, of no class confidently: .5 < .6
    ]
)
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2], np.uint8)


def test_the_example_computed_by_hand():
    assert confident.thresholds(SHARES, LABELS).tolist() == pytest.approx([0.6, 0.6, 0.5])
    assert confident.confident_classes(SHARES, LABELS).tolist() == [0, 0, 2, 1, 1, 2, 2, -1]
    assert confident.confident_joint(SHARES, LABELS).tolist() == [[2, 0, 1], [0, 2, 1], [0, 0, 1]]
    # Calibrated: a third of the texts with label 0 is wrong, a third of those with 1, none of those with 2.
    assert confident.wrong_labels(SHARES, LABELS) == pytest.approx(2)
    found = confident.contradictions(SHARES, LABELS)
    assert found.indices.tolist() == [2, 5] and found.suggested.tolist() == [2, 2]
    assert found.margins.tolist() == pytest.approx([0.6, 0.15])


def test_flipped_labels_come_first_and_their_number_is_estimated():
    random = np.random.default_rng(3)
    truth = random.integers(0, 4, 2000)
    shares = np.full((2000, 4), 0.02)
    shares[np.arange(2000), truth] = random.uniform(0.7, 0.94, 2000)
    labels = truth.astype(np.uint8)
    labels[:100] = (truth[:100] + 1) % 4
    shares /= shares.sum(axis=1, keepdims=True)
    found = confident.contradictions(shares, labels)
    assert set(found.indices) <= set(range(100)) and len(found) > 40
    assert (found.suggested == truth[found.indices]).all()
    assert 70 < confident.wrong_labels(shares, labels) < 130


def test_a_text_that_gives_its_own_label_more_is_not_listed():
    # Label 0 gets 0.52 and misses its threshold 0.71; class 1 gets 0.48 and reaches its threshold 0.40.
    shares = np.array([[0.9, 0.1], [0.52, 0.48], [0.6, 0.4]])
    labels = np.array([0, 0, 1], np.uint8)
    assert confident.confident_joint(shares, labels)[0, 1] == 1
    assert confident.contradictions(shares, labels).indices.tolist() == []


def test_a_class_without_texts_is_never_suggested():
    shares = np.array([[0.1, 0.0, 0.9], [0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    labels = np.array([0, 0, 1], np.uint8)
    assert np.isinf(confident.thresholds(shares, labels)[2])
    assert 2 not in confident.contradictions(shares, labels).suggested
