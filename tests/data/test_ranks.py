"""Files without ranks are refused, with advice; the ranks of any small or odd corpus are accepted.

The reviews are drawn by Zipf's law, or are the real reviews if IMDB_DATA_DIR is set.
"""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import small_imdb

from imdb_core import paths
from imdb_core.data import converted, imdb, keras_files
from imdb_core.errors import DataError

REAL = os.environ.get("IMDB_DATA_DIR")
WORDS = 3000
# Frequent words are short, as in a real index.
INDEX = tuple("w" * (1 + int(np.log2(rank + 1))) + str(rank) for rank in range(WORDS))
SHUFFLED = np.random.default_rng(1).permutation(INDEX).tolist()


def drawn(reviews=200, words=WORDS, seed=1):
    """Lists of ranks; the frequency of rank r is proportional to 1 / r."""
    random, shares = np.random.default_rng(seed), 1 / np.arange(1, words + 1)
    lengths = random.integers(20, 300, reviews)
    return [(random.choice(words, length, p=shares / shares.sum()) + 1).tolist() for length in lengths]


def load_data(lists, num_words=None, skip_top=0, start_char=1, oov_char=2, index_from=3):
    """What keras.datasets.imdb.load_data of Keras 3 returns for these ranks, without its shuffling."""
    if start_char is not None:
        lists = [[start_char] + [rank + index_from for rank in ranks] for ranks in lists]
    elif index_from:
        lists = [[rank + index_from for rank in ranks] for ranks in lists]
    num_words = num_words or max(max(ranks) for ranks in lists)
    if oov_char is not None:
        return [[rank if skip_top <= rank < num_words else oov_char for rank in ranks] for ranks in lists]
    return [[rank for rank in ranks if skip_top <= rank < num_words] for ranks in lists]


def parsed(train, test, words=INDEX, labels=(0, 1)):
    """(train, test, words) that keras_files reads from files with these lists; the labels alternate."""
    arrays = {"x_train": train, "x_test": test}
    for half, lists in (("train", train), ("test", test)):
        arrays[f"y_{half}"] = np.resize(np.array(labels), len(lists))
    files = {
        keras_files.NPZ: small_imdb.npz(**arrays),
        keras_files.INDEX: small_imdb.index(words),
    }
    return keras_files.parse(files, Path("folder"))


def refusal(train, test, words=INDEX, **labels):
    with pytest.raises(DataError) as error:
        parsed(train, test, words, **labels)
    return str(error.value)


SHIFTED = "added 3 to each rank"
SAVED_AGAIN = {
    "defaults": ({}, SHIFTED),
    "1,000 words": ({"num_words": 1000}, SHIFTED),
    "100 words": ({"num_words": 100}, SHIFTED),
    "without the most frequent words": ({"skip_top": 20}, "start token"),
    "1,000 words, the others left out": ({"num_words": 1000, "oov_char": None}, SHIFTED),
    "no start token": ({"start_char": None}, SHIFTED),
    "no start token, 1,000 words": ({"start_char": None, "num_words": 1000}, SHIFTED),
    "no shift": ({"index_from": 0}, "begins with 1"),
    "no shift, 1,000 words": ({"index_from": 0, "num_words": 1000}, "begins with 1"),
    "neither start token nor shift, 1,000 words": (
        {"start_char": None, "index_from": 0, "num_words": 1000},
        "has put 2 in place of each rarer word",
    ),
    "shifted by 1": ({"start_char": None, "index_from": 1, "oov_char": None}, "added 1 to each rank"),
    "shifted by 10": ({"index_from": 10}, "added 10 to each rank"),
    "shifted by 2, no start token": (
        {"start_char": None, "index_from": 2, "oov_char": None},
        "added 2 to each rank",
    ),
    "another start token": ({"start_char": 2, "oov_char": None}, "start token"),
}


@pytest.mark.parametrize("options, says", SAVED_AGAIN.values(), ids=SAVED_AGAIN)
def test_a_saved_result_of_load_data_is_refused(options, says):
    sentence = refusal(load_data(drawn(), **options), load_data(drawn(seed=2), **options))
    assert keras_files.NPZ in sentence and says in sentence and "Keras downloads" in sentence


def test_the_proposed_repair_of_a_shifted_file_works():
    train, test = drawn(), drawn(seed=2)
    shifted = [load_data(lists, oov_char=None, num_words=10**6) for lists in (train, test)]
    subtract = int(
        re.search(r"leave out the first id of each review and subtract (\d+)", refusal(*shifted))[1]
    )
    mended = [[[id - subtract for id in ids[1:]] for ids in lists] for lists in shifted]
    assert mended == [train, test]
    parsed(*mended)


def test_no_repair_is_proposed_for_a_file_that_has_lost_words():
    assert "subtract" not in refusal(
        load_data(drawn(), num_words=500), load_data(drawn(seed=2), num_words=500)
    )


def test_a_handful_of_shifted_reviews_is_recognised():
    shifted = load_data([*small_imdb.TRAIN, *small_imdb.TEST], oov_char=None, num_words=99)
    assert SHIFTED in refusal(shifted[:3], shifted[3:], tuple("abcdefghij"))


def test_numbers_that_are_not_ranks_are_refused():
    random = np.random.default_rng(3).permutation(WORDS) + 1
    mixed = [[int(random[rank - 1]) for rank in ranks] for ranks in drawn(400)]
    assert "not ranks by frequency" in refusal(mixed[:200], mixed[200:])


def padded(lists):
    return [[0] * (300 - len(ids)) + ids for ids in lists]


