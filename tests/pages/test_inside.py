"""See inside: the path through memory and the units, on the page "Type a review"."""

import json
import math
from dataclasses import replace

import pytest
from apptest import components, errors, opened, texts, typed

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs import layout
from imdb_core.scoring import explanations
from tests.faults.support.sample_runs import trained_copy
from ui.panels import answers_to_why, memory_path
from ui.panels.inside import VIEWS

TEXT = "The first half is boring, but the acting is wonderful and the ending is not bad at all"


def figures(app):
    """The page's figures of memory, by the revision that names them."""
    shown = [json.loads(part["figure"]) for part in components(app, "chart")]
    return {figure["layout"].get("uirevision"): figure for figure in shown}


def inside(model, **query):
    app = opened("classify", model=model, inside="true", **query)
    return typed(app, TEXT)


def test_nothing_is_computed_while_the_section_is_closed(monkeypatch):
    for module in (memory_path,):
        monkeypatch.setattr(module, "trace", lambda *_: pytest.fail("computed"))
        monkeypatch.setattr(module, "map_of", lambda *_: pytest.fail("read"))
    monkeypatch.setattr(answers_to_why, "integrated_gradients", lambda *_: pytest.fail("computed"))
    typed(opened("classify", model="pretrained/lstm"), TEXT)


def test_the_path_has_a_point_for_each_word_and_the_slider_moves_it():
    app = inside("pretrained/lstm")
    traces = {trace["name"]: trace for trace in figures(app)["memory-path"]["data"] if trace.get("name")}
    assert {"negative, final", "positive, final", "your text", "start", "end"} <= traces.keys()
    words = TEXT.lower().replace(",", "").split()
    assert traces["your text"]["text"] == words
    assert traces["your text"]["customdata"][-1] == [1, 1] and traces["your text"]["customdata"][0][0] == len(
        words
    )
    assert "The memory turns" in texts(app) or "The memory stays" in texts(app)
    before = traces["your text"]["x"]
    app.select_slider(key="epoch-slider").set_value(1).run()
    assert not app.exception and not app.error
    after = figures(app)["memory-path"]["data"]
    assert next(trace for trace in after if trace.get("name") == "your text")["x"] != before


@pytest.fixture
def limits(monkeypatch):
    """Name -> time limit of "path", "why" and "effects", in the order in which they are computed."""
    given = {}
    word_effects = explanations.word_effects

    def effects(network, text, limit, **options):
        given["effects"] = limit
        return word_effects(network, text, limit, **options)

    monkeypatch.setattr(explanations, "word_effects", effects)
    for name in ("path", "why"):

        def show(network, reading, of, limit, effects, name=name, show=VIEWS[name].show):
            given[name] = limit
            show(network, reading, of, limit, effects)

        monkeypatch.setitem(VIEWS, name, replace(VIEWS[name], show=show))
    return given


@pytest.mark.parametrize(("view", "order"), [("path", ["path", "effects"]), ("why", ["effects", "why"])])
def test_a_view_is_shown_before_the_effects_of_the_words_unless_it_needs_them(limits, view, order):
    app = inside("pretrained/lstm", view=view)
    assert not app.exception and not app.error and list(limits) == order


def test_a_view_does_not_use_up_the_time_of_the_effects(limits):
    inside("pretrained/lstm", view="path")
    assert limits["path"] is not limits["effects"]


@pytest.mark.parametrize("model", ["lstm", "cnn_lstm_dense", "gru_attention"])
def test_the_units_are_ordered_by_what_each_tells_alone_and_one_is_opened(model):
    app = inside(f"pretrained/{model}", view="units")
    shown = figures(app)
    rows = [float(name.split("·")[1].strip(" %")) for name in shown["unit-strip"]["data"][0]["y"]]
    assert rows == sorted(rows, reverse=True) and rows[0] > 60
    gates = [trace["name"] for trace in shown["unit-gates"]["data"]]
    lstm = ["input gate", "forget gate", "output gate"]
    assert gates == (["update gate", "reset gate"] if model == "gru_attention" else lstm)
    read = 281 if model == "gru_attention" else 562  # it reads in two directions
    assert f"alone tells the {read} validation reviews apart: {rows[0]:.1f}% right" in texts(app)
    assert texts(app).count("+0.") >= 5 and "Where unit" in texts(app)


