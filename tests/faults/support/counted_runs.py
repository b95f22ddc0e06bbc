"""Queued runs for the worker that only counts."""

from imdb_core import config as configs
from imdb_core.runs import store

PLAIN = {"network": "cnn_lstm", "dataset": "demo", "device": "cpu"}


def queued_run(**changes) -> store.Run:
    """A new run, queued; nobody starts it."""
    return store.create(configs.checked({**PLAIN, **changes}), store.new_id())
