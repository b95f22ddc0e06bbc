"""Watch it learn: the views of a run's epochs, on the page "Watch a run"."""

import json

import numpy as np
import pytest
from apptest import components, errors, opened, texts

from imdb_core.data.reviews import Reviews
from imdb_core.inside import learning, map_files, memory_map, recurrent
from imdb_core.inside.learning import BINS, Layer, Learning
from imdb_core.runs import layout, store
from tests.faults.support.sample_runs import finished_run, trained_copy
from tests.random_lstm import UNITS, lstm
from ui.charts.learning import answer_spread
from ui.panels.watch_it_learn import VIEWS

PROBES = ("a superb film", "boring from start to end")


def numbers(epoch=1, *, classes=2, shrinks=0.9, **changes):
    """The numbers of an epoch whose gradient shrinks by this factor at each word."""
    facts = {
        "texts": 32,
        "layers": [
            Layer(layer="Embedding", array="embeddings", numbers=9, weights=0.02 * epoch, gradients=1e-4),
            Layer(layer="LSTM", array="kernel", numbers=9, weights=0.1, gradients=None),
        ],
        "by_distance": [0.5 * shrinks**place for place in range(100)],
        "probabilities": [[10, *[0] * (BINS - 1)], *[[*[0] * (BINS - 1), 30 * epoch]] * (classes - 1)],
    }
    return Learning(**(facts | changes))


def with_numbers(run, **changes):
    for row in run.epochs:
        learning.write(run.folder, row["epoch"], numbers(row["epoch"], **changes))
    return run


def shown(app):
    """The figures of the section's charts, by the revision that names them."""
    figures = [json.loads(part["figure"]) for part in components(app, "chart")]
    return {figure["layout"].get("uirevision"): figure for figure in figures}


def watched(run, **query):
    return opened("watch", run=run.id, learning="true", **query)


def test_nothing_is_read_while_the_section_is_closed(monkeypatch):
    run = with_numbers(finished_run())
    monkeypatch.setattr(learning, "of_epoch", lambda *_: pytest.fail("read"))
    monkeypatch.setattr(learning, "exists", lambda *_: pytest.fail("looked for"))
    app = opened("watch", run=run.id)
    assert not app.toggle(key="learning").value and len(shown(app)) == 1


@pytest.mark.parametrize("active", [False, True])
def test_the_slider_stands_at_the_best_epoch_of_an_ended_run_and_else_at_the_newest(monkeypatch, active):
    run = with_numbers(finished_run(epochs=3))
    rows = [{**row, "val_loss": loss} for row, loss in zip(run.epochs, (0.5, 0.3, 0.4), strict=True)]
    (run.folder / layout.METRICS).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    if active:
        monkeypatch.setattr(store.Run, "active", True)
    shows = 90 if active else 60
    assert shown(watched(run, view="answers"))["answer-spread"]["data"][1]["y"][-1] == shows


def test_the_slider_follows_the_newest_epoch_until_it_is_moved():
    run = with_numbers(finished_run(epochs=2))
    app = watched(run, view="answers")
    assert shown(app)["answer-spread"]["data"][1]["y"][-1] == 60
    assert "for 100% of the 70 validation" in texts(app)
    learning.write(run.folder, 3, numbers(3))
    row = {**run.epochs[-1], "epoch": 3, "val_loss": run.epochs[-1]["val_loss"] / 2}
    with (run.folder / layout.METRICS).open("a") as file:
        file.write(json.dumps(row) + "\n")
    app.run()
    assert shown(app)["answer-spread"]["data"][1]["y"][-1] == 90
    app.select_slider(key="epoch-slider").set_value(1).run()
    assert shown(app)["answer-spread"]["data"][1]["y"][-1] == 30
    learning.write(run.folder, 4, numbers(4))
    with (run.folder / layout.METRICS).open("a") as file:
        file.write(json.dumps(row | {"epoch": 4}) + "\n")
    app.run()
    assert shown(app)["answer-spread"]["data"][1]["y"][-1] == 30 and not app.exception


def test_the_sizes_stand_in_the_order_of_the_layers_with_the_first_epoch_beside_them():
    app = watched(with_numbers(finished_run()), view="sizes")
    first, now, *gradients = shown(app)["layer-sizes"]["data"]
    assert now["y"] == ["1. Embedding: embeddings", "2. LSTM: kernel"]
    assert first["x"][0] == 0.02 and now["x"] == [0.06, 0.1] and gradients[1]["x"] == [1e-4, None]
    assert "those of 32 validation reviews" in texts(app)


