"""The runs that a user chooses are shown, even if the list has moved or two runs have the same name."""

import pytest
from apptest import components, errors, listed_runs, opened, queries, texts

from imdb_core.runs import layout, locks, store, tags
from imdb_core.runs.names import created, written
from tests.faults.support import sample_runs
from ui.linked_widgets import distinct_titles


def ticked(app, *runs):
    """The page after a browser has reported ticks for these runs."""
    app.session_state["ticked"] = {run.id: run.name for run in runs}
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_ticked_run_stays_ticked_when_its_row_moves(finished_run):
    older = finished_run("older")
    finished_run("newer")
    app = ticked(opened("runs"), older)
    finished_run("newest")
    app.run()
    [table] = components(app, "run_table")
    assert table["ticked"] == [older.id] and [row["name"] for row in table["rows"]][2] == "older"
    assert "**older**" in [shown.value for shown in app.markdown] and app.button(
        key=f"delete-for-good-{older.id}"
    )


def test_the_list_says_that_a_ticked_run_was_deleted_elsewhere(finished_run):
    run = finished_run("mine")
    finished_run("other")
    app = ticked(opened("runs"), run)
    store.delete(run)
    app.run()
    assert "mine" in app.info[0].value and "deleted meanwhile" in app.info[0].value
    assert not [button for button in app.button if run.id in (button.key or "")]
    app.run()
    assert not app.info


def test_several_ticked_runs_lead_to_compare_with_these_runs(finished_run):
    runs = [finished_run(name) for name in ("one", "two", "three")]
    app = ticked(opened("runs"), *runs[:2])
    assert queries(app)["Compare the 2 ticked runs"] == f"runs={runs[0].id}%2C{runs[1].id}"


def test_ticked_runs_are_deleted_together_and_an_active_run_says_why_it_stays(finished_run):
    runs = [finished_run(name) for name in ("one", "two", "three")]
    store.record(runs[0].folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    with locks.hold(runs[0].folder / layout.LOCK):
        app = ticked(opened("runs"), *runs)
        app.button(key="delete-ticked-for-good").click().run()
        assert "2 runs of 3 deleted" in errors(app)[0] and "one is still training" in errors(app)[0]
        assert [run.name for run in store.runs()] == ["one"]


def test_a_tag_that_is_not_allowed_gives_a_sentence_and_a_good_one_is_set_on_all(finished_run):
    runs = [finished_run(name) for name in ("one", "two")]
    app = ticked(opened("runs"), *runs)
    app.text_input(key="new-tags").set_value("x" * 31)
    app.button(key="set-tags").click().run()
    assert "1 to 30 characters" in errors(app)[0] and len(app.error) == 1
    app.text_input(key="new-tags").set_value("good, **bold**")
    app.button(key="set-tags").click().run()
    assert [tags.tags(store.read(run.folder)) for run in runs] == [["good", "**bold**"]] * 2
    app.button(key="untag-**bold**").click().run()
    assert {tuple(row["tags"]) for row in listed_runs(app)} == {("good",)}


FILTERS = {
    "find": ("first 0.4", ["first"]),
    "state": ("failed", ["third"]),
    "network": ("lstm_dropout", ["first"]),
    "dataset": ("demo", ["third", "second", "first"]),
    "sort": ("name", ["first", "second", "third"]),
}


@pytest.mark.parametrize("link", FILTERS)
def test_the_link_holds_filter_and_order(link, finished_run):
    finished_run("first", network="lstm_dropout", dropout=0.4)
    finished_run("second", epochs=2)
    store.record(finished_run("third").folder, "failed", message="It ended so.")
    value, names = FILTERS[link]
    assert [row["name"] for row in listed_runs(opened("runs", **{link: value}))] == names


def test_runs_that_no_filter_passes_are_not_an_empty_store(finished_run):
    finished_run("first")
    app = opened("runs", find="nothing of this")
    assert "No run passes the filter" in texts(app) and "Train a network" not in texts(app)
    assert not components(app, "run_table")


def test_times_are_shown_in_the_visitors_zone_and_settings_beside_the_name(finished_run):
    run = finished_run("mine", seed=8)
    [row] = listed_runs(opened("runs"))
    assert row["about"] == "CNN + LSTM, seed 8" and row["settings"] == "seed 8" and row["seed"] == "8"
    assert row["created"] == written(created(run.id).astimezone())


def test_a_long_list_is_shown_page_by_page(finished_run):
    sample_runs.many_copies(finished_run("one of many"), 119)
    app = opened("runs")
    [table] = components(app, "run_table")
    assert len(table["rows"]) == 50 and table["count"] == "120 runs"
    rows = listed_runs(app)
    assert len({row["id"] for row in rows}) == len({row["name"] for row in rows}) == 120


@pytest.mark.parametrize("page", ["watch", "inspect", "compare"])
def test_runs_of_the_same_name_have_different_titles(page, finished_run, monkeypatch):
    monkeypatch.setattr("imdb_core.evaluation.predictions.has_predictions", lambda run: True)
    runs = [finished_run("one name") for _ in range(3)]
    app = opened(
        page, **({"runs": ",".join(run.id for run in runs)} if page == "compare" else {"run": runs[0].id})
    )
    titles = (app.multiselect if page == "compare" else app.selectbox)[0].options
    assert len(titles) >= 3 and len(set(titles)) == len(titles)
    if page == "watch":
        for run in runs:
            app.selectbox[0].set_value(run.id).run()  # sends the run's title, as a browser does
            assert app.query_params["run"] in (run.id, [run.id])


def test_equal_titles_get_the_end_of_their_key():
    titles = {"a-11111111": "mine · finished", "a-22222222": "mine · finished", "a-33333333": "mine · failed"}
    shown = ["mine · finished · 11111111", "mine · finished · 22222222", "mine · failed"]
    assert list(distinct_titles(titles).values()) == shown and list(distinct_titles(titles)) == list(titles)
