"""Text to word ids: the corpus's tokenisation, odd text, and damaged vocabulary files."""

import json
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imdb_core.data.typography import tokens
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.errors import ModelError
from imdb_core.files import write_atomically, write_json

WORDS = ("the", "br", "it's", "good", "café", "\x96", "two\x85dots")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It's GOOD.<br /><br />The end", ["it's", "good", "br", "br", "the", "end"]),
        ("a-b_c/d\te\nf", ["a", "b", "c", "d", "e", "f"]),
        ("'quoted' don't", ["'quoted'", "don't"]),
        ("two\x85dots no\xa0break", ["two\x85dots", "no\xa0break"]),
        ("Ángela CAFÉ", ["Ángela", "cafÉ"]),
        ('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', []),
        ("", []),
    ],
)
def test_text_is_cut_into_the_corpus_words(text, expected):
    assert tokens(text) == expected


def test_a_review_becomes_start_token_then_rank_plus_three_with_two_for_unknown():
    assert Vocabulary(WORDS).encode("The film: it's GOOD<br />") == [1, 4, 2, 6, 7, 5]
    assert Vocabulary(WORDS).encode("") == [1]


def test_a_capital_outside_ascii_finds_the_word_in_small_letters():
    assert Vocabulary(WORDS).encode("CAFÉ") == [1, 8]


def test_a_capital_outside_ascii_that_the_corpus_has_is_its_own_word():
    assert Vocabulary(["à", "À"]).encode("À à") == [1, 5, 4]


def test_ids_become_words_and_special_ids_become_their_names():
    decoded = Vocabulary(WORDS).decode([0, 1, 2, 3, 4, 10, 11, -1])
    unknown = "<unknown>"
    assert decoded == ["<pad>", "<start>", unknown, unknown, "the", "two\x85dots", unknown, unknown]


@pytest.mark.parametrize("size, words", [(4, 0), (5, 1), (6, 2), (0, 0), (11, 7), (10_000, 7)])
def test_a_limited_vocabulary_keeps_exactly_the_ids_below_its_size(size, words):
    limited = Vocabulary(WORDS).limited(size)
    assert limited.words == WORDS[:words] and len(limited) == words
    assert all(i < max(size, 3) for i in limited.encode(" ".join(WORDS)))


def test_membership_is_by_whole_word():
    assert "good" in Vocabulary(WORDS) and "goo" not in Vocabulary(WORDS)


def test_cleaning_replaces_surrogates_nul_and_line_ends_only():
    assert clean("a\ud800b\0c\r\nd\re\x08\x96") == "a\ufffdb c\nd\ne\x08\x96"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None, categories=None), max_size=200))
def test_any_text_can_be_cleaned_encoded_and_stored(text):
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned
    assert Vocabulary(tokens(cleaned)[:1]).encode(cleaned)[0] == 1


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=200))
def test_cleaning_leaves_ordinary_text_alone_and_no_word_holds_a_separator(text):
    assert clean(text) == text
    assert not re.search(r'[A-Z!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n ]', "".join(tokens(text)))


def test_a_saved_vocabulary_reads_back_the_same(tmp_path):
    Vocabulary(WORDS).save(tmp_path / "v.json")
    assert Vocabulary.read(tmp_path / "v.json").words == WORDS
    value = json.loads((tmp_path / "v.json").read_text(encoding="utf-8"))
    assert value == {"format": 1, "index_from": 3, "words": list(WORDS)}


def test_a_vocabulary_of_another_tokenizer_reads_back_the_same(tmp_path):
    texts = ["a word, another word and words of words", "영화 재밌다 영화는"] * 3
    for tokenizer in ("unicode_words", "subwords"):
        vocabulary = Vocabulary.train(texts, tokenizer)
        vocabulary.save(tmp_path / "v.json")
        again = Vocabulary.read(tmp_path / "v.json")
        assert (again.words, again.tokenizer) == (vocabulary.words, tokenizer)
        assert again.encode(texts[0]) == vocabulary.encode(texts[0]) and 2 not in again.encode(texts[0])
        assert json.loads((tmp_path / "v.json").read_text("utf-8"))["format"] == 2


def test_a_vocabulary_that_is_learned_fits_into_its_file(tmp_path):
    words = [f"{number}{'é' * 80}" for number in range(60_000)]
    vocabulary = Vocabulary.train([" ".join(words)], "unicode_words")
    vocabulary.save(tmp_path / "v.json")
    assert 40_000 < len(vocabulary) < 60_000 and len(Vocabulary.read(tmp_path / "v.json")) == len(vocabulary)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'{"format": 2, "index_from": 3, "words": ["a"]}',
        b'{"format": 1, "index_from": 0, "words": ["a"]}',
        b'{"format": 1, "index_from": 3}',
        b'{"format": 1, "index_from": 3, "words": "ab"}',
        b'{"format": 1, "index_from": 3, "words": ["a", 5]}',
        b'{"format": 1, "index_from": 3, "words": ["a", "a"]}',
        b'{"format": 1, "index_from": 3, "tokenizer": "subwords", "words": ["a"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "keras_imdb", "words": ["a"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "os.system", "words": ["a"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": ["subwords"], "words": ["a"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "subwords", "words": ["a", "b", "abc"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "subwords", "words": ["ab", "a", "b"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "subwords", "words": ["aaaaaaaaaaaaaaaaa"]}',
        b'{"format": 2, "index_from": 3, "tokenizer": "subwords", "words": ["a", "\\ud800"]}',
    ],
)
def test_a_damaged_vocabulary_is_refused_with_its_name(tmp_path, content):
    (tmp_path / "v.json").write_bytes(content)
    with pytest.raises(ModelError, match="v.json"):
        Vocabulary.read(tmp_path / "v.json")


def test_a_missing_vocabulary_is_refused_with_its_name(tmp_path):
    with pytest.raises(ModelError, match="v.json cannot be read"):
        Vocabulary.read(tmp_path / "v.json")


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "value.json"
    write_json(path, {"a": "é"})

    def disk_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert os.listdir(tmp_path) == ["value.json"]
    assert path.read_text(encoding="utf-8") == '{"a": "é"}'


def test_nan_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "value.json", {"loss": float("nan")})
    assert os.listdir(tmp_path) == []
