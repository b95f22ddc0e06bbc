"""Texts of many languages in tokens: the words and pieces, and their places in the typed text."""

import random
import re
import unicodedata

import pytest

from imdb_core.data import tokenizers
from imdb_core.data.pieces import limited_pieces
from imdb_core.data.reviews import UNKNOWN, Reviews
from imdb_core.data.tokenizers import word_rule
from imdb_core.data.tokenizers.ranking import most_frequent, spread_sample
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.errors import DataError
from imdb_core.script.text_reading import script_source
from tests.source import PROJECT

WORDS = {  # the rule's table in word_rule.py, language by language
    "Korean": ("이 영화 정말 재밌다ㅋㅋ!!", "이 영화 정말 재밌다ㅋㅋ"),
    "Korean from a Mac (NFD)": (unicodedata.normalize("NFD", "영화는"), "영화는"),
    "Japanese": ("君の名は。カッコイイ", "君 の 名 は カッコイイ"),
    "Japanese with separate accents": ("カ\u3099", "ガ"),
    "Chinese": ("这部电影很好看,5分!", "这 部 电 影 很 好 看 5 分"),
    "Thai": ("น้ำดี", "น้ ำ ดี"),
    "Arabic": ("الفيلمُ رائعٌ جدًّا، شكراً؟", "الفيلمُ رائعٌ جدًّا شكراً"),
    "Hindi": ("यह फ़िल्म बहुत अच्छी है।", "यह फ़िल्म बहुत अच्छी है"),
    "Persian": ("می\u200cخواهم", "میخواهم"),
    "Hebrew": ("ארה״ב", "ארה״ב"),
    "German": ("Die Straße: Maße, GRÖSSE", "die straße maße grösse"),
    "Turkish": ("İSTANBUL'da güzel IŞIK", "istanbul'da güzel işik"),
    "Greek": ("ΟΔΟΣ", "οδος"),
    "French": ("L’amour, c'est aujourd’hui", "l'amour c'est aujourd'hui"),
    "English": ('"Don\'t," he said.Go! U.S.A. rock-n-roll', "don't he said go u s a rock n roll"),
    "emoji": ("wow😀😀👍🏽👩‍👩‍👧🇩🇪❤️★★☆", "wow 😀 😀 👍🏽 👩‍👩‍👧 🇩🇪 ❤ ★ ★ ☆"),
    "mixed scripts": ("iPhone을 3D로 OK好", "iphone을 3d로 ok 好"),
    "digits": ("3.14 1,000 10:30 ½ 1. 2 v2.0", "3.14 1,000 10 30 ½ 1 2 v2.0"),
    "marks that are no words": ("_a_ __init__ -- … $5 \u200b x\u00adray", "a init 5 xray"),
}
PIECES = [  # learned below from LEARNED
    ("이 영화는 재밌다!!", "이 영화는 재밌다 !!"),
    ("재미있는영화", "재 미 있는 영화"),
    ("남이 İyi", "남 이 i y i"),
    ("영화2023 ㅋㅋ", "영화 2023 ㅋㅋ"),
]
LEARNED = ["영화 재밌다!! ㅋㅋ", "영화는 영화다 ㅋㅋ", "이 영화 재밌다!!", "재밌다 있는 미남 2023"] * 2
ODD = "aéİıß’'.,-_ \u0301\u200d\ufe0f\u00ad😀👍🏽🇩🇪&amp;12½\t\n\x00\ud800ﬁΣς\u0958\U0001d400"
ODD += "한글ᄒ\u1161ㄱ漢字がカ\u3099ไทย\u0e49हि\u093cن\u064e"


@pytest.fixture(scope="module")
def pieces():
    return Vocabulary.train(LEARNED, "subwords", size=100)


def test_words_of_many_languages_are_cut_as_written_down():
    cut = {language: " ".join(word_rule.tokens(text)) for language, (text, _) in WORDS.items()}
    assert cut == {language: expected for language, (_, expected) in WORDS.items()}


def test_pieces_are_cut_as_written_down(pieces):
    assert [" ".join(t.text for t in pieces.tokens(text)) for text, _ in PIECES] == [cut for _, cut in PIECES]


def texts(number, seed=3):
    chance = random.Random(seed)
    return ["".join(chance.choices(ODD, k=chance.randint(0, 40))) for _ in range(number)]


@pytest.mark.parametrize("tokenizer", tokenizers.names())
def test_every_token_has_its_place_in_the_typed_text_and_the_id_of_encode(tokenizer):
    learned = [clean(text) for text in texts(100, seed=5)]
    vocabulary = Vocabulary.train(learned, tokenizer, size=60)
    for text in texts(300):
        tokens = vocabulary.tokens(text)
        assert [1, *(token.id for token in tokens)] == vocabulary.encode(text), ascii(text)
        assert vocabulary.encode_words([token.text for token in tokens]) == vocabulary.encode(text)
        assert vocabulary.words_in(text) == [token.text for token in tokens]
        places = [(token.start, token.end) for token in tokens]
        assert places == sorted(places) and all(0 <= start < end <= len(text) for start, end in places)
    assert list(vocabulary.encode_all(texts(300))) == [vocabulary.encode(text) for text in texts(300)]


