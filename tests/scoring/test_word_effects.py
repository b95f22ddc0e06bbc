"""Effects of words are exact: each is what leaving the word out does to the log-odds of the score."""

import math

import numpy as np
import pytest

from imdb_core import answers, paths
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring import explanations, predictor
from imdb_core.scoring.word_changes import changed, in_case_of
from tests import class_runs
from tests.class_runs import THREE

PRETRAINED = sorted(folder.name for folder in (paths.PROJECT / "pretrained").iterdir() if folder.is_dir())
REVIEW = (
    "The film wasn't bad, zqxx, and never <b>boring</b>; it\u2019s a well-made \u201cmess\u201d -- the PLOT!"
)


def network(name):
    return predictor.load(paths.PROJECT / "pretrained" / name)


def without_each(text, reading):
    """The text without each word that is read, as a click on "Leave it out" makes it."""
    return [changed(text, span) for span in reading.spans[reading.cut :]]


def from_shares(network, text, of=1):
    """Log-odds by the score that the page shows."""
    shares = network.score(text).shares
    return math.log(shares[of]) - math.log(1 - shares[of] if len(shares) > 2 else shares[1 - of])


@pytest.mark.parametrize("name", PRETRAINED)
@pytest.mark.parametrize("times", [1, 6])
def test_an_effect_is_what_leaving_the_word_out_does_to_the_score(name, times):
    scored, text = network(name), " ".join([REVIEW] * times)
    reading = scored.read(text)
    effects = explanations.word_effects(scored, text)
    assert effects.dtype == np.float64 and len(effects) == len(reading.words) - reading.cut
    places = range(0, len(effects), max(1, len(effects) // 8))
    variants = without_each(text, reading)
    for place in places:
        expected = from_shares(scored, text) - from_shares(scored, variants[place])
        assert effects[place] == pytest.approx(expected, abs=5e-3)  # shares in float32: see answers.log_odds


def test_leaving_a_word_of_a_long_text_out_brings_the_words_before_it_back():
    scored = network("cnn_lstm_dense")  # reads the last 100 words
    text = " ".join(["terrible"] * 50 + ["wonderful"] + ["film"] * 99)
    reading = scored.read(text)
    variants = without_each(text, reading)
    assert reading.words[reading.cut] == "wonderful"
    assert "terrible" in scored.read(variants[0]).words[scored.read(variants[0]).cut :]
    expected = from_shares(scored, text) - from_shares(scored, variants[0])
    assert explanations.word_effects(scored, text)[0] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", ["cnn_lstm_dense", "transformer"])
def test_a_text_far_too_long_has_the_effects_of_its_end(name):
    scored = network(name)
    text = " ".join([REVIEW] * 80)
    end = text[scored.read(text).spans[scored.read(text).cut - 300][0] :]
    places = slice(0, 5)
    assert explanations.word_effects(scored, text)[places] == pytest.approx(
        explanations.word_effects(scored, end)[places], abs=1e-5
    )


@pytest.mark.parametrize("text", ["wonderful", "zqxx wonderful", "wonderful qqzz!"])
def test_the_last_known_word_is_compared_with_a_text_without_it(text):
    scored = network("lstm")
    effects = explanations.word_effects(scored, text)
    place = text.split().index(next(word for word in text.split() if word.startswith("wonderful")))
    alone = changed(text, scored.read(text).spans[place])
    expected = explanations.log_odds(scored, text) - explanations.log_odds(scored, alone)
    assert effects[place] == pytest.approx(expected, abs=1e-5) and effects[place] > 0.5


def test_a_text_without_words_has_the_log_odds_of_the_start_token():
    scored = network("lstm")
    width = scored.read("film").padding + 2
    expected = float(scored.log_odds([[1]], width)[0])
    assert (
        explanations.log_odds(scored, "") == explanations.log_odds(scored, "...") == pytest.approx(expected)
    )


def test_effects_do_not_saturate_where_probabilities_do():
    """At 0.999 and above, points of probability hide what a further word does; log-odds do not."""
    classes = ("spam", "ham")
    scored = predictor.load(class_runs.finished_run(classes, ("buy", "hello")).folder)
    odds = [scored.log_odds([[5] * count], 30)[0] for count in (10, 20, 30)]
    assert odds == pytest.approx([3, 6, 9], abs=1e-4)
    assert answers.log_odds(np.float32([[0, 1], [1, 0], [0.5, 0.5]]), 1) == pytest.approx(
        [math.log(2**24), -math.log(2**24), 0]
    )
    assert answers.exact_log_odds(np.float32([[40], [-40]]), 1).tolist() == [40, -40]
    assert answers.exact_log_odds(np.float32([[40], [-40]]), 0).tolist() == [-40, 40]


@pytest.mark.parametrize("name", PRETRAINED)
def test_each_pretrained_network_gives_its_answer_before_the_sigmoid(name):
    scored = network(name)
    reading = scored.read(REVIEW)
    width = len(reading.ids) + reading.padding
    exact = scored.log_odds([reading.ids], width)
    rounded = answers.log_odds(scored.shares([reading.ids], width), 1)
    assert scored.raw_answer and exact == pytest.approx(rounded, abs=2e-3)
    assert scored.log_odds([reading.ids], width, of=0) == pytest.approx(-exact)


@pytest.mark.parametrize("of", range(3))
def test_of_several_classes_an_effect_is_that_of_one_class_against_the_rest(of):
    scored = predictor.load(class_runs.finished_run().folder)
    text = "the goal of the goal in the rain"
    reading = scored.read(text)
    expected = [
        from_shares(scored, text, of) - from_shares(scored, variant, of)
        for variant in without_each(text, reading)
    ]
    assert explanations.word_effects(scored, text, of=of) == pytest.approx(expected, abs=1e-4)


def test_a_piece_of_a_word_is_left_out_of_the_typed_text_and_the_rest_is_read_anew():
    vocabulary = Vocabulary(["a", "b", "c", "d", "ab", "cd"], "subwords")
    run = class_runs.finished_run(THREE, "abc", tokenizer="subwords", vocabulary=vocabulary)
    scored = predictor.load(run.folder)
    assert scored.read("abbcd a").words == ("ab", "b", "cd", "a")
    expected = [from_shares(scored, "abbcd a") - from_shares(scored, text) for text in ("bcd a", "abcd a")]
    assert explanations.word_effects(scored, "abbcd a")[:2] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "span", "word", "after"),
    [
        ("it is not bad", (6, 9), "", "it is bad"),
        ("not bad", (0, 3), "", "bad"),
        ("so bad", (3, 6), "", "so"),
        ("bad", (0, 3), "", ""),
        ("not, bad", (0, 3), "", ", bad"),
        ("well-made", (0, 4), "", "-made"),
        ("a\n\nb c", (3, 4), "", "a\n\nc"),
        ("not bad", (4, 7), "good", "not good"),
        ("so 😀 bad", (3, 4), "", "so bad"),
    ],
)
def test_a_word_is_changed_at_its_place_and_leaves_no_double_space(text, span, word, after):
    assert changed(text, span, word) == after


@pytest.mark.parametrize(
    ("word", "replaced", "written"),
    [
        ("good", "Bad", "Good"),
        ("good", "BAD", "GOOD"),
        ("good", "bad", "good"),
        ("", "Bad", ""),
        ("i", "A", "I"),
    ],
)
def test_a_swapped_word_is_written_like_the_word_before(word, replaced, written):
    assert in_case_of(word, replaced) == written
