"""The corpus that pages share: the same reviews as load() gives, with the ids left in their files."""

import numpy as np
import pytest

from imdb_core.data import converted, imdb
from imdb_core.data.shown import shown_corpus

pytestmark = pytest.mark.usefixtures("cache")


def test_shown_reviews_are_those_that_load_gives_and_their_ids_stay_in_their_files(small, user_folder):
    corpus = shown_corpus("imdb").corpus
    small.check(corpus)
    assert np.array_equal(corpus.test.ids, imdb.load().test.ids) and "ids" not in vars(corpus.test)
    assert corpus.train.select([1, 0])[1].tolist() == [1, 4, 5, 7]


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"cut"), lambda file: file.unlink()])
def test_files_of_ids_that_are_damaged_while_they_are_shown_are_made_anew(small, user_folder, damage):
    damage(converted.folder(shown_corpus("imdb").corpus.fingerprint) / "test_ids.npy")
    small.check(shown_corpus("imdb").corpus)
