"""The run doctor on the Watch page, and what the page offers after a failure."""

import urllib.parse

import pytest
from apptest import field_value, opened, queries, texts
from page_runs import add_epoch

from imdb_core import config as configs
from imdb_core.runs import devices, store
from imdb_core.training import worker

VALIDATION_LOSSES = (0.5, 0.4, 0.35, 0.308, 0.33, 0.36, 0.39, 0.403)


def test_an_overfitted_network_gets_its_finding_and_a_link_that_changes_one_setting():
    run = store.create(configs.preset("lstm_dropout", epochs=8), store.new_id())
    for epoch, val_loss in enumerate(VALIDATION_LOSSES, 1):
        add_epoch(run, epoch, loss=0.6 / epoch, accuracy=0.9, val_loss=val_loss)
    store.record(run.folder, "finished", test_accuracy=0.8, test_reviews=1000)
    app = opened("watch", run=run.id)
    assert "Run doctor" in texts(app)
    assert "Overfitting.** Since epoch 4 validation loss rose from 0.308 to 0.403" in texts(app)
    assert "Try next: Dropout 0.4 instead of 0.2." in texts(app)
    assert queries(app)["Try this"] == f"from={run.id}&change=dropout%3D0.4"


def test_a_healthy_run_gets_a_sentence_and_no_link(tiny):
    run = store.create(tiny(epochs=2), store.new_id())
    for epoch in (1, 2):
        add_epoch(run, epoch)
    store.record(run.folder, "finished", test_accuracy=0.8, test_reviews=1000)
    app = opened("watch", run=run.id)
    assert "Nothing stands out. Training loss went from 0.400 to 0.400" in texts(app)
    assert "Try this" not in queries(app)


def test_a_queued_run_is_not_examined(tiny, stub_worker, monkeypatch):
    monkeypatch.setattr(devices, "cpu_cores", lambda: 0)
    assert "Run doctor" not in texts(opened("watch", run=store.create(tiny(), store.new_id()).id))


def test_a_failed_runs_message_is_shown_as_text(finished_run):
    run = finished_run()
    store.record(run.folder, "failed", code="diverged", message="<b>*diverged*</b> [x](http://e.test)")
    shown = [
        element.value
        for element in opened("watch", run=run.id).markdown
        if "Training diverged" in element.value
    ]
    assert shown and "\\<b\\>\\*diverged" in shown[0]


@pytest.mark.parametrize(
    ("cause", "resume", "link", "query"),
    [
        (
            "reviews",
            "secondary",
            "Train the same on the synthetic demo reviews",
            "from={}&change=dataset%3Ddemo",
        ),
        ("disk", "primary", "Delete runs to make room", ""),
        ("memory", "secondary", "Train with smaller values", "from={}"),
        ("diverged", "secondary", "Try this", "from={}&change=gradient_clipping%3D1.0"),
        ("a cause of a later version", "primary", "Train a variant", "from={}"),
        (None, "primary", "Train a variant", "from={}"),
    ],
)
def test_a_failed_run_offers_what_helps_and_resume_is_the_main_button_only_where_it_can_help(
    cause, resume, link, query, finished_run
):
    run = finished_run()
    store.record(run.folder, "failed", message="Training has diverged.", **{"cause": cause} if cause else {})
    app = opened("watch", run=run.id)
    assert app.button(key=f"resume-{run.id}").proto.type == resume
    assert queries(app)[link] == query.format(run.id)


def test_a_run_whose_download_fails_names_the_cause_and_offers_the_demo_reviews(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_DATA_DIR", str(tmp_path / "nothing"))
    run = store.create(tiny(dataset="imdb", units=9), store.new_id())
    assert worker.main([str(run.folder)]) == 1
    assert store.read(run.folder).failure == "reviews_unusable"
    query = dict(
        urllib.parse.parse_qsl(
            queries(opened("watch", run=run.id))["Train the same on the synthetic demo reviews"]
        )
    )
    app = opened("train", **query)
    assert (
        "Data set, changed from IMDB film reviews to Synthetic demo reviews" in texts(app) and not app.error
    )
    assert app.selectbox(key="dataset").value == "demo" and field_value(app, "units") == 9
