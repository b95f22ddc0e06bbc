"""The baseline and the behaviour tests as the Compare and Watch pages show them."""

import re

import pytest
from apptest import charts, opened, run_table, texts

from imdb_core import paths
from imdb_core.evaluation import baselines, behaviour
from imdb_core.runs import store
from ui.panels.baseline import baseline_sentence


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own: a computed baseline must not be seen by other tests."""
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """The demo reviews' baseline, computed once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMDB_CACHE_DIR", str(tmp_path_factory.mktemp("computed")))
        return baselines.compute("demo"), next(paths.cache_folder().glob("baseline-*.json"))


@pytest.fixture
def demo_baseline(computed, own_cache):
    """The demo reviews' baseline is there."""
    own_cache.mkdir()
    (own_cache / computed[1].name).write_bytes(computed[1].read_bytes())
    return computed[0]


def lines(figure):
    """The heights of the figure's horizontal lines."""
    return [shape["y0"] for shape in figure["layout"].get("shapes", []) if shape["y0"] == shape["y1"]]


def behaviour_table(app):
    """The rows of the table: the cells of each run."""
    return list(zip(*run_table(app, "sarcasm").values(), strict=True))


def test_the_button_computes_the_baseline_in_the_background_and_the_page_then_shows_it(
    finished_run, wait_until
):
    run = finished_run()
    app = opened("compare", runs=run.id)
    assert not lines(charts(app)[0][0])
    app.button(key="baseline-demo").click().run()
    assert "is being computed" in texts(app) and not [
        button for button in app.button if button.key == "baseline-demo"
    ]
    wait_until(lambda: not baselines.is_computing("demo"), 120)
    app.run()
    accuracy = baselines.baseline("demo").test_accuracy
    assert (
        f"is right on {100 * accuracy:.2f} % of the same 1,000 test reviews (Synthetic demo reviews)"
        in texts(app)
    )
    assert lines(charts(app)[0][0]) == [accuracy]


def test_an_ended_computation_says_why_and_can_be_started_again(finished_run, own_cache, wait_until):
    run = finished_run()
    app = opened("compare", runs=run.id)
    app.button(key="baseline-demo").click().run()
    (own_cache / next(own_cache.glob("*.log")).with_suffix(".json").name).mkdir()
    wait_until(lambda: not baselines.is_computing("demo"), 120)
    app.run()
    assert "The computation failed" in texts(app) and app.button(key="baseline-demo")


def test_without_the_reviews_the_page_says_where_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_DATA_DIR", str(tmp_path / "nowhere"))
    app = opened("compare", runs="pretrained/lstm")
    assert "needs the reviews on this machine" in texts(app)
    assert not [button for button in app.button if button.key == "baseline-imdb"]


def test_accuracy_charts_have_the_dashed_line_and_say_so_and_loss_charts_have_none(
    finished_run, demo_baseline
):
    run = finished_run()
    (loss, loss_alt), (accuracy, accuracy_alt) = charts(opened("watch", run=run.id))
    assert (
        lines(accuracy) == [demo_baseline.test_accuracy]
        and accuracy["layout"]["shapes"][-1]["line"]["dash"] == "dash"
    )
    label = f"TF-IDF baseline {100 * demo_baseline.test_accuracy:.1f} % (test, Synthetic demo reviews)"
    assert label in accuracy_alt and label in [note["text"] for note in accuracy["layout"]["annotations"]]
    assert not lines(loss) and "TF-IDF" not in loss_alt
    app = opened("compare", runs=run.id)
    assert lines(charts(app)[0][0]) == [demo_baseline.test_accuracy] and "TF-IDF" in charts(app)[0][1]
    app.segmented_control[0].set_value("val_loss").run()
    assert not lines(charts(app)[0][0])


def test_runs_on_other_reviews_get_no_line(demo_baseline):
    assert not lines(charts(opened("compare", runs="pretrained/lstm"))[0][0])


@pytest.mark.parametrize(
    ("accuracies", "says"),
    [
        ([0.7, 0.6, 0.5], "more than each of these 3 networks"),
        ([0.9, 0.6, 0.5], "more than 2 of these 3 networks"),
        ([0.9, 0.75], "not more than any of these 2 networks"),
        ([0.7], "more than this network"),
        ([0.75], "not more than this network"),
        ([], "none of these runs has been tested yet"),
    ],
)
def test_the_sentence_counts_the_networks_that_are_beaten(accuracies, says, finished_run):
    baseline = baselines.Baseline("demo", "f" * 64, 0.75, 1000, 4000, 10, 20.4, {}, "2026-01-01")
    runs = [finished_run(f"run {accuracy}") for accuracy in accuracies or [None]]
    for run, accuracy in zip(runs, accuracies or [None], strict=True):
        store.record(run.folder, "finished", test_accuracy=accuracy)
    runs = [store.read(run.folder) for run in runs]
    sentence = baseline_sentence(baseline, runs)
    assert sentence.endswith(f" after 20 s of fitting: {says}.")
    assert "75.00 %" in sentence and ("the same 1,000 test" in sentence) == bool(accuracies)


def test_the_behaviour_table_counts_as_the_core_does_and_names_runs_without_a_model(finished_run):
    run = finished_run("*new*")
    app = opened("compare", runs=f"pretrained/cnn_lstm,{run.id}")
    (_, *first), (name, *second) = behaviour_table(app)
    counted = behaviour.counts(behaviour.results(paths.PRETRAINED / "cnn_lstm"))
    assert first[:-1] == [f"{passed} of {tests}" for passed, tests in counted.values()]
    assert first[-1] == f"{sum(passed for passed, _ in counted.values())} of {len(behaviour.cases())}"
    assert second == ["no model yet"] + [""] * (len(first) - 1) and "*new*" in name


def test_failed_sentences_are_listed_with_their_probability_once_opened_and_can_be_tried():
    app = opened("compare", runs="pretrained/lstm")
    failed = [result for result in behaviour.results(paths.PRETRAINED / "lstm") if not result.passed]
    assert failed[0].case.text not in texts(app)
    app.session_state["failed"] = True
    app.run()
    assert app.selectbox(key="failed-run").options == [f"LSTM · pretrained: {len(failed)} failed"]
    for result in failed:
        assert result.case.text in texts(app) and f"{100 * result.probability:.2f} % positive" in texts(app)
    app.button(key="try-behaviour-pretrained/lstm-0").click().run()
    assert app.title[0].value.startswith("Type a review") and "pretrained/lstm" in app.query_params["model"]
    assert app.session_state["review-kept"]["text"] == failed[0].case.text
    assert re.search(r"\d words: \d+ read", texts(app))
