"""The text box: score, unknown words, attention, and the network as it was after each epoch."""

import json

import pytest
from apptest import components, opened, texts, typed

from imdb_core.runs import layout

WORDS = ("a", "superb", "film,", "never", "boring", "at", "all", "indeed")


def verdict(app):
    """What the meter shows."""
    [meter] = components(app, "verdict_meter")
    return meter


def test_a_typed_review_is_scored_and_shows_unknown_words(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    app = opened("classify", model=tiny_run.id)
    typed(app, "A superb film, zzqx never boring")
    assert "1 unknown to this network" in texts(app)


@pytest.mark.parametrize("words", [8, 700])
def test_a_network_with_attention_shows_where_it_looked(words):
    app = opened("classify", model="pretrained/gru_attention")
    typed(app, " ".join((WORDS * words)[:words]))
    read, attention = components(app, "seen_words")
    assert len(read["words"]) == len(attention["words"]) and "Its attention: " in attention["key"][0][0]


@pytest.mark.parametrize("text", ["...", "zzqx qqzz", "\0", "ا ب ت", "😀 😀"])
def test_text_that_cannot_be_scored_gets_a_sentence(text, tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    app = opened("classify", model=tiny_run.id)
    typed(app, text)
    assert app.error


def test_the_time_machine_scores_with_the_network_as_it_was_after_each_epoch(tiny_copy):
    app = opened("classify", model=tiny_copy.id)
    typed(app, tiny_copy.config.probe_reviews[0])
    slider = app.select_slider(key="epoch-slider")
    assert slider.value == tiny_copy.best["epoch"] and "epoch" not in app.query_params
    for row in tiny_copy.epochs:
        app.select_slider(key="epoch-slider").set_value(row["epoch"]).run()
        assert not app.exception
        assert verdict(app)["share"] == pytest.approx(row["probes"][0], abs=1e-4)
        best = row["epoch"] == tiny_copy.best["epoch"]
        assert app.query_params.get("epoch") == (None if best else str(row["epoch"]))
        assert (f"the network was right on {row['val_accuracy']:.1%} of the validation" in texts(app)) != best


@pytest.mark.parametrize("epoch", ["9", "-1", "x", "١", "1" * 5000])
def test_an_epoch_that_was_not_kept_gives_a_sentence_and_the_best_one_scores(tiny_copy, epoch):
    app = opened("classify", model=tiny_copy.id, epoch=epoch)
    typed(app, "a superb film")
    assert not app.exception and "was not saved" in texts(app)
    assert app.select_slider(key="epoch-slider").value == tiny_copy.best["epoch"]


def test_a_run_without_models_of_its_epochs_has_no_slider(tiny_copy):
    facts = json.loads((tiny_copy.folder / layout.MODEL_FACTS).read_text())
    (tiny_copy.folder / layout.MODEL_FACTS).write_text(json.dumps({**facts, "epochs": {}}))
    app = opened("classify", model=tiny_copy.id)
    typed(app, "a superb film")
    assert verdict(app)["share"] and not app.select_slider
