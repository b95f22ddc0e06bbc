"""The Learn page: every registered network with its layers and figures, and what their differences teach."""

import base64
import json

import apptest
import numpy as np
import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.data import imdb
from imdb_core.evaluation import comparisons, tutorial_figures
from imdb_core.scoring import models
from ui import charts, words


def opened(script="learn", **query):
    return apptest.opened(script, **query)


def figures(app):
    """(figure, text alternative) of each chart of the page."""
    parts = [
        json.loads(part.proto.json)
        for part in app.get("bidi_component")
        if part.proto.component_name == "chart"
    ]
    return [(json.loads(part["figure"]), part["alt"]) for part in parts]


def values(coordinates):
    """What plotly wrote, as numbers: a list, or packed bytes of an array."""
    if isinstance(coordinates, dict):
        return np.frombuffer(base64.b64decode(coordinates["bdata"]), coordinates["dtype"]).tolist()
    return coordinates


def said(app):
    """What the page says as text, without Markdown's escapes."""
    return "\n".join(
        element.value for element in (*app.title, *app.markdown, *app.caption, *app.info)
    ).replace("\\", "")


def links(app):
    """(page, query) of each link of the page's body."""
    return [(link.proto.page, link.proto.query_string) for link in app.get("page_link")]


def card(app, title):
    """The figures under the network's title."""
    told = [element.value.replace("\\", "") for element in app.markdown]
    return told[told.index(f":small[**{title}**]") + 1]


