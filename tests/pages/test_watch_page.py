"""The Watch page: curves of a run, its buttons, and its numbers."""

import json

import pytest
from apptest import charts, components, opened, queries, texts

from imdb_core import config as configs
from imdb_core import paths, script
from imdb_core.runs import launcher, store
from tests.faults.support import sample_runs
from ui.charts import curves


def test_pretrained_networks_open_in_the_same_view_but_cannot_be_changed():
    app = opened("watch", run="pretrained/cnn_lstm")
    assert len(charts(app)) == 2 and "88." in str([metric.value for metric in app.metric])
    assert not app.button


def test_a_started_run_can_be_watched_and_stopped(stub_worker, monkeypatch, wait_until):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    run = launcher.submit(configs.preset("cnn_lstm", dataset="demo", name="long"))
    wait_until(lambda: store.read(run.folder).epochs, 20)
    app = opened("watch", run=run.id)
    assert len(charts(app)) == 2
    app.button(key=f"stop-{run.id}").click().run()
    wait_until(lambda: store.read(run.folder).state == "stopped", 20)
    assert "stopped" in texts(opened("watch", run=run.id))


def test_an_interrupted_run_offers_to_resume(finished_run):
    run = finished_run()
    store.record(run.folder, "queued", resumed=True)
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    app = opened("watch", run=run.id)
    assert app.button(key=f"resume-{run.id}") and "ended without notice" in texts(app)


def test_a_run_can_be_renamed_and_deleted(finished_run):
    run = finished_run("old")
    app = opened("watch", run=run.id)
    app.text_input(key=f"name-{run.id}").set_value("new")
    app.button(key=f"save-name-{run.id}").click().run()
    assert store.find(run.id).name == "new"
    app.button(key=f"delete-for-good-{run.id}").click().run()
    assert not store.runs()


def test_the_curve_shows_training_and_validation_on_the_same_axes(finished_run):
    run = finished_run()
    for figure, _ in charts(opened("watch", run=run.id)):
        *lines, best = figure["data"]
        assert [line["name"] for line in lines] == ["running", "training", "validation"]
        assert best["name"] == "best epoch" and set(best["x"]) == {run.best["epoch"]}
        low, high = figure["layout"]["yaxis"]["range"]
        assert all(low < value < high for line in lines for value in line["y"] if value is not None)


@pytest.mark.parametrize("measure", curves.MEASURES)
def test_the_axes_of_the_curves_stay_while_points_are_added(measure, finished_run):
    before, after = (curves.learning_curves(finished_run(epochs=epochs), measure) for epochs in (2, 3))
    assert before.data[1].y == after.data[1].y[:2] and before.layout.yaxis == after.layout.yaxis


def test_the_plain_script_of_the_run_can_be_read_and_downloaded():
    app = opened("watch", run="pretrained/cnn_lstm")
    run = store.read(paths.PRETRAINED / "cnn_lstm")
    assert script.plain_script(run.config).strip() in [code.value for code in app.code]
    assert [button.proto.label for button in app.get("download_button")][-1:] == ["Download the script"]


def test_a_finished_network_leads_to_the_text_page():
    own = sample_runs.trained_copy()
    for key, label in (
        ("pretrained/cnn_lstm", "Type with this network"),
        (own.id, "Your network is ready: type with it"),
    ):
        assert f"model={key.replace('/', '%2F')}" == queries(opened("watch", run=key)).get(label)


def test_a_queued_run_shows_its_place_and_can_be_taken_from_the_queue(monkeypatch):
    monkeypatch.setattr(launcher, "dispatch", lambda wait=True: False)  # the queue is moved on elsewhere
    first, second = (store.create(configs.preset("lstm", name=name), store.new_id()) for name in ("a", "b"))
    app = opened("watch", run=second.id)
    [shown] = components(app, "live_run")
    assert json.loads(shown["status"])["activity"].startswith("Number 2 in the queue, after “a”")
    assert app.button(key=f"stop-{second.id}").label == "Take from the queue" and len(charts(app)) == 2
