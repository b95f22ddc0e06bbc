"""The Learn page: every registered network with its layers and figures, and what their differences teach."""

import json

import numpy as np
import pytest
from apptest import charts, coordinates, links, opened, texts

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.data import imdb
from imdb_core.evaluation import comparisons, tutorial_figures
from imdb_core.runs import layout
from imdb_core.scoring import models
from tests import networks
from ui.formats import duration

TUTORIAL = architectures.tutorial_names()
BEYOND = [name for name in architectures.names() if name not in TUTORIAL]
PRETRAINED = {model.run.network: model for model in models.pretrained()}
PRETRAINED_BEYOND = [PRETRAINED[name] for name in BEYOND if name in PRETRAINED]


@pytest.fixture(scope="module")
def page(tmp_path_factory, cache_folder):
    """The Learn page, opened once for all tests that only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMDB_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("IMDB_CACHE_DIR", str(cache_folder))
        return opened("learn")


def card(app, title):
    """The figures under the network's title."""
    blocks = [element.value.replace("\\", "") for element in app.markdown]
    return blocks[blocks.index(f":small[**{title}**]") + 1]


@pytest.fixture
def nothing_pretrained(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")


@pytest.fixture
def sixth_network():
    """A network registered like any other, with nothing said elsewhere."""

    def sixth(x, layers, *, units, pool_size):
        return layers.LSTM(units)(layers.MaxPooling1D(pool_size)(x))

    facts = {"title": "Two LSTMs' <sum>", "published": 0.5, "in_plain_words": "Averages nothing at all."}
    with networks.registered(sixth, **facts):
        yield


@pytest.mark.parametrize("name", TUTORIAL)
def test_every_network_is_there_with_its_layers_and_words(name, page):
    network = architectures.get(name)
    assert network.in_plain_words in texts(page) and network.teaches and network.teaches in texts(page)
    [(diagram, alt)] = [
        (figure, alt) for figure, alt in charts(page) if alt.startswith(f"Layers of {network.title} from")
    ]
    rows = architectures.layer_table(configs.preset(name))
    boxes = [note["text"] for note in diagram["layout"]["annotations"] if note["text"]]
    assert len(boxes) == len(rows) + 1 == len(diagram["layout"]["shapes"])
    for row, box in zip(rows, boxes[1:], strict=True):
        shape = " × ".join(f"{size:,}" for size in row.output_shape[1:])
        for part in (
            row.type,
            shape,
            f"{row.parameters:,} parameters" if row.parameters else "nothing to learn",
        ):
            assert part in box and part in alt


@pytest.mark.parametrize("name", BEYOND)
def test_a_network_beyond_the_tutorials_is_described_with_its_layers(name, page):
    network, config = architectures.get(name), configs.preset(name)
    text = texts(page).split("Other networks for the same question")[1]
    assert network.in_plain_words in text and network.teaches in text
    rows = architectures.layer_table(config)
    assert (
        f"{sum(row.parameters for row in rows):,} parameters · {' · '.join(row.type for row in rows)}" in text
    )


def test_boxes_follow_each_other_downwards_and_end_at_one_height(page):
    ends = set()
    for figure, alt in charts(page):
        if alt.startswith("Layers of"):
            tops = [shape["y0"] for shape in figure["layout"]["shapes"]]
            bottoms = [shape["y1"] for shape in figure["layout"]["shapes"]]
            assert all(bottom < top for bottom, top in zip(bottoms, tops[1:], strict=False))
            assert figure["layout"]["yaxis"]["range"] == [figure["layout"]["height"], 0]
            ends.add(round(bottoms[-1], 3))
    assert len(ends) == 1


@pytest.mark.parametrize(
    "model", [PRETRAINED[name] for name in BEYOND if name in PRETRAINED], ids=lambda model: model.key
)
def test_a_network_beyond_the_tutorials_tells_its_test_accuracy_and_can_be_tried(model, page):
    sentence = f"right on {100 * model.run.test_accuracy:.2f} % of the test reviews"
    assert any(sentence in str(caption.value) for caption in page.caption)
    assert any(asked == f"model=pretrained%2F{model.folder.name}" for _, _, asked in links(page))


@pytest.mark.parametrize("model", map(PRETRAINED.get, TUTORIAL), ids=lambda model: model.key)
def test_the_figures_are_those_of_the_pretrained_run_and_its_predictions(model, page):
    network = architectures.get(model.run.network)
    with np.load(model.folder / layout.PREDICTIONS) as saved:
        right = (saved["test"] > 0.5) == (saved["test_labels"] == 1)
    low, high = comparisons.wilson_interval(int(right.sum()), len(right))
    text = card(page, network.title)
    assert (
        f"Published: **{100 * network.published:.2f} %**" in text
        and f"Here: **{100 * right.mean():.2f} %**" in text
    )
    assert f"{100 * low:.2f} to {100 * high:.2f} %" in text and duration(model.run.training_seconds) in text
    for script, query in (("classify", "model"), ("watch", "run"), ("train", "from")):
        expected = f"{query}=pretrained%2F{model.folder.name}"
        assert any(place in ("", script) and asked == expected for _, place, asked in links(page)), script


def test_the_chart_shows_published_and_measured_accuracy_with_intervals(page):
    [(figure, alt)] = [(figure, alt) for figure, alt in charts(page) if alt.startswith("Test accuracy")]
    published, measured = figure["data"][:2]
    assert coordinates(published["x"]) == [architectures.get(name).published for name in TUTORIAL]
    for network, row, accuracy, above in zip(
        tutorial_figures.networks(TUTORIAL),
        coordinates(measured["y"]),
        coordinates(measured["x"]),
        coordinates(measured["error_x"]["array"]),
        strict=True,
    ):
        assert accuracy == network.accuracy and accuracy + above == pytest.approx(network.interval[1])
        assert row == coordinates(published["y"])[TUTORIAL.index(network.network.name)]
        published_text = f"{network.title} published {100 * network.network.published:.2f} %"
        assert f"{published_text}, here {100 * accuracy:.2f} %" in alt


def test_the_sentences_on_differences_use_the_figures_of_runs_and_registry(page):
    studied = tutorial_figures.networks(TUTORIAL)
    runs = {network.network.name: network.run for network in studied}
    first = studied[0]
    for network in studied:
        assert f"{network.parameters:,} parameters" in texts(page)
        if network.steps != network.config.review_length:
            assert f"its LSTM takes {network.steps:,} steps, {first.title}'s {first.steps:,}" in texts(page)
    growth = {name: run.epochs[-1]["val_loss"] - run.best["val_loss"] for name, run in runs.items()}
    worst = runs[max(growth, key=growth.get)]
    assert f"grew from {worst.best['val_loss']:.3f} to {worst.epochs[-1]['val_loss']:.3f}" in texts(page)
    early = sum(run.best["epoch"] < len(run.epochs) for run in runs.values())
    assert f"before the last one in {early} of {len(runs)} runs" in texts(page)
    p_values = comparisons.holm([comparisons.pair(network.run, first.run).p for network in studied[1:]])
    for p in p_values:
        shown = (
            f"p {'<' if p < 0.001 else '='} {max(p, 0.001):.3f}, corrected for {len(p_values)} comparisons"
        )
        assert f"{first.title} on {100 * first.accuracy:.2f} %: {shown}" in texts(page)


def test_the_card_says_that_pooling_shortens_the_sequence_of_the_lstm():
    steps = {network.network.name: network.steps for network in tutorial_figures.networks(TUTORIAL)}
    assert steps["lstm"] == 500 and steps["cnn_lstm"] == 250 and steps["cnn_lstm_dense"] == 50


def test_without_pretrained_networks_the_page_says_so_and_leaves_out_measured_figures(nothing_pretrained):
    app = opened("learn")
    assert "There is no pretrained network" in app.info[0].value
    for name in TUTORIAL:
        assert "Here: **no pretrained network**" in card(app, architectures.get(name).title)
    for left_out in ("An epoch took", "alone is right on", "came before the last one", "stands for"):
        assert left_out not in texts(app)
    [chart] = [figure for figure, alt in charts(app) if alt.startswith("Test accuracy")]
    assert not coordinates(chart["data"][1]["x"]) and len(coordinates(chart["data"][0]["x"])) == len(TUTORIAL)
    assert not any("pretrained" in query for _, _, query in links(app))


def test_a_newly_registered_network_appears_by_itself_and_its_title_is_text(sixth_network):
    app = opened("learn")
    assert "the 6 networks" in app.title[0].value and "Two LSTMs' <sum>" in texts(app)
    assert not any(
        "<sum>" in note["text"] for figure, _ in charts(app) for note in figure["layout"]["annotations"]
    )
    assert "its LSTM takes 250 steps" in texts(app).split("Two LSTMs' <sum>.")[1]


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
