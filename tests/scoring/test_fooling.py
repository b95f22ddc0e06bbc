"""The smallest change that turns a verdict: known for a sum of word vectors, sound for every network."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imdb_core import paths
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError, TextError
from imdb_core.scoring import fooling, predictor, swaps
from imdb_core.scoring.time_limit import TimeLimit
from tests import class_runs
from tests.meaning_runs import OPINIONS, TOPICS, summing_run

FOREVER = 600.0  # seconds, so that no time limit decides a test
LITTLE = {"fine", "quiet", "film", "movie", "box"}  # the words of OPINIONS that lean little


@pytest.fixture
def opinions():
    return predictor.load(summing_run().folder)


def fool(network, text):
    return fooling.fool(network, text, seconds=FOREVER)


def pairs(attempt):
    return [(swap.old, swap.new) for swap in attempt.swaps]


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("superb film dull", [("superb", "quiet")]),
        ("good good dull dull", [("good", "fine")] * 2),
        ("good good good dull", [("good", "fine")] * 3),
        ("bad film box", [("bad", "fine")]),
        ("awful superb good dull dull dull", [("awful", "quiet")]),
    ],
)
def test_the_fewest_swaps_that_turn_the_verdict_are_found(opinions, text, swapped):
    attempt = fool(opinions, text)
    assert attempt.turned and pairs(attempt) == swapped
    assert opinions.score(attempt.swaps[-1].text).label != opinions.score(text).label


def test_what_four_swaps_would_need_is_not_turned_and_the_nearest_is_shown(opinions):
    attempt = fool(opinions, "good good good good good dull")
    assert not attempt.turned and attempt.after == attempt.verdict == 1 and attempt.is_complete
    assert pairs(attempt) == [("good", "fine")] * 3 and attempt.log_odds == pytest.approx(13.8)
    assert [swap.log_odds for swap in attempt.swaps] == pytest.approx([11.0, 8.2, 5.4], abs=1e-4)


def test_a_word_that_leans_takes_no_other_words_place(opinions):
    table = swaps.of(opinions)
    assert {table.word(id) for id in table.little} == LITTLE
    for word in OPINIONS:
        [id] = opinions.vocabulary.encode_words([word])[1:]
        near = {table.word(each.id) for each in table.candidates(opinions, [id])[id]}
        assert near <= LITTLE - {word}


def test_case_punctuation_and_spaces_stay_and_unknown_words_are_not_swapped(opinions):
    attempt = fool(opinions, "  Zqxx, SUPERB!\n\nDull … «Dull» -- superbly")
    assert pairs(attempt) == [("SUPERB", "QUIET")]
    assert attempt.swaps[0].text == "  Zqxx, QUIET!\n\nDull … «Dull» -- superbly"


def test_of_several_classes_another_class_comes_first():
    network = predictor.load(summing_run(TOPICS, class_runs.THREE).folder)
    text = "goal goal rain parcel parcel"
    attempt = fool(network, text)
    assert network.score(text).label == "sport" and attempt.turned and len(attempt.swaps) == 2
    assert network.score(attempt.swaps[-1].text).label == class_runs.THREE[attempt.after] == "배송"
    first = network.score(attempt.swaps[0].text)
    assert first.label == "sport" and first.shares[0] < 0.5 and attempt.swaps[0].log_odds < 0


def test_only_a_piece_that_is_a_whole_word_is_swapped():
    pieces = {"a": (0.0, 4), "b": (0.0, 5), "c": (0.0, 6), "d": (0.0, 7), "ab": (4.0, 0), "cd": (0.0, 0)}
    network = predictor.load(summing_run(pieces, tokenizer="subwords").folder)
    assert network.read("abab ab").words == ("ab", "ab", "ab")
    assert not fool(network, "abab abab").swaps
    attempt = fool(network, "abab (ab)")
    assert pairs(attempt) == [("ab", "cd")] and attempt.swaps[0].text == "abab (cd)"


def test_the_most_frequent_words_are_grammar_and_stay():
    words = {f"w{number}": (0.1 * number, number % 3) for number in range(60)} | OPINIONS
    network = predictor.load(summing_run(words).folder)
    table = swaps.of(network)
    assert table.ids.start == 4 + 3  # a twentieth of 70 words
    assert all(id in table.ids for id in table.little)


def test_a_network_without_an_embedding_is_a_sentence():
    network = predictor.load(class_runs.finished_run().folder)
    assert not fooling.is_possible(network)
    with pytest.raises(ModelError, match="no embedding"):
        fool(network, "goal")


@pytest.mark.parametrize("text", ["", "...", "zqxx"])
def test_a_text_without_a_verdict_cannot_be_turned(opinions, text):
    with pytest.raises(TextError):
        fool(opinions, text)


def test_the_end_of_the_time_keeps_what_was_reached(opinions, monkeypatch):
    """Private: only the search's own limit, by its seconds, is over after a number of runs."""
    complete = fool(opinions, "good good good dull")
    runs = []
    attempts = []
    for allowed in range(1, 30):
        runs.clear()
        monkeypatch.setattr(
            TimeLimit, "is_over", lambda each, most=allowed: each._seconds == FOREVER and len(runs) > most
        )
        attempt = fooling.fool(
            opinions, "good good good dull", seconds=FOREVER, pause=lambda: runs.append(None)
        )
        attempts.append(attempt)
        if attempt.is_complete:
            break
    reached = [len(attempt.swaps) for attempt in attempts]
    assert attempts[-1] == complete and complete.turned and not any(each.turned for each in attempts[:-1])
    assert reached == sorted(reached) and {0, 1, 2, 3} == set(reached)


