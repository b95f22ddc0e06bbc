"""In what runs differ: settings first, then what the runs recorded."""

import pytest

from imdb_core.evaluation import comparable
from imdb_core.evaluation.run_differences import RECORDED, Difference, differences, recorded_facts
from imdb_core.runs import store
from imdb_core.scoring import models


@pytest.fixture
def trained(tiny):
    """trained(event values, **changes): a run that recorded these facts when it started."""

    def make(device="cpu", threads=2, app_version="0.2.0", packages="3.15.1", texts="a" * 64, **changes):
        run = store.create(tiny(**changes), store.new_id())
        started = {"pid": 1, "process_started": 0.0, "device": device, "threads": threads}
        store.record(run.folder, "started", **started, app_version=app_version)
        versions = {"keras": packages, "app": changes.get("name", "x")}
        store.record(run.folder, "phase", phase="training", fingerprint=texts, versions=versions)
        return store.read(run.folder)

    return make


def rows(*runs):
    return {row.name: row.values for row in differences(list(runs))}


def test_runs_that_differ_in_nothing_have_no_rows(trained):
    assert rows(trained(), trained(name="another name")) == {}
    assert differences([trained()]) == []


def test_the_seed_is_a_row_and_equal_settings_are_none(trained):
    assert rows(trained(seed=1), trained(seed=2), trained(seed=1)) == {"seed": (1, 2, 1)}


@pytest.mark.parametrize(
    ("name", "changes", "values"),
    [
        ("texts", {"texts": "b" * 64}, ("a" * 12, "b" * 12)),
        ("app_version", {"app_version": "0.3.0"}, ("0.2.0", "0.3.0")),
        ("processor", {"device": "gpu:0 H200"}, ("cpu", "gpu:0 H200")),
        ("threads", {"threads": 8}, ("2", "8")),
        ("packages", {"packages": "3.16.0"}, ("keras 3.15.1", "keras 3.16.0")),
    ],
)
def test_each_recorded_fact_that_differs_is_a_row(trained, name, changes, values):
    assert name in RECORDED and rows(trained(), trained(**changes)) == {name: values}


def test_other_data_sets_have_other_texts_anyway(trained):
    different = rows(trained(dataset="demo"), trained(dataset="imdb", texts="b" * 64))
    assert "dataset" in different and "texts" not in different


def test_a_fact_that_an_older_run_did_not_record_is_no_difference(trained):
    older = models.run("pretrained/lstm")
    assert recorded_facts(older)["app_version"] is None
    assert "app_version" not in rows(trained(), older)
    assert rows(trained(), older, trained(app_version="0.3.0"))["app_version"] == ("0.2.0", None, "0.3.0")


def test_a_cell_has_changed_if_it_differs_from_the_baselines():
    row = Difference("units", (8, 9, None, 8))
    assert [row.changed(place, baseline=0) for place in range(4)] == [False, True, True, False]


def test_runs_are_offered_with_those_of_their_data_set_and_own_runs_are_shown_first(trained):
    runs = {run.id: run for run in (trained(seed=seed) for seed in range(5))}
    runs |= {model.key: model.run for model in models.pretrained()}
    groups = comparable.by_data_set(runs)
    own = list(runs)[:5]
    assert groups["demo"] == own and all(key.startswith("pretrained/") for key in groups["imdb"])
    assert comparable.shown_first(groups["demo"], runs) == own[:3]
    assert comparable.shown_first(groups["imdb"], runs) == groups["imdb"][:3]
    assert comparable.shown_first([*groups["imdb"], own[0]], runs) == own[:1]