@pytest.mark.parametrize(
    "reviews, says",
    [
        (padded(drawn()), "padded (pad_sequences), save them before padding"),
        (padded(load_data(drawn())), "padded (pad_sequences), save them before padding"),
        (np.array(padded(drawn())), "padded reviews (pad_sequences) cannot be used"),
        ([[rank - 1 for rank in ranks] for ranks in drawn()], "0 only pads"),
        ([[float(rank) for rank in ranks] for ranks in drawn()], "(float)"),
        ([np.array(ranks) for ranks in drawn()], "tolist()"),
        ([list(np.array(ranks)) for ranks in drawn()], "tolist()"),
        ([" ".join(map(str, ranks)) for ranks in drawn()], "not lists"),
        ([[str(rank) for rank in ranks] for ranks in drawn()], "(str)"),
        ([[rank + WORDS for rank in ranks] for ranks in drawn()], "Keras downloads"),
    ],
)
def test_other_kinds_of_reviews_are_refused_with_what_to_save(reviews, says):
    assert says in refusal(reviews, drawn(seed=2))


@pytest.mark.parametrize(
    "index, says",
    [
        ({word: rank + 3 for rank, word in enumerate(INDEX, 1)}, "; subtract 3 from each rank, because"),
        ({word: rank for rank, word in enumerate(INDEX)}, "; add 1 to each rank, because"),
        (
            {word: rank for rank, word in enumerate(("<PAD>", "<START>", "<UNK>", "<UNUSED>", *INDEX))},
            "; remove <PAD>, <START>, <UNK>, <UNUSED>, which are no words, and subtract 3 from each rank",
        ),
        ({str(rank): word for rank, word in enumerate(INDEX, 1)}, "reverse it"),
        ({word: rank for rank, word in enumerate(reversed(INDEX), 1)}, "frequent words are short"),
        ({word: rank for rank, word in enumerate(SHUFFLED, 1)}, "frequent words are short"),
    ],
)
def test_an_index_that_was_changed_is_refused_with_how_to_mend_it(index, says):
    files = {keras_files.NPZ: small_imdb.npz(), keras_files.INDEX: json.dumps(index).encode()}
    with pytest.raises(DataError, match=re.escape(says)):
        keras_files.parse(files, Path("folder"))


def with_praise_and_blame(labels):
    """(reviews, words): reviews with label 1 hold a word of praise, reviews with label 0 a word of blame."""
    words = ("the", "excellent", "worst")
    return [[1, 1, 1, 2 if label else 3] for label in labels], words


def test_labels_that_are_turned_round_are_refused():
    reviews, words = with_praise_and_blame([0, 1] * 200)
    parsed(reviews, reviews, words)
    assert "reversed: in y_train" in refusal(reviews, reviews, words, labels=(1, 0))


UNIFORM = np.random.default_rng(4).integers(1, WORDS + 1, (100, 50)).tolist()
ACCEPTED = {
    "drawn by Zipf's law": (drawn(), INDEX),
    "few of them": (drawn(5), INDEX),
    "a long index": (drawn(5), tuple(f"w{rank}" for rank in range(88_584))),
    "all words equally frequent": (UNIFORM, INDEX),
    "the same review a thousand times": ([[1, 2, 3]] * 1000, ("a", "b", "c")),
    "the same review without the first word": ([[2, 3, 3]] * 1000, INDEX),
    "a frequent word that is not the first": ([[*ranks, 50, 50] for ranks in UNIFORM], INDEX),
    "four reviews that begin alike": ([[1, 4, 5], [1, 4], [1, 5, 5], [1]], tuple("abcde")),
    "empty reviews": ([[], [], []], ("a",)),
    "one word": ([[1]], ("a",)),
    "words of equal length": (drawn(), tuple(f"{rank:04}" for rank in range(WORDS))),
    "rare words left out": (
        load_data(drawn(), start_char=None, index_from=0, oov_char=None, num_words=1000),
        INDEX,
    ),
}


@pytest.mark.parametrize("lists, words", ACCEPTED.values(), ids=ACCEPTED)
def test_ranks_are_accepted_however_few_or_odd(lists, words):
    train, _, _ = parsed(lists, lists, words)
    assert [(train[at][1:] - 3).tolist() for at in range(len(lists))] == lists


@pytest.mark.usefixtures("cache", "user_folder")
def test_a_file_that_an_earlier_version_converted_without_checks_is_read_again(monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(converted, "CHECKS", 1)
        imdb.load()
    [old] = paths.cache_folder().glob("imdb-*")
    imdb.load()
    [new] = paths.cache_folder().glob("imdb-*")
    assert new != old


@pytest.mark.skipif(not REAL, reason="IMDB_DATA_DIR names no folder with the real files")
class TestWithTheRealReviews:
    @pytest.fixture(scope="class")
    def real(self):
        train, test, words = keras_files.parse(keras_files.contents(Path(REAL)), Path(REAL))
        return *([(half[at][1:] - 3).tolist() for at in range(len(half))] for half in (train, test)), words

    @pytest.mark.parametrize("options, says", SAVED_AGAIN.values(), ids=SAVED_AGAIN)
    def test_a_saved_result_of_load_data_is_refused(self, real, options, says):
        train, test, words = real
        options = options | ({"num_words": 10 * options["num_words"]} if "num_words" in options else {})
        assert says in refusal(load_data(train[::10], **options), load_data(test[::10], **options), words)

    @pytest.mark.parametrize("chosen", [slice(20), slice(200), slice(0, None, 10), slice(-500, None)])
    def test_a_part_of_the_reviews_is_accepted(self, real, chosen):
        train, test, words = real
        assert len(parsed(train[chosen], test[chosen], words)[0]) == len(train[chosen])
