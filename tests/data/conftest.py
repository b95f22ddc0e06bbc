"""A small pair of Keras's IMDB files for the tests of parsing, converting and downloading."""

from types import SimpleNamespace

import pytest
from small_imdb import check, index, npz, with_member


@pytest.fixture
def small():
    """npz(**changes), index() and with_member(name, content) make files; check(corpus) checks a corpus."""
    return SimpleNamespace(npz=npz, index=index, with_member=with_member, check=check)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    monkeypatch.setenv("IMDB_BASE_URL", "http://127.0.0.1:9")  # no test may reach the real server
    return tmp_path / "cache"


@pytest.fixture
def user_folder(tmp_path, monkeypatch):
    """A folder with both small files, named by IMDB_DATA_DIR."""
    folder = tmp_path / "user_folder"
    folder.mkdir()
    (folder / "imdb.npz").write_bytes(npz())
    (folder / "imdb_word_index.json").write_bytes(index())
    monkeypatch.setenv("IMDB_DATA_DIR", str(folder))
    return folder