def test_an_error_that_is_not_the_time_is_raised(opinions, monkeypatch):
    def refused(*_, **__):
        raise ModelError("damaged")

    monkeypatch.setattr(swaps, "leanings_of", refused)
    with pytest.raises(ModelError, match="damaged"):
        fool(opinions, "good film")


def test_a_visitor_who_has_left_ends_the_search(opinions):
    class Left(BaseException):
        pass

    def leave():
        raise Left

    with pytest.raises(Left):
        fooling.fool(opinions, "good film", seconds=FOREVER, pause=leave)


WORDS = ("not", "excellent", "Wonderful", "boring", "BAD", "plot", "zqxx", "the", "perfect", "worst", "don't")
JOINS = (" ", ", ", "...", "\r\n", " -- ", "-")


@pytest.mark.parametrize("name", ["cnn_lstm_dense", "wide_deep"])
@settings(max_examples=25)
@given(data=st.data())
def test_any_result_is_what_the_network_says_anew(name, data):
    network = predictor.load(paths.PROJECT / "pretrained" / name)
    words = data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=20))
    text = "".join(word + data.draw(st.sampled_from(JOINS)) for word in words)
    reading = network.read(text)
    if all(id < 4 for id in reading.ids):
        return
    attempt, score, table = fool(network, text), network.score(text), swaps.of(network)
    assert attempt == fool(network, text) and score.classes.index(score.label) == attempt.verdict
    assert len(attempt.swaps) <= fooling.MOST_SWAPS
    after = attempt.swaps[-1].text if attempt.swaps else text
    seen = network.read(after)
    changed = [at for at, (old, new) in enumerate(zip(reading.words, seen.words, strict=True)) if old != new]
    assert sorted(swap.place for swap in attempt.swaps) == changed
    for place in changed:
        [old, new] = network.vocabulary.encode_words([reading.words[place], seen.words[place]])[1:]
        assert old in table.ids and new in table.little
    assert network.score(after).classes[attempt.after] == network.score(after).label
    assert attempt.turned == (network.score(after).label != score.label)
    for swap in attempt.swaps:
        assert network.score(swap.text).shares[attempt.verdict] == pytest.approx(swap.share, abs=1e-6)


def test_a_word_that_would_be_read_otherwise_in_the_text_is_not_put_there(opinions, monkeypatch):
    """Private: a vocabulary that reads "quiet" differently beside other words."""
    read = Vocabulary.words_in

    def odd(vocabulary, text, *, typed=False):
        return [word for word in read(vocabulary, text, typed=typed) if word != "quiet"]

    monkeypatch.setattr(Vocabulary, "words_in", odd)
    assert ("superb", "quiet") not in pairs(fool(opinions, "superb film dull"))
