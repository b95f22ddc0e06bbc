"""The run that a user chooses is shown, even if the list has moved or two runs have the same name."""

import pytest
from apptest import opened
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from imdb_core.runs import store
from ui.linked_widgets import distinct_titles


def click_row(app, table, row):
    """As a browser that shows the `table` reports a click on its `row`.

    Calls AppTest's private _run, because AppTest has no public way to click a row.
    """
    selection = f'{{"selection": {{"rows": [{row}], "columns": []}}}}'
    app._run(WidgetStates(widgets=[WidgetState(id=table, string_value=selection)]))
    assert not app.exception


def headline(app):
    return [shown.value for shown in app.subheader]


def test_the_selected_run_stays_selected_when_its_row_moves(finished_run):
    finished_run("older")
    finished_run("newer")
    app = opened("runs")
    click_row(app, app.dataframe[0].proto.id, 1)
    assert headline(app) == ["older"]
    finished_run("newest")
    app.run()
    assert headline(app) == ["older"] and '"rows": [2]' in app.dataframe[0].proto.selection_default


def test_a_click_on_a_row_of_an_older_list_selects_the_run_of_that_list(finished_run):
    older, newer = finished_run("older"), finished_run("newer")
    app = opened("runs")
    table = app.dataframe[0].proto.id
    finished_run("newest")
    app.run()
    click_row(app, table, 1)
    assert headline(app) == ["older"]
    store.delete(older)
    store.delete(newer)
    click_row(app, table, 0)
    assert not headline(app) and not app.button


def test_the_list_says_that_the_selected_run_was_deleted_elsewhere(finished_run):
    run = finished_run("mine")
    finished_run("other")
    app = opened("runs")
    click_row(app, app.dataframe[0].proto.id, 1)
    store.delete(run)
    app.run()
    assert not app.button and "mine" in app.info[0].value and "deleted meanwhile" in app.info[0].value


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
