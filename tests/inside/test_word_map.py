"""The map of word vectors: epochs are aligned, typed words have places, and any number of classes works."""

import numpy as np
import pytest

from imdb_core import answers, architectures, paths
from imdb_core import config as configs
from imdb_core.data.reviews import FIRST_WORD, START
from imdb_core.errors import ModelError
from imdb_core.inside import word_map
from imdb_core.scoring import predictor
from tests.class_runs import THREE
from tests.random_networks import random_run


def pretrained(name, epoch=None):
    return predictor.load(paths.PRETRAINED / name, epoch)


def test_all_networks_but_those_of_phrases_have_word_vectors():
    without = {name for name in architectures.names() if not word_map.has_word_vectors(configs.preset(name))}
    assert without == {"ngram_linear", "nb_ngram"}


@pytest.mark.parametrize("name", ["lstm", "cnn_lstm_dense", "transformer", "wide_deep"])
def test_the_leaning_of_a_word_is_the_score_of_a_text_of_this_word(name):
    network = pretrained(name)
    ids = network.vocabulary.encode_words(["wonderful", "awful"])[1:]
    places = word_map.places(network, ids)
    width = len(network.read("wonderful").ids) + network.read("wonderful").padding
    nothing = answers.log_odds(network.shares([[START]], width), 1)[0]
    for word, (against, leaning) in zip(("wonderful", "awful"), places.leanings, strict=True):
        share = network.score(word).shares[1]
        expected = np.log(share / (1 - share)) - nothing
        assert leaning == pytest.approx(expected, abs=1e-3) == pytest.approx(-against, abs=1e-3)
    assert places.classes.tolist() == [1, 0]


def test_an_epoch_is_turned_to_the_best_one_and_keeps_all_distances():
    best, first = word_map.word_map(pretrained("lstm")), word_map.word_map(pretrained("lstm", 1))
    assert (first.places.ids == best.places.ids).all()
    vectors = pretrained("lstm", 1).word_vectors()[first.places.ids].astype(np.float64)
    axes = word_map.plane.principal(vectors)
    unturned = axes.coordinates(vectors)
    assert np.linalg.norm(first.places.points, axis=1) == pytest.approx(np.linalg.norm(unturned, axis=1))
    for points in (unturned, unturned * [-1, 1], unturned * [1, -1], -unturned):  # nothing else fits better
        assert np.sum((first.places.points - best.places.points) ** 2) <= np.sum(
            (points - best.places.points) ** 2
        )
    assert best.distance > first.distance  # training pulls the words apart


def test_words_on_the_map_have_the_same_place_as_typed_words():
    network = pretrained("cnn_lstm_dense")
    shown = word_map.word_map(network)
    again = word_map.places(network, shown.places.ids.tolist())
    assert again.points == pytest.approx(shown.places.points)
    assert again.leanings == pytest.approx(shown.places.leanings, abs=1e-5)
    assert word_map.places(network, []).points.shape == (0, 2)


def test_each_of_three_classes_has_its_words():
    network, _ = random_run("wide_deep", THREE)
    shown = word_map.word_map(network)
    assert (
        shown.places.leanings.shape == (len(shown.places.ids), 3) and np.isfinite(shown.places.points).all()
    )
    known = range(FIRST_WORD + 1, FIRST_WORD + 1 + len(network.vocabulary.words))
    assert set(shown.places.ids.tolist()) == set(known)  # a small vocabulary is shown as a whole


def test_a_network_without_word_vectors_says_so():
    network, _ = random_run("nb_ngram", THREE)
    with pytest.raises(ModelError, match="has no word vectors"):
        word_map.word_map(network)
