"""Runs that were tested without training: a run's folder with the predictions that a test needs."""

import ended_runs
import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core import data
from imdb_core.runs import store


@pytest.fixture
def tested_run():
    """tested_run(probabilities=None, labels=None): a run that was tested on the demo reviews.

    Without `probabilities` they are drawn at random; without `labels` they are the corpus's labels.
    """

    def make(probabilities=None, labels=None, seed=0, **changes):
        run = store.create(configs.preset("cnn_lstm", dataset="demo", **changes), store.new_id())
        labels = data.load("demo").test.labels if labels is None else labels
        drawn = np.clip(np.random.default_rng(seed).normal(0.3 + 0.4 * labels, 0.25), 0, 1)
        probabilities = drawn if probabilities is None else probabilities
        np.savez(
            run.folder / "predictions.npz", test=np.asarray(probabilities, np.float32), test_labels=labels
        )
        return store.read(run.folder)

    return make


@pytest.fixture
def ended():
    """ended(loss=[...], ...): a run that ended, see ended_runs.ended."""
    return ended_runs.ended