def test_two_networks_are_compared_by_how_far_back_their_gradients_reach():
    run = with_numbers(finished_run("short memory"), shrinks=0.8)
    other = trained_copy("lstm")
    learning.write(other.folder, other.best["epoch"], numbers(shrinks=0.99))
    app = watched(run, view="reach")
    assert len(shown(app)["gradient-reach"]["data"]) == 1
    assert "At word 50 from the end, the gradient is 1 part in 56," in texts(app)
    app.selectbox(key="with-option").set_value(other.id).run()
    first, second = shown(app)["gradient-reach"]["data"]
    assert first["y"][1] == pytest.approx(0.8) and second["y"][1] == pytest.approx(0.99)
    assert shown(app)["gradient-reach"]["layout"]["yaxis"]["type"] == "log"
    assert "At word 50 from the end" in texts(app) and "61% in “LSTM" in texts(app)
    assert "So “LSTM" in texts(app) and other.id in app.query_params["with"]


def test_a_gradient_of_zero_is_said_and_has_no_point():
    run = with_numbers(finished_run(), by_distance=[0.5, 0.0, None])
    app = watched(run, view="reach")
    assert shown(app)["gradient-reach"]["data"][0]["y"] == [1, None, None]
    run = with_numbers(finished_run(), by_distance=[])
    [error] = errors(watched(run, view="reach"))
    assert "needs TensorFlow" in error


def test_the_map_of_the_words_moves_with_the_slider():
    run = with_numbers(trained_copy("cnn_lstm_dense"))
    app = watched(run, view="words")
    words = shown(app)["word-map"]
    assert len(words["data"]) == 2 and not words["layout"]["meta"]["words"]
    app.select_slider(key="epoch-slider").set_value(1).run()
    assert shown(app)["word-map"]["data"][0]["x"] != words["data"][0]["x"] and not errors(app)


def trained_so_far(probes=PROBES, epochs=2):
    """A run without an end and without model.json: `epochs` epochs of a small LSTM with random weights."""
    sizes = {"vocabulary_size": 100, "review_length": 30, "units": UNITS, "embedding_size": 4}
    run = finished_run(network="lstm", epochs=epochs, probes="\n".join(probes), **sizes)
    store.record(run.folder, "queued", resumed=True)
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    content = lstm(run.config.classes)
    layer = recurrent.find(content)
    words = np.random.default_rng(1).integers(4, 100, (40, 8))
    reviews = Reviews.from_lists(words.tolist(), [number % 2 for number in range(40)])
    for row in run.epochs:
        path = run.folder / layout.epoch_model(row["epoch"])
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        made = memory_map.make(layer, reviews, run.config, training=80)
        map_files.write(run.folder, row["epoch"], made)
    return store.read(run.folder)


def test_a_run_that_is_still_trained_shows_its_words_and_the_paths_of_its_probes():
    run = trained_so_far()
    assert not run.has_model
    app = watched(run, view="paths")
    lines = {trace["name"]: trace for trace in shown(app)["memory-paths"]["data"]}
    assert set(PROBES) <= lines.keys() and not errors(app)
    assert [len(lines[text]["x"]) for text in PROBES] == [1 + len(text.split()) for text in PROBES]
    assert "no words" not in texts(app)
    app = watched(run, view="words")
    assert len(shown(app)["word-map"]["data"]) == 2 and "after the newest epoch" in texts(app)


def test_a_model_of_a_running_training_is_checked_as_any_other(monkeypatch):
    run = trained_so_far(epochs=1)
    (run.folder / layout.epoch_model(1)).write_bytes(b"no model")
    assert "cannot be used" in errors(watched(run, view="words"))[0]


def test_a_run_of_an_earlier_version_says_what_is_missing_and_how_to_get_it():
    run = trained_copy("lstm")
    app = watched(run, view="answers", epoch="1")
    assert "has no measured sizes" in errors(app)[0] and "Train the run again" in errors(app)[0]
    assert not errors(watched(run, view="words"))
    assert "No epoch of this run has a stored network" in texts(watched(finished_run()))


def test_a_damaged_file_is_a_sentence():
    run = with_numbers(finished_run(epochs=1))
    (run.folder / layout.learning(1)).write_text("{}", "utf-8")
    [error] = errors(watched(run, view="answers"))
    assert "cannot be used" in error and "Train the run again" in error


def test_three_classes_show_the_probability_of_the_true_class():
    figure = answer_spread(numbers(2, classes=3), ("a", "b", "c"))
    assert list(figure.data[0].y) == [10, *[0] * 18, 120] and len(figure.data) == 1


@pytest.mark.parametrize("view", VIEWS)
def test_each_chart_has_a_name_for_screen_readers(view):
    run = with_numbers(trained_copy("lstm"))
    app = watched(run, view=view if VIEWS[view].is_for(run.config) else "answers")
    [chart] = components(app, "chart")[2:]
    assert len(chart["alt"]) > 30 and not errors(app)
