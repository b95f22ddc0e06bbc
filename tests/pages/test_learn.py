"""The page "The networks": each registered network with its layers and figures, and what differs."""

import json

import numpy as np
import pytest
from apptest import charts, coordinates, diagrams, errors, links, opened, queries, texts

from imdb_core import architectures, paths
from imdb_core.data import imdb
from imdb_core.evaluation import comparisons, tutorial_figures
from imdb_core.runs import layout
from imdb_core.scoring import models
from tests import networks
from ui.charts.layer_kinds import kind
from ui.formats import duration
from ui.panels.network_choice import MOST

NAMES = architectures.names()
TUTORIAL = architectures.tutorial_names()
PRETRAINED = {model.run.network: model for model in models.pretrained()}
MEASURED = [name for name in NAMES if name in PRETRAINED or name in TUTORIAL]


@pytest.fixture(scope="module")
def page(tmp_path_factory, cache_folder):
    """The page as it opens, for all tests that only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMDB_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("IMDB_CACHE_DIR", str(cache_folder))
        return opened("learn")


@pytest.fixture
def nothing_pretrained(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")


@pytest.fixture
def sixth_network():
    """A network registered like any other, with nothing said elsewhere."""

    def sixth(x, layers, *, units, pool_size):
        return layers.LSTM(units)(layers.MaxPooling1D(pool_size)(x))

    facts = {"title": "Two LSTMs' <sum>", "in_plain_words": "Averages nothing at all."}
    with networks.registered(sixth, **facts):
        yield


@pytest.mark.parametrize("name", NAMES)
def test_each_network_has_its_layers_words_figures_and_links(name):
    app, network = opened("learn", network=name), architectures.get(name)
    assert network.in_plain_words in texts(app) and network.teaches in texts(app)
    [(boxes, shapes, alt)] = diagrams(app)
    [studied] = tutorial_figures.networks([name])
    assert len(boxes) == len(studied.layers) + 1 == len(shapes)
    for row, box in zip(studied.layers, boxes[1:], strict=True):
        shape = " × ".join(f"{size:,}" for size in row.output_shape[1:])
        learned = f"{row.parameters:,} parameters" if row.parameters else "nothing to learn"
        for part in (row.type, shape, learned):
            assert part in box and part in alt
    assert f"Parameters: **{studied.parameters:,}**" in texts(app)
    shown = queries(app)
    if studied.run:
        assert shown["Type with it"] == f"model=pretrained%2F{studied.run.id}"
        assert shown["Watch its curves"] == f"run=pretrained%2F{studied.run.id}"
        assert shown["Train a variant"] == f"from=pretrained%2F{studied.run.id}"
    else:
        assert shown["Train it"] == f"network={name}" and "No pretrained network" in texts(app)


def test_the_page_opens_with_one_network_and_offers_all(page):
    assert len(diagrams(page)) == 1
    offered = [option.content for group in page.get("button_group") for option in group.proto.options]
    assert sorted(text.replace("\\", "") for text in offered) == sorted(
        architectures.get(name).title for name in architectures.all_names()
    )
    labels = [group.label for group in page.get("button_group")]
    assert labels == ["From the tutorials", "Beyond the tutorials", "Learning without labels"]


def test_boxes_follow_each_other_downwards_and_no_box_has_the_colour_of_a_class_or_run():
    for name in NAMES:
        for figure, alt in charts(opened("learn", network=name)):
            if alt.startswith("Layers of"):
                shapes = figure["layout"]["shapes"]
                bottoms = [shape["y1"] for shape in shapes]
                assert all(bottom < shape["y0"] for bottom, shape in zip(bottoms, shapes[1:], strict=False))
                assert figure["layout"]["yaxis"]["range"] == [figure["layout"]["height"], 0]
                assert {shape["line"]["color"] for shape in shapes} == {"#7F7F7F"}


def test_kinds_of_layers_have_different_outlines(page):
    [(_, shapes, _)] = diagrams(opened("learn", network="cnn_lstm_dense"))
    [studied] = tutorial_figures.networks(["cnn_lstm_dense"])
    looks = {
        kind(layer.type).name: (shape["line"]["dash"], shape["line"]["width"], shape["fillcolor"])
        for layer, shape in zip(studied.layers, shapes[1:], strict=True)
    }
    assert len(looks) == len(set(looks.values())) == len({kind(layer.type) for layer in studied.layers})


@pytest.mark.parametrize("name", PRETRAINED)
def test_the_figures_are_those_of_the_pretrained_run_and_its_predictions(name):
    model, network = PRETRAINED[name], architectures.get(name)
    with np.load(model.folder / layout.PREDICTIONS) as saved:
        right = (saved["test"] > 0.5) == (saved["test_labels"] == 1)
    low, high = comparisons.wilson_interval(int(right.sum()), len(right))
    text = texts(opened("learn", network=name))
    assert f"Accuracy here: **{100 * right.mean():.2f} % ({100 * low:.2f} to {100 * high:.2f} %)**" in text
    assert duration(model.run.training_seconds) in text and duration(model.run.epoch_seconds) in text
    published = f"Published accuracy: **{100 * (network.published or 0):.2f} %**"
    assert (published in text) == (network.published is not None)


def test_an_unknown_network_in_the_link_gives_a_sentence_and_the_first_network():
    app = opened("learn", network="**nonsense**,lstm")
    assert "There is no network **nonsense** here" in errors(app)[0] and len(diagrams(app)) == 1


def test_the_chart_shows_published_and_measured_accuracy_with_intervals(page):
    [(figure, alt)] = [(figure, alt) for figure, alt in charts(page) if alt.startswith("Test accuracy")]
    published, measured = figure["data"][:2]
    assert coordinates(published["x"]) == [architectures.get(name).published for name in TUTORIAL]
    rows = dict(zip(MEASURED, range(len(MEASURED) - 1, -1, -1), strict=True))
    assert coordinates(published["y"]) == [rows[name] for name in TUTORIAL]
    here = [each for each in tutorial_figures.networks(MEASURED) if each.run]
    assert coordinates(measured["y"]) == [rows[each.network.name] for each in here]
    for network, accuracy, above in zip(
        here, coordinates(measured["x"]), coordinates(measured["error_x"]["array"]), strict=True
    ):
        assert accuracy == network.accuracy and accuracy + above == pytest.approx(network.interval[1])
        assert f"here {100 * accuracy:.2f} %" in alt.split(f"{network.title} ")[1]
    without = [architectures.get(name).title for name in NAMES if name not in MEASURED]
    assert f"No figure yet: {', '.join(without)};" in texts(page)


def test_the_explanations_use_the_figures_of_the_runs(page):
    studied = tutorial_figures.networks(NAMES)
    runs = {network.network.name: network.run for network in studied if network.run}
    growth = {name: run.epochs[-1]["val_loss"] - run.best["val_loss"] for name, run in runs.items()}
    worst = runs[max(growth, key=growth.get)]
    assert f"grew from {worst.best['val_loss']:.3f} to {worst.epochs[-1]['val_loss']:.3f}" in texts(page)
    early = sum(run.best["epoch"] < len(run.epochs) for run in runs.values())
    assert f"before the last one in {early} of {len(runs)} runs" in texts(page)
    better, worse, _ = tutorial_figures.most_alike(studied)
    pair = comparisons.pair(better.run, worse.run)
    assert f"{better.title} alone is right on {pair.only_first:,} of {pair.reviews:,}" in texts(page)


def test_the_steps_of_the_lstm_tell_that_pooling_shortens_the_sequence():
    steps = {network.network.name: network.steps for network in tutorial_figures.networks(TUTORIAL)}
    assert steps["lstm"] == 500 and steps["cnn_lstm"] == 250 and steps["cnn_lstm_dense"] == 50


@pytest.mark.parametrize("chosen", [NAMES[0], ",".join(NAMES[:MOST])])
def test_without_pretrained_networks_measured_figures_are_left_out(nothing_pretrained, chosen):
    app = opened("learn", network=chosen)
    for left_out in ("An epoch took", "alone is right on", "came before the last one", "stands for", "nan"):
        assert left_out not in texts(app)
    [chart] = [figure for figure, alt in charts(app) if alt.startswith("Test accuracy")]
    assert not coordinates(chart["data"][1]["x"]) and len(coordinates(chart["data"][0]["x"])) == len(TUTORIAL)
    assert not any("pretrained" in query for _, _, query in links(app))


@pytest.mark.parametrize("chosen", ["sixth", "lstm,sixth"])
def test_a_newly_registered_network_appears_by_itself_and_its_title_is_text(sixth_network, chosen):
    app = opened("learn", network=chosen)
    assert "Two LSTMs' <sum>" in texts(app) and "Averages nothing at all." in texts(app)
    assert queries(app)["Train it"] == "network=sixth"
    assert not any(
        "<sum>" in note["text"] for figure, _ in charts(app) for note in figure["layout"]["annotations"]
    )
    assert "250" in texts(app)  # the steps of its LSTM


def test_a_computed_baseline_is_a_dashed_line_and_a_sentence(monkeypatch, tmp_path):
    if not imdb.available():
        pytest.skip("the IMDB reviews are not on this machine")
    fingerprint = imdb.fingerprint()
    row = {
        "dataset": "imdb",
        "fingerprint": fingerprint,
        "test_accuracy": 0.9012,
        "test_reviews": 25000,
        "train_reviews": 25000,
    }
    row |= {"c": 10, "fit_seconds": 60.0, "versions": {}, "when": "2026-01-01"}
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path))
    assert "dashed line" not in charts(opened("learn"))[-1][1]
    (tmp_path / f"baseline-imdb-{fingerprint[:16]}.json").write_text(json.dumps(row))
    app = opened("learn")
    figure, alt = charts(app)[-1]
    line = figure["data"][-1]
    assert (
        coordinates(line["x"]) == [0.9012, 0.9012]
        and line["line"]["dash"] == "dash"
        and "TF-IDF baseline 90.1 %" in alt
    )
    assert "90.12 % of the same 25,000 test reviews" in texts(app)
