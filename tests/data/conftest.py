"""A small pair of Keras's IMDB files for the tests of parsing, converting and downloading."""

import io
import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

WORDS = ("the", "and", "film", "good", "bad")
TRAIN, TEST = [[1, 2, 4], [5], []], [[3, 3], [2, 5]]


@pytest.fixture
def small():
    """npz(**changes), index() and with_member(name, content) give file contents;
    check(corpus) asserts what must come of them."""
    return SimpleNamespace(npz=npz, index=index, with_member=with_member, check=check)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_BASE_URL", "http://127.0.0.1:9")  # no test may reach the real server
    return tmp_path / "cache"


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A folder with both small files, named by IMDB_DATA_DIR."""
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "imdb.npz").write_bytes(npz())
    (folder / "imdb_word_index.json").write_bytes(index())
    monkeypatch.setenv("IMDB_DATA_DIR", str(folder))
    return folder


def object_array(lists):
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def npz(**changes):
    """The bytes of a small imdb.npz; None leaves an array out, a list becomes an object array."""
    arrays = {"x_train": object_array(TRAIN), "y_train": np.array([1, 0, 1])}
    arrays |= {"x_test": object_array(TEST), "y_test": np.array([0, 1])}
    arrays |= {name: object_array(value) if type(value) is list else value for name, value in changes.items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: array for name, array in arrays.items() if array is not None})
    return stream.getvalue()


def index(words=WORDS):
    return json.dumps({word: rank for rank, word in enumerate(words, start=1)}).encode()


def with_member(name, content):
    """A small imdb.npz whose member `name` has these bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(npz())) as old, zipfile.ZipFile(stream, "w") as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return stream.getvalue()


def check(corpus):
    assert corpus.name == "imdb" and not corpus.synthetic and corpus.words == WORDS
    assert [corpus.train[i].tolist() for i in range(3)] == [[1, 4, 5, 7], [1, 8], [1]]
    assert [corpus.test[i].tolist() for i in range(2)] == [[1, 6, 6], [1, 5, 8]]
    assert corpus.train.labels.tolist() == [1, 0, 1] and corpus.test.labels.tolist() == [0, 1]