@pytest.mark.parametrize("view", ["path", "units"])
@pytest.mark.parametrize("words", [1, 2, 240, 600])
def test_short_and_long_texts_are_shown(words, view):
    app = opened("classify", model="pretrained/cnn_lstm_dense", inside="true", view=view)
    typed(app, " ".join((TEXT.split() * 60)[:words]))
    assert not app.error and len(figures(app)) >= 2


@pytest.mark.parametrize("name", architectures.names())
def test_every_network_has_a_view(name):
    assert any(view.is_for(configs.preset(name)) for view in VIEWS.values())


@pytest.mark.parametrize("model", ["lstm", "transformer", "wide_deep"])
def test_the_words_of_the_text_lie_on_the_map_of_words(model):
    app = inside(f"pretrained/{model}", view="words", word="boring")
    assert not app.exception and not app.error
    shown = figures(app)["word-map"]
    traces = {trace["name"]: trace for trace in shown["data"]}
    assert {"raises negative", "raises positive", "your text"} == traces.keys()
    typed = dict(zip(traces["your text"]["text"], traces["your text"]["x"], strict=True))
    assert {"boring", "wonderful", "bad"} <= typed.keys()
    assert typed["wonderful"] > typed["boring"]  # positive words lie on the right
    words = TEXT.lower().replace(",", "").split()
    ends = dict(zip(traces["your text"]["text"], traces["your text"]["customdata"], strict=True))
    assert ends["boring"] == [len(words) - words.index("boring")] * 2
    assert "**boring** alone raises negative" in texts(app)


@pytest.mark.parametrize("model", ["cnn_lstm", "cnn_lstm_dense", "wide_deep"])
def test_the_filters_are_ordered_by_their_effect_and_one_is_opened(model):
    app = inside(f"pretrained/{model}", view="filters")
    assert not app.exception and not app.error
    [strip] = figures(app)["filter-strip"]["data"]
    effects = [abs(float(name.split("·")[1])) for name in strip["y"]]
    assert effects == sorted(effects, reverse=True) and effects[0] > 0
    first = strip["y"][0].split(" ·")[0]
    assert f"Where filter {first} answers most in this text" in texts(app)
    assert f"What filter {first} looks for" in texts(app) and "- word 3: " in texts(app)
    assert f"What filter {first} answers most to** in 562 validation reviews\n\n- **" in texts(app)


def test_the_epoch_slider_moves_the_words():
    app = inside("pretrained/lstm", view="words")
    before = figures(app)["word-map"]["data"][0]
    app.select_slider(key="epoch-slider").set_value(1).run()
    after = figures(app)["word-map"]["data"][0]
    assert not app.exception and not app.error and after["x"] != before["x"]
    assert "After epoch 1 the vectors" in texts(app)


def test_the_words_before_training_are_shown_beside_the_trained_ones():
    app = inside("pretrained/wide_deep", view="words")
    app.toggle(key="word-stages").set_value(True).run()
    assert not app.exception and not app.error
    assert {"word-stage-random", "word-stage-learned", "word-stage-trained"} <= figures(app).keys()
    assert "**After epoch 6**: 9" in texts(app) and "needs no labels" in texts(app)


def test_the_phrases_of_a_network_add_up_to_its_verdict():
    app = inside("pretrained/wide_deep")
    assert not app.exception and not app.error
    [bars] = figures(app)["phrase-sum"]["data"]
    assert sum(bars["x"][:-1]) == pytest.approx(bars["x"][-1], abs=1e-4)
    assert any(label.startswith("“not bad") for label in bars["hovertext"])
    assert f"{100 / (1 + math.exp(-bars['x'][-1])):.1f}% positive" in texts(app)


@pytest.mark.parametrize("view", ["path", "units", "filters"])
def test_a_run_of_an_earlier_version_says_how_to_get_the_map(view):
    run = trained_copy()
    for map_file in (run.folder / layout.EPOCH_MODELS).glob("*.npz"):
        map_file.unlink()
    app = inside(run.id, view=view)
    assert f"python -m imdb_core inside {run.id}" in errors(app)[0]


def test_a_damaged_map_is_a_sentence_on_the_page():
    run = trained_copy()
    epoch = run.best["epoch"]
    (run.folder / layout.memory_map(epoch)).write_bytes(b"PK\x05\x06" + bytes(18))
    assert "cannot be used" in errors(inside(run.id))[0]


def test_text_that_cannot_be_scored_shows_no_memory():
    app = opened("classify", model="pretrained/lstm", inside="true")
    typed(app, "...")
    assert "memory-path" not in figures(app) and not app.exception
