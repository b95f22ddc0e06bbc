"""The numbers of an epoch: sizes, bins and distances by hand, and files that no worker wrote."""

import json
import math

import numpy as np
import pytest

from imdb_core.answers import MOST_CLASSES
from imdb_core.errors import ModelError
from imdb_core.inside import learning
from imdb_core.inside.learning import BINS, FARTHEST, Layer, Learning
from imdb_core.runs import layout
from imdb_core.training import sizes

TWO = ("negative", "positive")


def numbers(**changes) -> Learning:
    facts = {
        "texts": 32,
        "layers": [Layer(layer="LSTM", array="kernel", numbers=6, weights=0.5, gradients=None)],
        "by_distance": [0.2, 0.1, 0.0, None],
        "probabilities": [[1] * BINS, [0] * BINS],
    }
    return Learning(**(facts | changes))


def test_the_root_mean_square_is_that_of_the_textbook():
    assert learning.root_mean_square(np.float32([[3, -4], [0, 5]])) == pytest.approx(
        math.sqrt(50 / 4), rel=1e-4
    )
    assert learning.root_mean_square(np.float32([np.inf, 1])) is None
    assert learning.root_mean_square(np.float32([np.nan])) is None


def test_each_probability_counts_in_its_bin_under_its_true_label():
    p = np.array([0.0, 0.049, 0.05, 0.5, 0.951, 1.0])
    shares = np.stack([1 - p, p], axis=1)
    negative, positive = learning.histogram(shares, np.array([0, 0, 0, 1, 1, 0]))
    assert negative == [2, 1, *[0] * 17, 1] and positive == [*[0] * 10, 1, *[0] * 8, 1]


def test_with_three_classes_the_true_class_counts():
    shares = np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    table = learning.histogram(shares, np.array([0, 1, 2]))
    assert [counts.index(1) for counts in table] == [14, 4, 2] and len(table) == 3


def test_the_distance_counts_from_the_last_word_and_only_texts_that_have_a_word_there():
    gradients = np.zeros((3, 4, 2))
    gradients[0, :, 0] = [8, 7, 6, 5]  # four words
    gradients[1, 2:] = [[3, 4], [0, 1]]  # two words behind padding: lengths 5 and 1
    gradients[2, 1:, 1] = [9, 0, 3]  # three words
    assert sizes.by_distance(gradients, np.array([4, 2, 3])) == [3.0, 5.0, 8.0, 8.0]


def test_the_chosen_texts_are_long_evenly_spaced_and_the_same_each_time():
    lengths = np.array([*range(1, 301)])
    chosen = sizes.chosen_texts(lengths)
    assert len(chosen) == sizes.TEXTS and (lengths[chosen] > FARTHEST).all()
    assert chosen[0] == 100 and chosen[-1] == 299 and (np.diff(chosen) > 0).all()
    assert sizes.chosen_texts(np.array([5, 9, 7])).tolist() == [0, 1, 2]
    short = np.array([*range(40)])
    assert sizes.chosen_texts(short).tolist() == [*range(8, 40)]


def test_shares_are_of_the_last_words_gradient():
    assert numbers().relative == [1.0, 0.5, 0.0, None]
    assert numbers(by_distance=[0.0, 1.0]).relative == []
    assert numbers(by_distance=[None, 1.0]).relative == numbers(by_distance=[]).relative == []


def test_what_is_written_is_read_and_small(tmp_path):
    full = numbers(
        layers=[
            Layer(
                layer="Bidirectional",
                array=f"recurrent_kernel-{number}",
                numbers=9,
                weights=0.12345,
                gradients=1e-9,
            )
            for number in range(20)
        ],
        by_distance=[1.2345e-5] * FARTHEST,
        probabilities=[[1234] * BINS] * 2,
    )
    size = learning.write(tmp_path, 3, full)
    assert size == (tmp_path / layout.learning(3)).stat().st_size < 6000
    assert learning.exists(tmp_path, 3) and not learning.exists(tmp_path, 2)
    assert learning.of_epoch(tmp_path, 3, TWO) == full


def test_an_epoch_without_numbers_says_how_to_get_them(tmp_path):
    with pytest.raises(ModelError, match="Epoch 2 has no measured sizes.*Train the run again"):
        learning.of_epoch(tmp_path, 2, TWO)


@pytest.mark.parametrize(
    "change",
    [
        {"texts": -1},
        {"layers": [{"layer": "x", "array": "y", "numbers": 1, "weights": -0.1, "gradients": None}]},
        {"layers": [{"layer": "x" * 101, "array": "y", "numbers": 1, "weights": 0.1, "gradients": None}]},
        {"by_distance": [0.1] * (FARTHEST + 1)},
        {"by_distance": ["a"]},
        {"probabilities": [[1] * BINS]},
        {"probabilities": [[1] * BINS] * 3},
        {"probabilities": [[1] * BINS] * (MOST_CLASSES + 1)},
        {"probabilities": [[1] * (BINS + 1)] * 2},
        {"probabilities": [[0.5] * BINS] * 2},
        {"layers": None},
    ],
)
def test_a_file_that_no_worker_wrote_is_refused(tmp_path, change):
    learning.write(tmp_path, 1, numbers())
    path = tmp_path / layout.learning(1)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ModelError, match=r"epoch-001\.learning\.json cannot be used: .*Train the run again"):
        learning.of_epoch(tmp_path, 1, TWO)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"texts": NaN}', b" " * (2**17 + 1)])
def test_bytes_that_are_no_numbers_of_an_epoch_are_refused(tmp_path, content):
    learning.write(tmp_path, 1, numbers())
    (tmp_path / layout.learning(1)).write_bytes(content)
    with pytest.raises(ModelError, match="cannot be used"):
        learning.of_epoch(tmp_path, 1, TWO)
