"""The list of runs is filtered by words and choices, and ordered by every column."""

from pathlib import Path

import pytest

from imdb_core import config as configs
from imdb_core.runs import store
from imdb_core.runs.listing import ORDERS, Filter, Listing
from imdb_core.runs.names import display_names
from imdb_core.runs.run import Run
from ui.panels.run_filters import ORDER_TITLES


def made(network="lstm", *, accuracy=None, loss=0.5, events=(), dataset="demo", damaged=None, **changes):
    """A run as a list holds it, without files."""
    config = None if damaged else configs.preset(network).changed(dataset=dataset, **changes)
    run = Run(Path(store.new_id()), config, damaged)
    epochs = [{"epoch": 1, "val_loss": loss, "val_accuracy": accuracy}] if accuracy is not None else []
    events = [{"event": "finished", "test_accuracy": accuracy}, *events]
    run.__dict__.update(events=events, epochs=epochs, state="damaged" if damaged else "finished")
    return run


@pytest.fixture
def runs():
    return [
        made("lstm_dropout", name="third", accuracy=0.8, dropout=0.4, seed=20_000),
        made(
            "gru_attention",
            name="second",
            accuracy=0.9,
            events=[{"event": "tagged", "tags": ["For the Talk"]}],
        ),
        made(name="first", dataset="own-1a2b3c4d"),
        made(damaged="config.json is missing."),
    ]


def listing(runs):
    return Listing(runs, display_names({run.id: run for run in runs}))


def found(runs, order="-created", **wanted):
    return [runs.index(run) for run in listing(runs).chosen(Filter(**wanted), order)]


WORDS = {
    "": [0, 1, 2, 3],
    "THIRD": [0],
    "dropout 0.4": [0],
    "0.4 third": [0],
    "seed 20000": [0],
    "20,000": [0],
    "talk": [1],
    "deleted data set": [2],
    "missing": [3],
    "lstm": [0, 2],
    "nothing of this": [],
}


@pytest.mark.parametrize("words", WORDS)
def test_all_words_must_be_in_the_texts_of_a_run(words, runs):
    assert found(runs, words=words) == WORDS[words]
    assert found(runs, words=runs[3].id) == [3]


def test_choices_are_combined(runs):
    assert found(runs, state="finished") == [0, 1, 2] and found(runs, state="damaged") == [3]
    assert found(runs, network="lstm") == [2] and found(runs, dataset="demo") == [0, 1]
    assert found(runs, dataset="demo", network="lstm_dropout", words="third") == [0]
    assert found(runs, dataset="demo", network="lstm") == []


def test_runs_without_the_figure_come_last_in_both_directions(runs):
    assert found(runs, "-validation") == [1, 0, 2, 3] and found(runs, "validation") == [0, 1, 2, 3]
    assert found(runs, "-seed") == [0, 1, 2, 3] and found(runs, "seed") == [1, 2, 0, 3]
    assert found(runs, "name") == [3, 2, 1, 0] and found(runs, "-name") == [0, 1, 2, 3]


@pytest.mark.parametrize("order", ORDER_TITLES)
def test_every_order_of_the_page_lists_every_run_once(order, runs):
    assert sorted(found(runs, order)) == [0, 1, 2, 3]
    assert {order.removeprefix("-") for order in ORDER_TITLES} == set(ORDERS)
