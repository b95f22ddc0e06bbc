"""Keras's IMDB files: parsed without trust and converted once.

Tests on the real reviews run only if IMDB_DATA_DIR is set to their folder.
"""

import os
import random
import time
import zipfile

import numpy as np
import pytest

from imdb_core import data, temporary
from imdb_core.data import imdb, keras_files
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError

pytestmark = pytest.mark.usefixtures("cache")
REAL = os.environ.get("IMDB_DATA_DIR")
NPZ, INDEX = keras_files.NAMES


def test_the_users_files_become_a_corpus_and_stay_unchanged(small, user_folder):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in user_folder.iterdir()}
    assert imdb.available()
    small.check(data.load("imdb"))
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in user_folder.iterdir()} == before


def test_the_second_load_reads_the_converted_arrays_only(small, user_folder, monkeypatch):
    first = imdb.load()
    monkeypatch.setattr(keras_files, "parse", None)
    second = imdb.load()
    small.check(second)
    assert second.fingerprint == first.fingerprint
    assert second.train.ids.dtype == np.int32 and second.train.offsets.dtype == np.int64


def test_other_files_in_the_folder_give_another_corpus(small, user_folder):
    first = imdb.load()
    (user_folder / NPZ).write_bytes(small.npz(y_test=np.array([1, 1])))
    assert imdb.load().fingerprint != first.fingerprint and imdb.load().test.labels.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["train_ids.npy", "test_offsets.npy", "train_labels.npy", "words.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_a_damaged_converted_folder_is_rebuilt(small, user_folder, cache, name, damage):
    imdb.load()
    (path,) = cache.glob(f"imdb-*/{name}")
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes({"empty": b"", "cut": content[:-3], "other": content[:-1] + b"\x6e"}[damage])
    small.check(imdb.load())
    assert path.read_bytes() == content


def test_files_that_a_killed_conversion_left_are_removed(user_folder, cache):
    left = temporary.beside(cache / "imdb-0123456789abcdef-2")
    elsewhere = cache / ".imdb-0123456789abcdef-2.77-01234567.tmp"  # another machine may convert now
    left.mkdir(parents=True)
    elsewhere.mkdir()
    imdb.load()
    assert list(cache.glob(".*")) == [elsewhere]


def test_a_cache_that_cannot_be_written_is_named(user_folder, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match="file/cache.*IMDB_CACHE_DIR"):
        imdb.load()


@pytest.mark.parametrize("name", [NPZ, INDEX])
def test_a_file_that_is_missing_in_the_users_folder_is_named_with_advice(user_folder, name):
    (user_folder / name).unlink()
    assert not imdb.available()
    with pytest.raises(DataError, match=f"{name} cannot be read.*IMDB_DATA_DIR"):
        imdb.load()


@pytest.mark.parametrize("length", [0, 1, 30, -1])
@pytest.mark.parametrize("name", [NPZ, INDEX])
def test_a_cut_file_is_refused_by_name(user_folder, cache, name, length):
    (user_folder / name).write_bytes((user_folder / name).read_bytes()[:length])
    with pytest.raises(DataError, match=f"{name} is damaged"):
        imdb.load()
    assert not list(cache.glob("imdb-*"))


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"x_test": None}, "holds no x_test"),
        ({"y_train": np.array([1, 0])}, "3 reviews and y_train has 2 labels"),
        ({"y_train": np.array([1, 0, 2])}, "labels 0 and 1"),
        ({"y_train": np.array([1.0, 0.0, 0.5])}, "labels 0 and 1"),
        ({"x_test": [[0], [1]]}, "outside 1 to 5"),
        ({"x_test": [[6], [1]]}, "outside 1 to 5"),
        ({"x_test": [[1.5], [1]]}, "whole numbers"),
        ({"x_test": [["a"], [1]]}, "whole numbers"),
        ({"x_test": [[10**30], [1]]}, "OverflowError"),
        ({"x_test": [None, [1]]}, "not lists"),
        ({"x_test": np.array([[1], [1]])}, "plain array"),
    ],
)
def test_an_npz_with_wrong_contents_is_refused_with_the_reason(small, user_folder, changes, why):
    (user_folder / NPZ).write_bytes(small.npz(**changes))
    with pytest.raises(DataError, match=why):
        imdb.load()


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"a": "1"}',
        b'{"a": 1, "b": 1}',
        b'{"a": 2}',
        b'{"a": true}',
        b"\xff",
        b'{"\\ud800": 1}',
        b"[" * 100_000,
    ],
)
def test_a_wrong_word_index_is_refused_by_name(user_folder, content):
    (user_folder / INDEX).write_bytes(content)
    with pytest.raises(DataError, match=f"{INDEX} is damaged"):
        imdb.load()


