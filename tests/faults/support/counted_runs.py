"""Queued runs for the worker that only counts."""

from imdb_core import config as configs
from imdb_core.runs import store

SETTINGS = {"network": "cnn_lstm", "dataset": "demo", "device": "cpu"}


def queued_run(**changes) -> store.Run:
    """A new run that is queued and that no worker has started."""
    return store.create(configs.checked({**SETTINGS, **changes}), store.new_id())
