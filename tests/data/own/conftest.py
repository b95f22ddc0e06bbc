"""A cache folder of the test's own, and the reader without a process of its own."""

import pytest

from imdb_core.data.own import proposal, reader


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """An empty cache folder: no data set of another test is in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("IMDB_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def in_process(monkeypatch):
    """Read in this process: starting another one takes 0.3 s. tests/faults has the rows with a process."""

    def answer(request, progress):
        return reader.answer(request, progress or (lambda done, total: None))

    monkeypatch.setattr(proposal.bounded, "answer", answer)


@pytest.fixture
def table(tmp_path):
    """table(text, name): a file with this text."""

    def write(text, name="reviews.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write
