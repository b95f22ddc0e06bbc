"""A split is refused with its numbers if training or validation would lack a label."""

import re
import subprocess
import sys

import numpy as np
import pytest

from imdb_core import data
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.errors import DataError
from imdb_core.runs import launcher, store


def reviews(positive, negative):
    return Reviews.from_lists([[1]] * (positive + negative), [1] * positive + [0] * negative)


@pytest.mark.parametrize(
    "positive, negative, share, says",
    [
        (6, 6, 0.01, "6 positive and 6 negative. A validation_share of 0.01 keeps 0 positive and 0 negative"),
        (3, 100, 0.1, "keeps 0 positive and 10 negative of them for validation"),
        (100, 4, 0.1, "keeps 10 positive and 0 negative"),
        (1, 100, 0.5, "get at least two texts of each label"),
        (100, 1, 0.3, "get at least two texts of each label"),
        (0, 25, 0.2, "The training texts are 0 positive and 25 negative"),
        (25, 0, 0.2, "get at least two texts of each label"),
        (0, 0, 0.2, "0 positive and 0 negative"),
        (2, 2, 0.2, "Set validation_share to 0.26 or more"),
    ],
)
def test_a_split_without_both_labels_on_both_sides_is_refused_with_its_numbers(
    positive, negative, share, says
):
    with pytest.raises(DataError, match=re.escape(says)):
        batches.split(reviews(positive, negative), share, 7)


@pytest.mark.parametrize("positive, negative", [(2, 2), (3, 3), (2, 5000), (49, 12), (7, 3)])
def test_the_share_that_the_sentence_proposes_is_the_smallest_that_works(positive, negative):
    with pytest.raises(DataError) as error:
        batches.split(reviews(positive, negative), 0.01, 7)
    share = float(re.search(r"Set validation_share to ([0-9.]+)", str(error.value))[1])
    for side in batches.split(reviews(positive, negative), share, 7):
        assert set((np.arange(positive + negative) < positive)[side]) == {True, False}
    with pytest.raises(DataError, match="Set validation_share to"):
        batches.split(reviews(positive, negative), share - 0.01, 7)


@pytest.mark.usefixtures("cache", "user_folder")
def test_submitting_a_run_with_an_impossible_split_is_refused_and_leaves_no_folder(tiny):
    data.load("imdb")
    with pytest.raises(DataError, match="2 positive and 1 negative"):
        launcher.submit(tiny(dataset="imdb"))
    assert store.runs() == []


@pytest.mark.usefixtures("cache", "user_folder")
def test_a_worker_with_an_impossible_split_fails_with_the_same_sentence(tiny):
    run = store.create(tiny(dataset="imdb"), store.new_id())
    subprocess.run(
        [sys.executable, "-m", "imdb_core.training.worker", run.folder], check=False, capture_output=True
    )
    run = store.read(run.folder)
    assert run.state == "failed" and "2 positive and 1 negative" in run.message
    assert "diverged" not in run.message


def test_a_limit_of_labels_draws_evenly_and_a_larger_one_adds_texts():
    labels = np.array([0] * 600 + [1] * 300 + [2] * 100)
    indices = np.arange(0, 1000, 2)
    assert (
        batches.limited(indices, labels, 0, 7) is indices
        and batches.limited(indices, labels, 500, 7) is indices
    )
    small, large = (batches.limited(indices, labels, count, 7) for count in (50, 200))
    assert np.bincount(labels[small]).tolist() == [30, 15, 5] and len(large) == 200
    assert set(small) < set(large) < set(indices) and (np.diff(small) > 0).all()
    assert set(batches.limited(indices, labels, 50, 8)) != set(small)
    assert np.bincount(labels[batches.limited(indices, labels, 1, 7)]).tolist() == [1, 1, 1]
