"""The chart of the probe texts and its text alternative begin with the untrained network, if it was asked."""

import pytest

from imdb_core.runs import store
from tests.recorded_runs import after_metrics, metrics_row
from ui.charts.probes import probe_curves, probes_text


@pytest.fixture
def run(tiny):
    """A run with two probe texts and one epoch."""
    run = store.create(tiny(), store.new_id())
    scored = {"kind": "probes", "epoch": 1, "probes": [0.9, 0.2]}
    return after_metrics(run, metrics_row("epoch", 1, val_loss=0.6), scored)


@pytest.fixture
def asked_before(run):
    return after_metrics(run, {"kind": "probes", "epoch": 0, "probes": [0.52, 0.47]})


def test_the_curves_begin_with_the_untrained_network(asked_before):
    first, second = probe_curves(asked_before).data[:2]
    assert (list(first.x), list(first.y)) == ([0, 1], [0.52, 0.9])
    assert list(second.y) == [0.47, 0.2]
    assert probe_curves(asked_before).layout.xaxis.range[0] < 0


def test_a_run_of_an_earlier_version_begins_with_its_first_epoch(run):
    assert list(probe_curves(run).data[0].x) == [1]
    assert probe_curves(run).layout.xaxis.range[0] > 0
    assert "before training" not in probes_text(run)


def test_the_text_alternative_says_what_the_untrained_network_thought(asked_before):
    words = probes_text(asked_before)
    assert "before training: 52% positive, 47% positive; last: 90% positive, 20% positive." in words


def test_before_the_first_epoch_the_text_alternative_has_the_untrained_network_only(tiny):
    run = store.create(tiny(), store.new_id())
    run = after_metrics(run, {"kind": "probes", "epoch": 0, "probes": [0.52, 0.47]})
    words = probes_text(run)
    assert "before training: 52% positive, 47% positive; last: no epoch done yet." in words