def test_a_word_is_the_normal_form_of_its_place_and_stays_as_it_is_when_read_again():
    for text in texts(300):
        for word, start, end in word_rule.placed_tokens(text):
            assert word == word_rule.normal(text[start:end])
            assert word_rule.tokens(word) == [word], ascii(word)


def test_pieces_cover_all_but_spaces(pieces):
    for text in map(clean, texts(300)):
        covered = "".join(text[token.start : token.end] for token in pieces.tokens(text))
        assert set("".join(text.split())) <= set(covered), ascii(text)


def test_entities_and_typographic_forms_of_english_have_places():
    vocabulary = Vocabulary(["it's", "good", "bad"])
    tokens = vocabulary.tokens("It’s &quot;good&amp;quot; good/bad—bad", typed=True)
    typed = "It’s &quot;good&amp;quot; good/bad—bad"
    assert [(token.text, typed[token.start : token.end]) for token in tokens] == [
        ("it's", "It’s"),
        ("good", "good"),
        ("good", "good"),
        ("bad", "bad—bad"),
        ("bad", "bad—bad"),
    ]


def test_a_smaller_vocabulary_of_pieces_reads_the_smaller_pieces_that_training_sees():
    learned = [clean(text) for text in texts(200, seed=5)] + LEARNED * 3
    whole = Vocabulary.train(learned, "subwords", size=150)
    assert sum(len(word) > 1 for word in whole.words) > 20
    reviews = Reviews.from_lists(list(whole.encode_all(learned)), [0] * len(learned))
    for size in (10, len(whole) - 10, len(whole) + 3, len(whole) + 4):
        limited = limited_pieces(reviews, whole, size).prepared(size, 10**6)
        assert [limited[i].tolist() for i in range(len(learned))] == list(
            whole.limited(size).encode_all(learned)
        )


def test_words_are_not_replaced_by_smaller_ones():
    reviews = Reviews.from_lists([[1, 4, 5]], [0])
    assert limited_pieces(reviews, Vocabulary(["ab", "a"], "unicode_words"), 5) is reviews


@pytest.mark.parametrize("tokenizer", tokenizers.names())
def test_the_plain_script_reads_the_same_tokens(tokenizer):
    learned = [clean(text) for text in texts(100, seed=5)] + LEARNED
    vocabulary = Vocabulary.train(learned, tokenizer, size=80)
    imports, source = script_source(tokenizer)
    known = {}
    exec("\n".join([*imports, source]), known)  # noqa: S102 - the app's own source
    ids = {word: id for word in vocabulary.words for id in vocabulary.encode_words([word])[1:]}
    for text in map(clean, [*texts(200), *(text for text, _ in WORDS.values())]):
        assert known["encoded"](text, ids) == vocabulary.encode(text), ascii(text)


def test_the_default_follows_the_scripts_of_the_texts():
    samples = {
        "subwords": ["영화 good", "日本語のテキスト", "カタカナ", "ภาษาไทย", "这部电影"],
        "unicode_words": ["a film", "Фильм", "فيلم", "हिन्दी", "", "12 :-)", "a good film about 花"],
    }
    chosen = {text: tokenizers.default_tokenizer([text]) for texts in samples.values() for text in texts}
    assert chosen == {text: name for name, texts in samples.items() for text in texts}


def test_an_unknown_tokenizer_is_refused():
    with pytest.raises(DataError, match="'nltk' is no tokenizer; choose one of keras_imdb"):
        tokenizers.get("nltk")


def test_ranks_are_the_same_in_bounded_memory(monkeypatch):
    lists = [["b", "a", "a"], ["c" * 101, "d"], ["a", "b"], ["x"], ["y"], ["z"], ["a"]]
    assert most_frequent(lists, 3) == ["a", "b", "d"]
    monkeypatch.setattr("imdb_core.data.tokenizers.ranking.MOST_COUNTED", 4)
    assert most_frequent(lists, 2) == ["a", "b"]


def test_a_sample_is_spread_over_all_texts():
    sample = spread_sample((f"{number:04}" for number in range(1000)), most_characters=400)
    assert 50 <= len(sample) <= 100 and int(sample[-1]) > 900 and sample == sorted(sample)


def test_the_longest_words_and_accents_take_no_time():
    for text in ("a" * 100_000, "e" + "\u0301" * 100_000, "👩\u200d" * 50_000, "ก็" * 50_000, "1.2'" * 25_000):
        assert max(map(len, word_rule.tokens(text)), default=0) <= 1100
    assert UNKNOWN in Vocabulary([], "unicode_words").encode("a")


def test_the_package_is_imported_only_when_pieces_are_used():
    importing = set()
    for path in (PROJECT / "imdb_core").rglob("*.py"):
        lines = path.read_text("utf-8").splitlines()  # an import within a function is indented
        if any(re.match(r"(from|import) (tokenizers\b|.*piece_rule)", line) for line in lines):
            importing.add(path.name)
    assert importing == {"piece_rule.py"}
