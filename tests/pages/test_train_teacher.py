"""A teacher on the Train page: offered where there are texts without labels, and checked."""

import re
from urllib.parse import parse_qs

import pytest
from apptest import errors, links, opened, texts

from imdb_core.runs import store
from imdb_core.scoring import models, teachers

TEACHER = "pretrained/lstm"
KEY = "cnn_lstm_dense.teacher."


def keys(app):
    return [box.key for box in app.selectbox]


def of_teacher(app):
    return app.selectbox(key=KEY)


def test_a_data_set_without_texts_without_labels_has_no_such_fields():
    assert KEY not in keys(opened("train"))


def test_a_run_with_a_teacher_is_started(stub_worker):
    app = opened("train", network="cnn_lstm_dense", dataset="demo")
    [shown] = [each.label for each in app.expander if "without labels" in each.label]
    assert shown == "A teacher: up to 8,000 texts without labels"
    assert of_teacher(app).value == "" and "no teacher" in of_teacher(app).options
    of_teacher(app).set_value(TEACHER).run()
    app.text_input(key="cnn_lstm_dense.teacher_share.1.0").set_value("0.5").run()
    app.button(key="start").click().run()
    assert not errors(app), errors(app)
    (run,) = store.runs()
    assert (run.config.teacher, run.config.teacher_share) == (TEACHER, 0.5)
    assert "teacher pretrained/lstm" in run.name


def test_several_generations_are_queued_at_once(stub_worker):
    app = opened("train", network="cnn_lstm_dense", dataset="demo")
    assert "generations" not in [box.key for box in app.number_input], "there is no teacher yet"
    of_teacher(app).set_value(TEACHER).run()
    app.number_input(key="generations").set_value(3)
    app.number_input(key="seeds").set_value(2)
    app.button(key="start").click().run()
    assert not errors(app), errors(app)
    by_seed = {seed: [run for run in store.runs() if run.config.seed == seed] for seed in (7, 8)}
    for runs in by_seed.values():
        students = {run.config.teacher: run.id for run in runs}
        second = students[students[TEACHER]]
        assert len(runs) == 3 and second in students, "a chain of three"


def test_only_networks_with_the_same_classes_are_offered(monkeypatch):
    def offered():
        return of_teacher(opened("train", network="cnn_lstm_dense", dataset="demo")).options

    assert len(offered()) == 1 + len(models.pretrained())
    monkeypatch.setattr(teachers, "same_classes", lambda first, second: False)
    assert offered() == ["no teacher"]


@pytest.mark.parametrize(
    "change, sentence",
    [
        (f"teacher={TEACHER}", "IMDB film reviews has no texts without labels for a teacher"),
        ("teacher=20200101-000000000-gone", "IMDB film reviews has no texts without labels"),
    ],
)
def test_a_link_to_a_teacher_that_cannot_teach_is_refused_at_its_field(change, sentence):
    app = opened("train", network="cnn_lstm_dense", change=change)
    assert sentence in texts(app) and app.button(key="start").disabled
    app.selectbox(key=f"cnn_lstm_dense.teacher.{change.partition('=')[2]}").set_value("").run()
    assert not app.button(key="start").disabled


def test_a_value_without_a_teacher_gets_a_doubt():
    app = opened("train", network="cnn_lstm_dense", dataset="demo")
    app.text_input(key="cnn_lstm_dense.teacher_noise.0.0").set_value("0.2").run()
    assert "no effect: no teacher is chosen" in texts(app) and not app.button(key="start").disabled


def test_a_run_offers_to_teach_where_its_data_set_has_texts_without_labels(tiny_copy):
    [query] = [
        query for label, _, query in links(opened("inspect", run=tiny_copy.id)) if label == "Let it teach"
    ]
    changes = parse_qs(query)
    assert changes["change"] == [f"teacher={tiny_copy.id}", "dataset=demo"]
    app = opened("train", network=changes["network"][0], change=changes["change"])
    assert app.selectbox(key=f"cnn_lstm.teacher.{tiny_copy.id}").value == tiny_copy.id
    assert app.selectbox(key="dataset").value == "demo" and not app.button(key="start").disabled


def test_a_taught_run_says_what_it_learned_from(finished_run):
    run = finished_run("mine", teacher=TEACHER)
    store.record(run.folder, "phase", phase="starting_keras", reviews=4400, taught_reviews=800)
    store.record(run.folder, "started", device="cpu", threads=1, pid=1, process_started=0.0)
    store.record(run.folder, "finished", best_epoch=1, test_accuracy=0.8, test_reviews=10)
    shown = texts(opened("watch", run=run.id))
    assert re.search("It learned from 3,600 [a-z ]+ with labels and from 800 that its teacher", shown), shown
    sentence = "The script learns from labels alone"
    assert sentence in shown and sentence not in texts(opened("watch", run="pretrained/lstm"))


def test_a_run_on_texts_that_all_have_labels_offers_no_teaching():
    assert "Let it teach" not in [label for label, _, _ in links(opened("inspect", run="pretrained/lstm"))]