def test_a_member_that_unpacks_to_too_much_is_refused(small, user_folder, monkeypatch):
    monkeypatch.setattr(keras_files, "LARGEST_MEMBER", 10_000)
    (user_folder / NPZ).write_bytes(small.with_member("x_test.npy", bytes(10_001)))
    with pytest.raises(DataError, match="x_test.npy has 10001 bytes"):
        imdb.load()


def test_one_list_shared_by_many_reviews_cannot_claim_endless_memory(small, user_folder, monkeypatch):
    monkeypatch.setattr(keras_files, "MOST_WORDS", 100)
    (user_folder / NPZ).write_bytes(small.npz(x_test=[[1] * 60] * 2))
    with pytest.raises(DataError, match="have 120 words"):
        imdb.load()


def test_flipped_bytes_in_a_member_are_refused_or_harmless(small, user_folder):
    with zipfile.ZipFile(user_folder / NPZ) as archive:
        member = archive.read("x_train.npy")
    chance = random.Random(5)
    for _ in range(1000):
        damaged = bytearray(member)
        value = chance.choice(
            [b for b in range(256) if b != ord("r")]
        )  # LONG_BINPUT may claim gigabytes of memory
        damaged[chance.randrange(len(member))] = value
        try:
            keras_files.parse(
                {NPZ: small.with_member("x_train.npy", bytes(damaged)), INDEX: small.index()}, user_folder
            )
        except DataError as refused:
            assert NPZ in str(refused)


# The real corpus

real = pytest.mark.skipif(not REAL, reason="IMDB_DATA_DIR names no folder with the real files")


@pytest.fixture(scope="module")
def converted_once(tmp_path_factory):
    """A cache folder shared by the real-data tests: converting takes seconds."""
    return tmp_path_factory.mktemp("real")


@pytest.fixture
def corpus(converted_once, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(converted_once))
    monkeypatch.setenv("IMDB_DATA_DIR", REAL)
    began = time.monotonic()
    corpus = imdb.load()
    print(f"loaded in {time.monotonic() - began:.2f} s")
    return corpus


@real
def test_the_real_corpus_has_its_known_size_and_reloads_the_same(corpus):
    assert len(corpus.train) == len(corpus.test) == 25_000 and len(corpus.words) == 88_584
    assert corpus.train.labels.sum() == corpus.test.labels.sum() == 12_500
    assert corpus.words[:3] == ("the", "and", "a")
    assert round(corpus.train.lengths.mean(), 2) == 238.71 and round(corpus.test.lengths.mean(), 2) == 230.83
    again = imdb.load()
    assert again is not corpus and again.words == corpus.words
    for one, other in ((corpus.train, again.train), (corpus.test, again.test)):
        assert all(
            np.array_equal(getattr(one, name), getattr(other, name)) for name in ("ids", "offsets", "labels")
        )


@real
def test_words_of_real_reviews_typed_back_give_the_same_ids(corpus):
    vocabulary = Vocabulary(corpus.words)
    for i in range(2000):
        ids = corpus.test[i].tolist()
        assert vocabulary.encode(" ".join(vocabulary.decode(ids)[1:])) == ids


@real
def test_every_word_of_the_corpus_typed_alone_gives_its_id(corpus):
    vocabulary = Vocabulary(corpus.words)
    assert all(vocabulary.encode(word) == [1, rank + 3] for rank, word in enumerate(corpus.words, start=1))


@real
def test_real_reviews_with_capitals_punctuation_and_line_breaks_give_the_same_ids(corpus):
    vocabulary, chance = Vocabulary(corpus.words), random.Random(3)
    for i in range(0, 25_000, 100):
        ids = corpus.test[i].tolist()
        words = [_dressed(word, chance) for word in vocabulary.decode(ids)[1:]]
        text = "".join(
            word + chance.choice((" ", ", ", ".\n", "! ", " - ", "\n\n", " (", '" ', "\t")) for word in words
        )
        assert vocabulary.encode(text) == ids


def _dressed(word, chance):
    """`word` with random capitals among its plain letters, sometimes in quotation marks."""
    word = "".join(c.upper() if c.isascii() and chance.random() < 0.3 else c for c in word)
    return f'"{word}"' if chance.random() < 0.1 else word