@pytest.fixture
def nothing_pretrained(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")


@pytest.fixture
def sixth_network(monkeypatch):
    """A network registered like any other, with nothing said elsewhere."""
    monkeypatch.setattr(architectures.registry, "_registry", dict(architectures.registry._registry))

    @architectures.architecture("Two LSTMs' <sum>", published=0.5, in_plain_words="Averages nothing at all.")
    def sixth(x, layers, *, units, pool_size):
        return layers.LSTM(units)(layers.MaxPooling1D(pool_size)(x))


@pytest.mark.parametrize("name", architectures.tutorial_names())
def test_every_network_is_there_with_its_layers_and_words(name):
    app, network = opened(), architectures.get(name)
    assert network.in_plain_words in said(app) and network.teaches and network.teaches in said(app)
    [(diagram, alt)] = [
        (figure, alt) for figure, alt in figures(app) if alt.startswith(f"Layers of {network.title} from")
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


@pytest.mark.parametrize(
    "name", [name for name in architectures.names() if name not in architectures.tutorial_names()]
)
def test_a_network_beyond_the_tutorials_is_told_in_words_with_its_layers(name):
    network, config = architectures.get(name), configs.preset(name)
    told = said(opened()).split("Other ideas for the same question")[1]
    assert network.in_plain_words in told and network.teaches in told
    rows = architectures.layer_table(config)
    assert (
        f"{sum(row.parameters for row in rows):,} parameters · {' · '.join(row.type for row in rows)}" in told
    )


def test_boxes_follow_each_other_downwards_and_end_at_one_height():
    ends = set()
    for figure, alt in figures(opened()):
        if alt.startswith("Layers of"):
            tops = [shape["y0"] for shape in figure["layout"]["shapes"]]
            bottoms = [shape["y1"] for shape in figure["layout"]["shapes"]]
            assert all(bottom < top for bottom, top in zip(bottoms, tops[1:], strict=False))
            assert figure["layout"]["yaxis"]["range"] == [figure["layout"]["height"], 0]
            ends.add(round(bottoms[-1], 3))
    assert len(ends) == 1


PRETRAINED = {model.run.network: model for model in models.pretrained()}
BEYOND = [model for name, model in PRETRAINED.items() if name not in architectures.tutorial_names()]


@pytest.mark.parametrize("model", BEYOND, ids=lambda model: model.key)
def test_a_network_beyond_the_tutorials_tells_its_test_accuracy_and_can_be_tried(model):
    app = opened()
    said = f"{100 * model.run.test_accuracy:.2f} % of the test reviews right here"
    assert any(said in str(caption.value) for caption in app.caption)
    assert any(asked == f"model=pretrained%2F{model.folder.name}" for _, asked in links(app))


@pytest.mark.parametrize(
    "model", map(PRETRAINED.get, architectures.tutorial_names()), ids=lambda model: model.key
)
def test_the_figures_are_those_of_the_pretrained_run_and_its_predictions(model):
    app, network = opened(), architectures.get(model.run.network)
    with np.load(model.folder / "predictions.npz") as saved:
        right = (saved["test"] > 0.5) == (saved["test_labels"] == 1)
    low, high = comparisons.wilson_interval(int(right.sum()), len(right))
    told = card(app, network.title)
    assert (
        f"Published: **{100 * network.published:.2f} %**" in told
        and f"Here: **{100 * right.mean():.2f} %**" in told
    )
    assert (
        f"{100 * low:.2f} to {100 * high:.2f} %" in told
        and words.duration(model.run.training_seconds) in told
    )
    for page, query in (("classify", "model"), ("watch", "run"), ("train", "from")):
        expected = f"{query}=pretrained%2F{model.folder.name}"
        assert any(place in ("", page) and asked == expected for place, asked in links(app)), (
            page,
            links(app),
        )


def test_the_chart_shows_published_and_measured_accuracy_with_intervals():
    figure, alt = next((figure, alt) for figure, alt in figures(opened()) if alt.startswith("Test accuracy"))
    published, here = figure["data"][:2]
    assert values(published["x"]) == [
        architectures.get(name).published for name in architectures.tutorial_names()
    ]
    for one, row, accuracy, above in zip(
        tutorial_figures.networks(architectures.tutorial_names()),
        values(here["y"]),
        values(here["x"]),
        values(here["error_x"]["array"]),
        strict=True,
    ):
        assert accuracy == one.accuracy and accuracy + above == pytest.approx(one.interval[1])
        assert row == values(published["y"])[architectures.tutorial_names().index(one.network.name)]
        assert (
            f"{one.title} published {100 * one.network.published:.2f} %, here {100 * accuracy:.2f} %" in alt
        )


def test_what_the_differences_teach_is_counted_from_runs_and_registry():
    app, studied = opened(), tutorial_figures.networks(architectures.tutorial_names())
    runs = {one.network.name: one.run for one in studied}
    first = studied[0]
    for one in studied:
        assert f"{one.parameters:,} parameters" in said(app)
        if one.steps != one.config.review_length:
            assert f"its LSTM takes {one.steps:,} steps, {first.title}'s {first.steps:,}" in said(app)
    growth = {name: run.epochs[-1]["val_loss"] - run.best["val_loss"] for name, run in runs.items()}
    worst = runs[max(growth, key=growth.get)]
    assert f"grew from {worst.best['val_loss']:.3f} to {worst.epochs[-1]['val_loss']:.3f}" in said(app)
    early = sum(run.best["epoch"] < len(run.epochs) for run in runs.values())
    assert f"before the last one in {early} of {len(runs)} runs" in said(app)
    p_values = comparisons.holm([comparisons.pair(one.run, first.run).p for one in studied[1:]])
    for p in p_values:
        shown = (
            f"p {'<' if p < 0.001 else '='} {max(p, 0.001):.3f}, corrected for {len(p_values)} comparisons"
        )
        assert f"{first.title} on {100 * first.accuracy:.2f} %: {shown}" in said(app)


def test_pooling_makes_the_way_of_the_lstm_shorter():
    steps = {one.network.name: one.steps for one in tutorial_figures.networks(architectures.tutorial_names())}
    assert steps["lstm"] == 500 and steps["cnn_lstm"] == 250 and steps["cnn_lstm_dense"] == 50


def test_without_pretrained_networks_the_page_says_so_and_leaves_out_what_was_measured(nothing_pretrained):
    app = opened()
    assert "No pretrained network is here" in app.info[0].value
    for name in architectures.tutorial_names():
        assert "Here: **no pretrained network**" in card(app, architectures.get(name).title)
    for left_out in ("An epoch took", "alone is right on", "came before the last one", "stands for"):
        assert left_out not in said(app)
    [chart] = [figure for figure, alt in figures(app) if alt.startswith("Test accuracy")]
    assert not values(chart["data"][1]["x"]) and len(values(chart["data"][0]["x"])) == len(
        architectures.tutorial_names()
    )
    assert not any("pretrained" in query for _, query in links(app))


def test_a_newly_registered_network_appears_by_itself_and_its_title_is_text(sixth_network):
    app = opened()
    assert "the 6 networks" in app.title[0].value and "Two LSTMs' <sum>" in said(app)
    assert not any(
        "<sum>" in note["text"] for figure, _ in figures(app) for note in figure["layout"]["annotations"]
    )
    assert "its LSTM takes 250 steps" in said(app).split("Two LSTMs' <sum>.")[1]


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
    assert "dashed line" not in figures(opened())[-1][1]
    (tmp_path / f"baseline-imdb-{fingerprint[:16]}.json").write_text(json.dumps(row))
    app = opened()
    figure, alt = figures(app)[-1]
    line = figure["data"][-1]
    assert (
        values(line["x"]) == [0.9012, 0.9012]
        and line["line"]["dash"] == "dash"
        and "TF-IDF baseline 90.1 %" in alt
    )
    assert "90.12 % of the same 25,000 test reviews" in said(app)


@pytest.mark.parametrize("script", ["learn", "watch", "compare", "inspect"])
def test_the_numbers_of_charts_can_be_saved(script):
    labels = [button.proto.label for button in opened(script).get("download_button")]
    assert "Numbers as CSV" in labels


def test_saved_numbers_are_those_of_the_lines(finished_run):
    run, other = finished_run("=mine <1>"), finished_run("other", epochs=2)
    figure = charts.compared({"=mine <1>": run, "other": other}, "val_loss", "epochs")
    saved = charts.numbers(figure, "run")
    assert saved["run"] == ["=mine <1>"] * 3 + ["other"] * 2 and list(saved["epochs"]) == [1, 2, 3, 1, 2]
    assert saved["validation loss"] == pytest.approx(
        [row["val_loss"] for row in (*run.epochs, *other.epochs)]
    )
    curves = charts.curve_columns(run)
    assert curves["epoch"] == [1, 2, 3] and curves["val_accuracy"] == [
        row["val_accuracy"] for row in run.epochs
    ]


@pytest.mark.parametrize("together", [False, True])
def test_the_numbers_of_a_typed_reviews_charts_can_be_saved(together):
    app = opened("classify", model="pretrained/cnn_lstm_dense", **({"all": "true"} if together else {}))
    app.session_state["review-kept"] = {
        "text": "A superb film, never boring",
        "characters": 27,
        "revision": 1,
    }
    app.run()
    assert not app.exception and "Numbers as CSV" in [
        button.proto.label for button in app.get("download_button")
    ]


def test_the_numbers_of_probe_reviews_can_be_saved(finished_run):
    run = finished_run(probes="a superb film")
    labels = [button.proto.label for button in opened("watch", run=run.id).get("download_button")]
    assert labels.count("Numbers as CSV") == 2
