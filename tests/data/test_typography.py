"""Typed and pasted text is read as the same text in plain letters; the corpus's own words stay."""

import difflib
import os
import random
import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imdb_core import data, paths
from imdb_core.data import typography
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.scoring import predictor

REVIEWS = 2000
WORDS = (
    "the",
    "it's",
    "good",
    "film",
    "don't",
    "1",
    "2",
    "8",
    "café",
    "'em",
    "dogs'",
    "terrible",
    "–",
    "it’s",
    "'so'",
    "\x96",
)
FILLED = (
    WORDS[:-4] + tuple(f"word{number}" for number in range(typography.COMMON)) + WORDS[-4:]
)  # the last four are rare
VOCABULARY = Vocabulary(FILLED)


def read(text, vocabulary=VOCABULARY):
    words = typography.tokens(typography.decoded(text))
    return vocabulary.understood(words, typed=" ".join(words) != text)


@pytest.mark.parametrize("apostrophe", sorted(typography.APOSTROPHES))
def test_every_apostrophe_is_plain(apostrophe):
    assert read(f"Don{apostrophe}t") == ["don't"]


SEPARATORS = [
    *"“”„‟«»‹›〝〞「」『』《》〈〉＂‚❝❞🙶🙷🙸",  # quotes
    *"‐‑‒–—―−⸺﹘－〜⁓",  # dashes
    *"•‣⁃◦▪●■○□◆◇★☆▶►➢➤→✓✔❖∙⋅·※⁌⁍☙❥\uf0b7",  # bullets
    *"\xa0\u1680\u2000\u2003\u2007\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u2800",  # spaces
    *"\x01\x0b\x0c\x1c\x1f\x7f\x80\x85\x93\x94\x96\x97\x9d",  # control characters
    *"…‥。、，！？：；．（）［］【】⟨⟩¡¿†‡§¶©®™°€£×÷≠",  # other punctuation and symbols
]


@pytest.mark.parametrize("mark", SEPARATORS, ids=ascii)
def test_separators_end_words_and_alone_are_no_word(mark):
    assert read(f"{mark}Good{mark}film{mark}") == ["good", "film"]
    assert read(f"Good {mark}{mark} film") == ["good", "film"]


@pytest.mark.parametrize(
    "mark",
    [*"\xad\u200b\u200c\u200d\u2060\ufeff\u200e\u202e\u2066\u2069\u061c\ufe0f\U000e0100\u034f\u3164"],
    ids=ascii,
)
def test_characters_without_width_are_removed(mark):
    assert read(f"{mark}Go{mark}od film{mark}") == ["good", "film"]
    assert read(f"Good {mark} film") == ["good", "film"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ﬁlm", ["film"]),
        ("ＧＯＯＤ ｆｉｌｍ．", ["good", "film"]),
        ("ⓖⓞⓞⓓ 𝐟𝐢𝐥𝐦 𝔤𝔬𝔬𝔡", ["good", "film", "good"]),
        ("8½ ①② film²", ["8", "1", "2", "1", "2", "film", "2"]),
        ("cafe\u0301 CAFE\u0301 CAFÉ", ["café"] * 3),
        ("It’s “good”…the ‘film’ – don´t", ["it's", "good", "the", "film", "don't"]),
        ("It&#39;s &quot;good&quot; &amp; don&rsquo;t", ["it's", "good", "don't"]),
        ("It&amp;#39;s &amp;amp;quot;good&amp;quot;", ["it's", "good"]),
        ("It&#39s &#x22;good&#X22; film&nbsp;the&nbsp the&hellip;", ["it's", "good", "film", "the", "the"]),
        ("&eacute; caf&eacute; CAF&Eacute;", ["é", "café", "café"]),
        ("good&film; the&notice good&copy the", ["good", "film", "the", "notice", "good", "copy", "the"]),
        ("‘em 'em ‘’em’ the dogs’ ‘dogs’’", ["'em", "'em", "'em", "the", "dogs'", "dogs'"]),
        ("'Terrible 'good' film' ''the''", ["terrible", "good", "film", "the"]),
        ("don`t", ["don", "t"]),
        ("film👍👍🏽 👩‍👩‍👧good", ["film", "👍👍🏽", "👩👩👧", "good"]),
        ("I ❤️film", ["i", "❤", "film"]),
        ("Фильм хороший영화good", ["Фильм", "хороший영화good"]),
        ("영화 「good」 電影。", ["영화", "good", "電影"]),
        ("\x93Good\x94 don\x92t \x91film\x92 the\x85", ["good", "don't", "film", "the"]),
        ("''' ’’ “”", []),
    ],
)
def test_typed_text_is_read_in_plain_letters(typed, words):
    assert read(typed) == words


def test_known_words_are_kept_and_odd_marks_too_if_the_text_may_come_from_the_corpus():
    assert read("it’s 'so' – good \x96") == ["it’s", "'so'", "–", "good", "\x96"]
    assert read("It’s 'so' – good \x96") == ["it's", "'so'", "good", "\x96"], "a capital: typed"
    assert read("it’s – “good”") == ["it's", "good"], "the corpus has no “good”"
    assert all(read(word) == [word] for word in FILLED)


