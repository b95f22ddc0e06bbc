"""A pretrained network as a run, and made-up reviews that it can read."""

import numpy as np
import pytest

from imdb_core.data.reviews import Reviews
from imdb_core.inside import map_files, memory_map, recurrent
from imdb_core.scoring import predictor
from tests.faults.support.sample_runs import trained_copy

TRAINING = 2000  # of these many training reviews a map reads 50


@pytest.fixture
def network():
    """The pretrained cnn_lstm_dense, as a run of the test's own."""
    return predictor.load(trained_copy().folder)


@pytest.fixture
def reviews(network):
    """120 reviews of random words; each ends with a word that tells its label."""
    random, telling = np.random.default_rng(1), network.vocabulary.encode_words(["worst", "great"])[1:]
    texts = [
        [1, *random.integers(4, 400, random.integers(5, 60)).tolist(), telling[number % 2]]
        for number in range(120)
    ]
    return Reviews.from_lists(texts, [number % 2 for number in range(120)])


@pytest.fixture
def make(reviews):
    """make(network, before=...): the map of a network from the made-up reviews."""

    def made(network, before=None):
        layer = recurrent.find(network.content())
        return memory_map.make(layer, reviews, network.config, training=TRAINING, before=before)

    return made


@pytest.fixture
def written(network, make):
    """The network with the map of its epoch in its folder."""
    map_files.write(network.folder, network.epoch, make(network))
    return network
