"""Fool it: the view on "Type a review", the figure on "Look into a run" and on "Compare runs"."""

import json

import pytest
from apptest import opened, run_table, texts, typed

from imdb_core.evaluation import robustness, robustness_job
from imdb_core.runs import layout
from imdb_core.scoring import fooling
from tests import class_runs
from tests.meaning_runs import TOPICS, demo_run, summing_run
from ui.panels import fool_it
from ui.panels.how_easily_fooled import FOOLED

TURNED = "a SUPERB film,\n\nbut *dull*"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(fooling, "SECONDS", 600.0)  # no time limit decides a test


def view(model, text):
    return typed(opened("classify", model=model, inside="true", view="fool"), text)


def asked(app):
    app.button(key="fool").click().run()
    assert not app.exception and not app.error
    return app


def test_nothing_is_searched_before_the_click_and_nothing_again_after_it(monkeypatch):
    searched, search = [], fooling.fool

    def counted(*arguments, **keywords):
        searched.append(arguments[1])
        return search(*arguments, **keywords)

    monkeypatch.setattr(fool_it.fooling, "fool", counted)
    app = view(summing_run().id, TURNED)
    assert searched == [] and "Turned" not in texts(app)
    asked(app).run()
    assert searched == [TURNED]
    typed(app, TURNED + "!")
    assert searched == [TURNED] and "Turned" not in texts(app)  # another text waits for its own click


def test_a_turned_verdict_shows_each_swap_and_the_text_with_both_words():
    app = asked(view(summing_run().id, TURNED))
    shown = texts(app)
    assert "**Turned with 1 swapped word**: from positive to **negative**" in shown
    assert "“SUPERB” → “QUIET” (similarity 0.89): 97.8% → **23.1%** positive (log-odds -5.0)" in shown
    assert "a ~~SUPERB~~ → **QUIET** film, but *dull*" in shown
    [diff] = [each.value for each in app.markdown if "~~" in each.value]
    assert r"\*dull\*" in diff  # what the user has typed is no Markdown
    assert "were tried." in shown and "ended after 2 seconds" not in shown


def test_the_changed_text_goes_into_the_box_and_can_be_undone():
    app = asked(view(summing_run().id, TURNED))
    app.button(key="fool-put").click().run()
    assert app.session_state["review-kept"]["text"] == TURNED.replace("SUPERB", "QUIET")
    assert "“SUPERB” → “QUIET”: 97.8% → **23.1%** positive" in texts(app)
    app.button(key="undo-change").click().run()
    assert app.session_state["review-kept"]["text"] == TURNED and not app.exception


def test_a_text_that_has_changed_meanwhile_is_not_replaced():
    app = asked(view(summing_run().id, TURNED))
    app.session_state["review-kept"] = {"text": "bad", "characters": 3, "revision": 2}
    app.button(key="fool-put").click().run()
    assert app.session_state["review-kept"]["text"] == "bad" and "has changed meanwhile" in texts(app)


def test_a_verdict_that_stays_shows_how_near_the_swaps_come():
    app = asked(view(summing_run().id, "good good good good good dull"))
    assert "**Not turned.** The lowest score of positive, with 3 swapped words:" in texts(app)
    app = asked(view(summing_run().id, "box"))
    assert "**Not turned.** No swap lowers the score" in texts(app)


def test_of_several_classes_the_new_class_is_named():
    app = asked(view(summing_run(TOPICS, class_runs.THREE).id, "goal goal rain parcel parcel"))
    assert "from “sport” to **“배송”**" in texts(app)


def test_a_search_that_the_time_ends_says_so(monkeypatch):
    monkeypatch.setattr(fooling, "SECONDS", 0.0)
    monkeypatch.setattr(
        fool_it.fooling.fool, "__kwdefaults__", fooling.fool.__kwdefaults__ | {"seconds": 0.0}
    )
    assert "seconds, before all was tried" in texts(asked(view(summing_run().id, TURNED)))


def test_a_network_without_an_embedding_has_a_sentence_and_no_button():
    app = view(class_runs.finished_run().id, "goal")
    assert "has no embedding" in texts(app) and not [each for each in app.button if each.key == "fool"]


def test_the_button_computes_the_figure_and_the_pages_show_it(wait_until):
    run = demo_run()
    app = opened("inspect", run=run.id)
    assert FOOLED in [each.value for each in app.subheader]
    assert "Do not choose a network by this figure" in texts(app)
    app.button(key="fool-run").click().run()
    assert [each for each in app.button if each.key == "fool-stop"] and not app.exception
    wait_until(lambda: not robustness_job.job(run).is_running())
    app.run()
    figure = robustness.of(run)
    counts = f"{figure.turned} of {figure.texts}"
    assert f"**Turned with at most 3 swapped words: {counts} reviews, {100 * figure.share:.2f} %**" in texts(
        app
    )
    other = demo_run(seed=8)
    table = run_table(opened("compare", runs=f"{run.id},{other.id}"), "turned")
    low, high = figure.interval
    assert table["turned"] == [
        counts,
        "not computed [“Look into a run” has a button for it]",
    ]
    assert table["95 % interval"] == [f"{100 * low:.2f} to {100 * high:.2f} %", ""]
    assert [table[swaps][0] for swaps in ("1 swap", "2 swaps", "3 swaps")] == list(map(str, figure.by_swaps))


def test_stop_ends_the_search_and_keeps_nothing(wait_until):
    run = demo_run()
    app = opened("inspect", run=run.id)
    app.button(key="fool-run").click().run()
    app.button(key="fool-stop").click().run()
    wait_until(lambda: not robustness_job.job(run).is_running())
    app.run()
    assert not app.exception and not app.error and app.button(key="fool-run")
    assert robustness.of(run) is None


def test_a_damaged_figure_is_computed_anew():
    run = demo_run()
    (run.folder / layout.ROBUSTNESS).write_text(json.dumps({"format": 1}), "utf-8")
    app = opened("inspect", run=run.id)
    assert "Turned with" not in texts(app) and app.button(key="fool-run").label.startswith("Try to turn")


def test_without_texts_the_page_says_why(monkeypatch, tmp_path):
    monkeypatch.delenv("IMDB_DATA_DIR", raising=False)
    app = opened("inspect", run="pretrained/cnn_lstm")
    assert "not on this machine, so none can be turned" in texts(app)
    assert not [each for each in app.button if each.key == "fool-run"]
