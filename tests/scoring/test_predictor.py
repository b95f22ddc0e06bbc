"""A typed review through a trained network, texts that are refused, and the models that stay in memory."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imdb_core.data.reading import Reading
from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import TextError
from imdb_core.scoring import predictor


@pytest.fixture(autouse=True)
def nothing_in_memory():
    predictor.loaded_models.clear()


@pytest.fixture
def model(tiny_run):
    return predictor.load(tiny_run.folder)


def test_each_test_review_gets_the_probability_that_the_worker_wrote_down(tiny_run, model):
    from imdb_core.data import demo

    written = np.load(tiny_run.folder / "predictions.npz")["test"][:50]
    typed = [model.score(text).probability for text in demo.texts("test")[:50]]
    assert typed == pytest.approx(written.tolist(), abs=1e-5)
    assert len({round(one, 3) for one in typed}) > 10


def test_a_verdict_is_positive_above_one_half():
    reading = Reading(("good",), (1, 4), 0, 0)
    scores = [
        predictor.Score((1 - share, share), TWO_CLASSES, reading) for share in (0.0, 0.5, 0.5000001, 1.0)
    ]
    labels = [score.label for score in scores]
    assert labels == ["negative", "negative", "positive", "positive"]


TEXTS = {
    "empty": ("", "no text"),
    "blank": (" \t\r\n  ", "no text"),
    "punctuation": ("... !!! ?-- ()", "only spaces and punctuation"),
    "typographic punctuation": ("“…” — • \u200b", "only spaces and punctuation"),
    "only unknown words in typographic quotes": ("“qwertz”—‘yxcvb’", r"no word of this text \(2 read\)"),
    "only unknown words": ("qwertz yxcvb", r"no word of this text \(2 read\)"),
    "emoji": ("🎬👎🏽", r"no word of this text \(1 read\)"),
    "Arabic": ("فيلم جميل جدا", r"no word of this text \(3 read\)"),
    "Chinese": ("好看的电影", r"no word of this text \(1 read\)"),
    "NUL": ("\0\0", "no text|only spaces and punctuation"),
    "lone surrogate": ("\ud83d", r"no word of this text \(1 read\)"),
    "10 MB without a space": ("x" * 10**7, r"no word of this text \(1 read\)"),
    "10 MB of spaces": (" " * 10**7, "no text"),
    "more unknown words than are read": ("zzz " * 41, r"no word of this text \(40 read\)"),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_that_cannot_be_scored_is_refused_with_a_sentence(model, kind):
    text, reason = TEXTS[kind]
    with pytest.raises(TextError, match=reason) as caught:
        model.score(text)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 250


def test_only_a_network_that_learned_english_asks_for_english(model, monkeypatch):
    with pytest.raises(TextError, match="Write in English, or choose a network with a larger vocabulary"):
        model.score("재밌다")
    monkeypatch.setattr(model, "vocabulary", Vocabulary(model.vocabulary.words, "unicode_words"))
    with pytest.raises(TextError, match="Write in the language of its training texts, or choose"):
        model.score("재밌다")


@pytest.mark.parametrize(
    "odd", ["🎬", "\0", "\ud800", "\u202e", "<script>alert(1)</script>", "\r", "{{7*7}}", "e\u0301" * 500]
)
def test_odd_characters_beside_a_known_word_do_no_harm(model, odd):
    assert 0 <= model.score(f"{odd} {model.vocabulary.words[0]} {odd}").probability <= 1


def test_ten_megabytes_are_scored_by_their_end(model):
    end = " ".join(model.vocabulary.words[:60])
    assert model.score("zzz " * 2_500_000 + end).probability == pytest.approx(
        model.score("zzz " * 9 + end).probability
    )


@settings(max_examples=200)
@given(
    text=st.text()
    | st.text(alphabet=st.characters(codec=None))
    | st.binary().map(lambda raw: raw.decode("utf-8", "replace"))
)
def test_whatever_is_typed_is_a_score_or_a_sentence(tiny_run, text):
    try:
        score = predictor.load(tiny_run.folder).score(text)
    except TextError as error:
        assert str(error).endswith(".")
    else:
        assert 0 <= score.probability <= 1


# review_length is 40 and a review begins with a start token: 39 words are read with it, 40 without, more are
# cut.
@pytest.mark.parametrize(
    "words, cut, padding",
    [(1, 0, 14), (15, 0, 0), (16, 0, 15), (39, 0, 0), (40, 0, 0), (41, 1, 0), (50, 10, 0)],
)
def test_words_cut_in_front_and_padding_are_counted(model, words, cut, padding):
    read = model.score(" ".join([model.vocabulary.words[0]] * words)).reading
    assert (len(read.words), read.cut, read.padding) == (words, cut, padding)
    assert read.statuses == ["cut"] * cut + ["read"] * (words - cut)


def test_unknown_words_are_reported_among_those_that_were_read(model):
    known = model.vocabulary.words[5]
    text = " ".join(["cutunknown", known] + [known] * 18 + ["Foo"] + [known] * 20 + ["bar!"])  # 42 words
    score = model.score(text)
    assert score.reading.cut == 2
    assert score.reading.unknown == ["foo", "bar"]
    assert score.as_dict() | {"probability": 0.5, "label": ""} == {
        "probability": 0.5,
        "label": "",
        "words": 42,
        "unknown": ["foo", "bar"],
        "cut": 2,
    }


def test_the_words_of_a_reading_are_those_of_the_normalised_text(model):
    known = model.vocabulary.words[5]
    reading = model.read(f"“{known}”…{known.title()}—Foo 'bar' •")
    assert reading.words == (known, known, "foo", "bar") and reading.unknown == ["foo", "bar"]
    assert list(reading.ids) == model.vocabulary.encode(f"{known} {known} foo bar")


def test_cut_words_do_not_change_the_score(model):
    words = list(model.vocabulary.words[:40])
    alone = model.score(" ".join(words)).probability
    assert model.score(" ".join(["unheard", *model.vocabulary.words[50:70], *words])).probability == alone


def test_the_vocabulary_is_no_larger_than_the_network_and_the_corpus(model):
    from imdb_core.data import demo

    assert len(model.vocabulary) == min(400 - 4, len(demo.load().words))  # ids 0 to 3 are no words
    assert max(model.vocabulary.encode_words(model.vocabulary.words)) < 400


def test_the_best_epoch_asked_for_by_number_is_the_same_network_in_memory(tiny_run):
    best = predictor.load(tiny_run.folder)
    assert predictor.load(tiny_run.folder, best.epoch) is best
    other = next(epoch for epoch in best.epochs if epoch != best.epoch)
    assert predictor.load(tiny_run.folder, other).epoch == other and len(predictor.loaded_models) == 2


def test_another_epoch_can_be_loaded_while_the_best_is_damaged_and_takes_memory_only_once(tiny_copy):
    best = predictor.load(tiny_copy.folder)
    other = next(epoch for epoch in best.epochs if epoch != best.epoch)
    predictor.loaded_models.clear()
    (tiny_copy.folder / "model.onnx").write_bytes(b"cut")
    assert predictor.load(tiny_copy.folder, other).epoch == other
    assert len(predictor.loaded_models) == 1


def test_a_model_is_loaded_once_and_again_when_its_model_json_changes(tiny_copy):
    first = predictor.load(tiny_copy.folder)
    assert predictor.load(tiny_copy.folder) is first
    path = tiny_copy.folder / "model.json"
    path.with_name("new").write_text(path.read_text().replace('"epoch": ', '"epoch": 9'))
    os.replace(path.with_name("new"), path)
    again = predictor.load(tiny_copy.folder)
    assert again is not first
    assert again.epoch == int(f"9{first.epoch}")


def test_few_models_stay_in_memory_and_the_least_recently_used_leaves_first(tiny_copy, monkeypatch):
    import shutil

    monkeypatch.setattr(predictor.loaded_models, "limit", 2)
    first, second, third = (
        shutil.copytree(tiny_copy.folder, tiny_copy.folder.with_name(name))
        for name in ("one", "two", "three")
    )
    recent, dropped = predictor.load(first), predictor.load(second)
    assert predictor.load(first) is recent
    predictor.load(third)
    assert predictor.load(first) is recent
    assert predictor.load(second) is not dropped
    assert len(predictor.loaded_models) == 2
