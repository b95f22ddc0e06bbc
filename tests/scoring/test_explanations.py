"""Explanations are exact: they are scores, and differences of scores, that the text box would show."""

import pytest

from imdb_core.scoring import explanations, predictor

REVIEW = "the film was not bad and never boring but the plot was a mess"


@pytest.fixture
def network(tiny_run):
    return predictor.load(tiny_run.folder)


def test_the_running_score_is_the_score_of_each_prefix(network):
    words = REVIEW.split()
    positions, probabilities = explanations.running_score(network, network.read(REVIEW))
    assert positions == list(range(len(words)))
    for position, probability in zip(positions, probabilities, strict=True):
        prefix = network.read(" ".join(words[: position + 1]))
        alone = network.shares([prefix.ids], len(prefix.ids) + prefix.padding)[0, 1]
        assert probability == pytest.approx(alone, abs=1e-6)


def test_the_words_read_of_a_long_review_are_explained_up_to_the_last_word(network):
    text = " ".join(["film"] * 300)
    reading = network.read(text)
    positions, probabilities = explanations.running_score(network, reading)
    assert positions[0] >= reading.cut and positions[-1] == 299
    assert len(positions) <= explanations.MOST_PREFIXES
    assert probabilities[-1] == pytest.approx(network.score(text).probability, abs=1e-6)
    assert len(explanations.word_effects(network, text)) == 300 - reading.cut


def test_a_review_of_one_word_can_be_explained(network):
    positions, probabilities = explanations.running_score(network, network.read("film"))
    assert positions == [0] and len(probabilities) == 1
