"""The place of a queued run: its number, the run before it, and the time that the training run has left."""

from imdb_core import config as configs
from imdb_core.runs import queue, store
from tests.ended_runs import ended


def queued(name):
    return store.create(configs.preset("lstm", name=name), store.new_id())


def test_a_queued_run_knows_the_run_before_it(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path / "runs"))
    first, second = queued("first"), queued("second")
    listed = [second, first, ended()]
    assert queue.place(first, listed) == queue.Place(1, None, None)
    assert queue.place(second, listed) == queue.Place(2, "first", None)
    assert queue.place(ended(), listed) is None
