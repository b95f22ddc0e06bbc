"""What a network sees of a text: the same for a typed text, for a review of the corpus and in training."""

import pytest

from imdb_core import config as configs
from imdb_core.data import tokenizers
from imdb_core.data.reading import LONGEST_TEXT, prepared, read_ids, read_text
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("film", "good", "bad", "plot", "rare", "never", "zebra"))  # ids 4 to 10


def config(**changes):
    return configs.preset("lstm", **{"vocabulary_size": 5000, "review_length": 500} | changes)


def test_a_short_text_is_read_whole_with_its_start_token_and_padded_to_a_multiple_of_16():
    reading = read_text("A good film…", VOCABULARY, config())
    assert reading.words == ("a", "good", "film") and reading.ids == (1, 2, 5, 4)
    assert reading.unknown == ["a"] and reading.statuses == ["unknown", "read", "read"]
    assert (reading.cut, reading.padding) == (0, 12)


def test_every_word_has_its_place_in_the_typed_text():
    for before in ("", "\r\n\r\n", "x" * LONGEST_TEXT):
        text = f"{before}A good\r\n\r\nfilm… &quot;bad&quot;\r\n never\n"
        reading = read_text(text, VOCABULARY, config())
        places = [text[start:end] for start, end in reading.spans]
        assert places[-5:] == ["A", "good", "film…", "bad", "never"] or places[-4:] == [
            "good",
            "film…",
            "bad",
            "never",
        ]
        assert len(places) == len(reading.words)
    assert read_ids(("film",), (1, 4), config()).spans == ()


def test_the_tutorials_batching_pads_to_the_full_review_length():
    assert read_text("film", VOCABULARY, config(batching="padded")).padding == 498


@pytest.mark.parametrize(
    ("text", "ids", "cut"),
    [
        ("good xyz film bad", (1, 5, 2, 4, 6), 0),
        ("good xyz film bad plot", (5, 2, 4, 6, 7), 0),
        ("good xyz film bad plot rare", (2, 4, 6, 7, 8), 1),
        ("good xyz film bad plot rare never", (4, 6, 7, 8, 9), 2),
    ],
)
def test_the_start_token_is_cut_off_first_and_then_the_first_words(text, ids, cut):
    reading = read_text(text, VOCABULARY, config(review_length=5))
    assert (reading.ids, reading.cut, reading.padding) == (ids, cut, 0)
    assert reading.statuses[:cut] == ["cut"] * cut and len(reading.statuses) == len(reading.words)
    assert reading.unknown == (["xyz"] if cut < 2 else [])


def test_words_from_vocabulary_size_on_are_unknown():
    ids = VOCABULARY.encode("film zebra")
    reading = read_ids(("film", "zebra"), ids, config(vocabulary_size=10))
    assert reading.ids == (1, 4, 2) and reading.unknown == ["zebra"]


@pytest.mark.parametrize("text", ["", "  ", "…", "<>", "\0"])
def test_a_text_without_words_has_a_start_token_and_no_words(text):
    reading = read_text(text, VOCABULARY, config())
    assert reading.words == () and reading.ids == (1,) and reading.statuses == reading.unknown == []


def test_only_the_end_of_a_text_that_is_too_long_is_read():
    reading = read_text("film " * LONGEST_TEXT + "good bad", VOCABULARY, config())
    assert reading.words[-2:] == ("good", "bad") and len(" ".join(reading.words)) <= LONGEST_TEXT


@pytest.mark.parametrize("tokenizer", tokenizers.names())
def test_typed_texts_of_each_tokenizer_are_read_as_training_prepares_them(tokenizer):
    texts = [
        "good film, good filming",
        "이 영화는 재밌다ㅋㅋ 영화",
        "l'amour & la film-filming 😀",
        "bad 영화",
    ] * 2
    whole = Vocabulary.train(texts, tokenizer)
    reviews = Reviews.from_lists(list(whole.encode_all(texts)), [0] * len(texts))
    for vocabulary_size in (12, len(whole), 5000):
        settings = config(vocabulary_size=vocabulary_size, review_length=6)
        network = whole.limited(vocabulary_size)
        seen = prepared(reviews, whole, settings)
        for number, text in enumerate(texts):
            assert read_text(text, network, settings).ids == tuple(seen[number].tolist()), text


@pytest.mark.parametrize("review_length", [5, 8, 500])
@pytest.mark.parametrize("vocabulary_size", [10, 5000])
def test_a_text_is_read_as_training_prepares_it(review_length, vocabulary_size):
    texts = ["good film", "never a rare zebra plot, never a good film", "bad"]
    all_ids = [VOCABULARY.encode(text) for text in texts]
    seen = Reviews.from_lists(all_ids, [0] * 3).prepared(vocabulary_size, review_length)
    settings = config(review_length=review_length, vocabulary_size=vocabulary_size)
    for number, text in enumerate(texts):
        reading = read_text(text, VOCABULARY.limited(vocabulary_size), settings)
        assert list(reading.ids) == seen[number].tolist()
        assert read_ids(VOCABULARY.decode(all_ids[number][1:]), all_ids[number], settings).ids == reading.ids
