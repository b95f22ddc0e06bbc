"""The text box: score, unknown words, attention, and the network as it was after each epoch."""

import json

import pytest
from apptest import components, opened, texts, typed

from imdb_core.data.reading import read_text
from imdb_core.runs import layout
from imdb_core.scoring import predictor
from ui import change_list
from ui.change_list import WordChange

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


def test_a_text_is_explained_on_one_scale_and_unknown_words_have_no_tint(tiny_copy):
    app = opened("classify", model=tiny_copy.id)
    typed(app, "A superb film, zqxx never boring")
    [seen] = components(app, "seen_words")
    assert [word[1] for word in seen["words"]].count("unknown") == 1
    assert all(not word[2] and not word[3] for word in seen["words"] if word[1] == "unknown")
    assert "log-odds" in str(seen["key"]) and "7.4 times" in str(seen["key"])
    assert all(word[5] for word in seen["words"]), "screen readers are told what each word does"


@pytest.mark.parametrize("text", ["", "zqxx", "a superb film"])
def test_verdict_and_curve_have_their_place_with_and_without_a_score(text, tiny_copy):
    app = typed(opened("classify", model=tiny_copy.id), text)
    headline = verdict(app)["verdict"]
    assert headline == {"": "No score yet", "zqxx": "No score"}.get(text, headline)
    [chart] = components(app, "chart")
    assert chart["height"] == 260 and chart["alt"].startswith("Probability of positive after each word")


def test_the_curve_is_blue_above_the_undecided_line_and_orange_below_it():
    from ui import colors
    from ui.charts.scores import running_score

    words, shares = ("a", "b", "c", "d"), [0.6, 0.4, 0.45, 0.9]
    below, above = (
        next(
            line
            for line in running_score(words, [0, 1, 2, 3], shares, name="positive", even=0.5).data
            if line.line.color == color
        )
        for color in (colors.NEGATIVE, colors.POSITIVE)
    )
    assert list(above.y) == [0.6, 0.5, None, 0.5, 0.9] and list(below.y) == [0.5, 0.4, 0.45, 0.5, None]
    assert list(above.x)[:2] == [1, 1.5] and list(below.x)[0] == 1.5


@pytest.mark.parametrize(
    ("words", "ticks", "end"), [(1, 1, 10), (10, 10, 10), (11, 11, 20), (30, 30, 30), (31, 0, 60)]
)
def test_the_axis_of_words_grows_in_steps_and_names_few_words(words, ticks, end):
    from ui.charts.scores import running_score

    names = tuple(f"w{number}" for number in range(words))
    figure = running_score(names, list(range(words)), [0.5] * words, name="positive", even=0.5)
    assert figure.layout.xaxis.range == (0.5, end + 0.5)
    assert len(figure.layout.xaxis.ticktext or ()) == ticks
    empty = running_score((), [], [], name="positive", even=0.5)
    assert empty.layout.margin == figure.layout.margin and empty.layout.height == figure.layout.height


def test_no_element_makes_streamlit_load_pandas_for_it(tiny_copy, monkeypatch):
    from streamlit import dataframe_util

    asked = []
    monkeypatch.setattr(dataframe_util, "determine_data_format", lambda value: asked.append(value))
    app = typed(opened("classify", model=tiny_copy.id), "a superb film")
    app.toggle(key="all").set_value(True).run()
    assert not app.exception and not asked


# The list of changed words


def with_change(run, change):
    app = typed(opened("classify", model=run.id), change.after)
    app.session_state["word-changes"] = [change]
    app.run()
    assert not app.exception
    return app


def test_a_changed_word_is_listed_with_both_scores_and_can_be_undone(tiny_copy):
    change = WordChange("not", "", "it is not boring", "it is boring")
    app = with_change(tiny_copy, change)
    scores = [
        predictor.load(tiny_copy.folder).score(text).probability for text in (change.before, change.after)
    ]
    assert f"without “not”: {scores[0]:.1%} → **{scores[1]:.1%}** positive" in texts(app)
    app.button(key="undo-change").click().run()
    assert app.session_state["review-kept"]["text"] == change.before
    assert "undone" in texts(app) and verdict(app)["share"] == pytest.approx(scores[0])
    app.button(key="forget-changes").click().run()
    assert "without “not”" not in texts(app)


@pytest.mark.parametrize("after", ["", "...", "zqxx"])
def test_leaving_out_the_only_known_word_can_be_undone(after, tiny_copy):
    app = with_change(tiny_copy, WordChange("film", "", "film", after))
    assert "without “film”" in texts(app)
    app.button(key="undo-change").click().run()
    assert app.session_state["review-kept"]["text"] == "film" and not app.exception


def test_a_text_that_was_typed_on_is_not_undone(tiny_copy):
    app = with_change(tiny_copy, WordChange("not", "", "it is not boring", "it is boring"))
    typed(app, "it is boring and long")
    assert "typed on since" in texts(app) and not [b for b in app.button if b.key == "undo-change"]


def test_what_a_user_wrote_is_shown_as_text_in_the_list(tiny_copy):
    app = with_change(tiny_copy, WordChange("**bold**", "<b>$x$</b>", "a **bold** film", "a <b>$x$</b> film"))
    assert "“**bold**” → “<b>$x$</b>”" in texts(app)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x",
        {},
        {"position": "1", "to": ""},
        {"position": True, "to": ""},
        {"position": 99, "to": ""},
        {"position": -1, "to": ""},
        {"position": 10**30, "to": ""},
        {"position": [1], "to": ""},
        {"position": 2, "to": ""},
        {"position": 2, "word": "boring", "to": ""},
        {"position": 2, "word": ["not"], "to": ""},
    ],
)
def test_what_no_page_sends_changes_nothing(sent, tiny_copy, monkeypatch):
    state = {"review-kept": {"text": "it is not boring", "characters": 16, "revision": "1"}}
    monkeypatch.setattr(change_list.st, "session_state", state)
    network = predictor.load(tiny_copy.folder)
    reading = read_text("it is not boring", network.vocabulary, network.config)
    change_list.apply_change("it is not boring", reading, sent)
    assert state["review-kept"]["text"] == "it is not boring" and not change_list.changes()


@pytest.mark.parametrize(
    ("current", "to", "after"),
    [
        ("it is not boring", "", "it is boring"),
        ("it is not boring at all", "never", "it is never boring at all"),
        ("it was not boring", "", "it was not boring"),
        ("it is not boring", "\0" + "x" * 999, "it is " + "x" * 60 + " boring"),
        ("it is not boring", 5, "it is boring"),
    ],
)
def test_a_word_is_changed_in_what_the_visitor_has_typed_since(current, to, after, tiny_copy, monkeypatch):
    state = {"review-kept": {"text": current, "characters": len(current), "revision": "1"}}
    monkeypatch.setattr(change_list.st, "session_state", state)
    network = predictor.load(tiny_copy.folder)
    reading = read_text("it is not boring", network.vocabulary, network.config)
    change_list.apply_change("it is not boring", reading, {"position": 2, "word": "not", "to": to})
    assert state["review-kept"]["text"] == after
    assert bool(change_list.remark()) == (after == current)
