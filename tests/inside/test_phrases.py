"""The verdict of a phrase network as a sum: exact, against Keras, with padding, cut words and classes."""

import numpy as np
import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.errors import ModelError
from imdb_core.inside.phrases import looks_up_phrases, phrase_sum, words_of
from imdb_core.scoring import predictor
from tests.random_networks import random_run

NETWORKS = ("ngram_linear", "nb_ngram", "wide_deep")
TEXT = "goal rain the vote goal rain the goal"


def whole(parts):
    return parts.start + sum(phrase.amount for phrase in parts.phrases)


def test_the_layer_table_tells_which_networks_look_up_phrases():
    assert {name for name in architectures.names() if looks_up_phrases(configs.preset(name))} == {*NETWORKS}


@pytest.mark.parametrize("words", [1, 2, 15, 16, 40])  # one word, less and more than the network reads
@pytest.mark.parametrize("classes", [("negative", "positive"), ("goal", "rain", "vote")])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_phrases_add_up_to_the_number_that_keras_computes(name, classes, words):
    network, model = random_run(name, classes)
    reading = network.read(" ".join((TEXT.split() * 5)[:words]))
    ids = np.array([[0] * reading.padding + list(reading.ids)], np.int32)
    shares = np.array(model(ids), np.float64)[0]
    for of in range(len(classes)):
        parts = phrase_sum(network, reading, of=of)
        assert whole(parts) == pytest.approx(parts.total, abs=1e-5)
        assert parts.only_phrases == (name != "wide_deep") and parts.phrases
        assert parts.averaged == (name == "ngram_linear")
        if len(classes) == 2:
            assert 1 / (1 + np.exp(-parts.total)) == pytest.approx(shares[0], abs=1e-5)
        else:
            first = phrase_sum(network, reading, of=0)
            assert np.exp(parts.total - first.total) == pytest.approx(shares[of] / shares[0], rel=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_amount_of_a_sum_does_not_depend_on_the_other_phrases(name):
    """A mean divides by the number of known phrases; a sum does not."""
    network, _ = random_run(name, ("negative", "positive"))
    for text in ("goal rain", "goal rain the vote"):
        parts = phrase_sum(network, network.read(text))
        [goal] = [phrase for phrase in parts.phrases if (phrase.first, phrase.last) == (0, 0)]
        amount = goal.amount * (len(parts.phrases) if name == "ngram_linear" else 1)
        if text == "goal rain":
            expected = amount
    assert amount == pytest.approx(expected, abs=1e-6) and amount


def test_repeated_unknown_and_cut_phrases_have_their_places():
    network, _ = random_run("nb_ngram", ("negative", "positive"))
    reading = network.read("goal rain rain goal goal rain")
    found = {
        words_of(phrase, reading.words, "(start)"): phrase for phrase in phrase_sum(network, reading).phrases
    }
    assert found["goal"].times == 3 and found["goal rain"].times == 2 and found["rain"].times == 3
    assert (found["goal rain"].first, found["goal rain"].last) == (0, 1)
    assert "(start) goal" in found and found["(start) goal"].first == -1
    assert phrase_sum(network, network.read("rain rain rain vote vote vote vote")).unknown
    cut = network.read(" ".join(["vote"] * 30 + ["goal", "rain"]))
    last = max(phrase.last for phrase in phrase_sum(network, cut).phrases)
    assert last == 31 and min(phrase.first for phrase in phrase_sum(network, cut).phrases) == cut.cut


def test_a_model_whose_padding_counts_is_refused():
    """In a file from another person the sum might not be the verdict."""
    network, _ = random_run("nb_ngram", ("negative", "positive"), padding=1.0)
    with pytest.raises(ModelError, match="is not the sum of phrases"):
        phrase_sum(network, network.read("goal rain"))


@pytest.mark.parametrize("name", ["lstm", "transformer"])
def test_a_network_that_looks_up_no_phrases_says_so(name):
    network = predictor.load(paths.PRETRAINED / name)
    with pytest.raises(ModelError, match="does not look up phrases"):
        phrase_sum(network, network.read("good"))


@pytest.mark.parametrize("words", [1, 30, 1200])
def test_the_pretrained_phrase_network_adds_up(words):
    network = predictor.load(paths.PRETRAINED / "wide_deep")
    reading = network.read(" ".join(("This film is not good but not bad at all".split() * 200)[:words]))
    parts = phrase_sum(network, reading)
    [expected] = network.log_odds([reading.ids], len(reading.ids) + reading.padding)
    assert whole(parts) == pytest.approx(expected, abs=1e-5) == pytest.approx(parts.total, abs=1e-5)