def test_typographic_marks_that_the_corpus_itself_has_are_kept():
    french = Vocabulary(["–", "l’amour", "c'est", "c’est", "rire"])
    assert read("L’amour – c’est “rire”.", french) == ["l’amour", "–", "c’est", "rire"]
    rarely = Vocabulary(
        [f"word{number}" for number in range(typography.COMMON)] + ["l’amour", "d’or", "d'or"]
    )
    assert read("L’amour, d’or", rarely) == ["l’amour", "d’or"], "the plain word is unknown, or rarer"


def test_words_that_are_split_or_removed_when_read_have_one_id_each():
    text = "Terrible—good… •"
    assert VOCABULARY.encode(text) == VOCABULARY.encode("terrible good")
    assert VOCABULARY.encode("“…”") == [1]


ANYTHING = st.text(st.characters(codec=None, categories=None), max_size=60)
ODD = st.sampled_from(
    [
        *typography.PLAIN,
        *SEPARATORS,
        *FILLED[:12],
        *WORDS[-4:],
        " ",
        "A\u030a",
        "h\u0331",
        "ŉ",
        "㏂",
        "ﷺ",
        "&#39;",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(ANYTHING, st.lists(ODD, max_size=9).map("".join)))
@example("\uff28\u0331")  # in small letters there is one composed character
@example("’" * 50 + "e\u0301" * 60 + "’" * 50)
def test_reading_the_normalised_text_again_changes_nothing(text):
    words = read(text)
    assert read(" ".join(words)) == words
    assert len(VOCABULARY.encode(text)) == len(words) + 1


@pytest.mark.parametrize("text", ["\u0301\u0316", "a\u0316\u0301", "’\u0301\u0316", "\u0301\xa0", "ﷺ", "é"])
def test_the_time_grows_in_proportion_to_the_text_even_with_many_accents(text, monkeypatch):
    """Unicode sorts the accents of a letter; the time grows with the square of their number."""
    rows = []

    def watched(form, text, normalize=unicodedata.normalize):
        rows.extend(re.split(r"[\s']", text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watched)
    for length in (1000, 10_000):
        rows.clear()
        typography.separated((text * length)[:length])
        assert sum(map(len, rows)) <= 20 * length and max(map(len, rows), default=0) <= 20 * 100


# The real corpus

real = pytest.mark.skipif(
    not os.environ.get("IMDB_DATA_DIR"), reason="IMDB_DATA_DIR names no folder with the real files"
)
LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}
QUOTES = ("“{}”", "„{}“", "«{}»", "‘{}’", "「{}」", "&ldquo;{}&rdquo;")
ENDS = [" "] * 20 + ["… ", "—", " – ", "\xa0", "\u2009", "\u3000", "\u2028", " • ", "\u200b ", "\u2011"]


def typographic(words, chance):
    """The words with the marks that a phone or an office program would use, drawn by the seeded `chance`."""
    return "".join(_typographic_word(word, chance) + chance.choice(ENDS) for word in words)


def _typographic_word(word, chance):
    if chance.random() < 0.1:
        for plain, ligature in LIGATURES.items():
            word = word.replace(plain, ligature)
    word = word.replace("'", chance.choice("’’’ʼ′´＇"))
    return chance.choice(QUOTES).format(word) if chance.random() < 0.05 else word


@pytest.fixture(scope="module")
def reviews():
    """Per test review: its words and the same in typographic form."""
    corpus, chance = data.load("imdb"), random.Random(5)
    vocabulary = Vocabulary(corpus.words)  # takes 50 ms
    decoded = (vocabulary.decode(corpus.test[number])[1:] for number in range(REVIEWS))
    return corpus, [(" ".join(words), typographic(words, chance)) for words in decoded]


@real
@pytest.mark.parametrize("size", [5000, 30_000, 88_588])
def test_reviews_in_typographic_form_have_the_ids_of_the_plain_text(reviews, size):
    corpus, texts = reviews
    vocabulary, words, other = Vocabulary(corpus.words).limited(size), 0, 0
    for plain, typed in texts:
        expected, ids = vocabulary.encode(plain), vocabulary.encode(typed)
        words += len(expected)
        if ids != expected:
            changes = difflib.SequenceMatcher(None, expected, ids, autojunk=False).get_opcodes()
            other += sum(
                max(to - start, end - begin) for kind, start, to, begin, end in changes if kind != "equal"
            )
    assert words > 200 * REVIEWS and other <= 0.001 * words


@real
def test_reviews_in_typographic_form_get_the_verdict_of_the_plain_text(reviews):
    network = predictor.load(paths.PRETRAINED / "wide_deep")
    # Only texts that the network reads differently can get another verdict.
    different = [pair for pair in reviews[1] if network.read(pair[0]).ids != network.read(pair[1]).ids]
    other = sum(network.score(plain).label != network.score(typed).label for plain, typed in different)
    assert len(different) < REVIEWS and other <= 0.001 * REVIEWS
