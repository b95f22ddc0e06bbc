"""Pages show figures for uneven classes, which epoch is kept and why, and p-values for several tests."""

import numpy as np
import pytest
from apptest import components, metrics, opened, run_table, texts, typed
from page_runs import add_epoch

from imdb_core import config as configs
from imdb_core.evaluation import comparisons
from imdb_core.runs import layout, store
from imdb_core.scoring import models


@pytest.fixture
def uneven_run():
    """uneven_run(name, **changes): a finished run that calls all of its 400 test reviews negative.

    380 of them are negative and 20 positive. If `written_down`, the event "finished" has the figures for
    uneven classes; older versions did not write them.
    """

    def make(name="says no", written_down=False, **changes):
        run = store.create(
            configs.preset("cnn_lstm", dataset="demo", name=name, epochs=3, **changes), store.new_id()
        )
        store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
        for epoch, loss, accuracy in ((1, 0.3, 0.93), (2, 0.21, 0.94), (3, 0.22, 0.96)):
            add_epoch(run, epoch, val_loss=loss, val_accuracy=accuracy)
        labels = np.arange(400) < 20
        probabilities = np.linspace(0.0, 0.4, 400)  # each positive review is below each negative one
        np.savez(run.folder / layout.PREDICTIONS, test=probabilities, test_labels=labels)
        figures = {"best_epoch": 2, "test_accuracy": 0.95, "test_reviews": 400}
        if written_down:
            figures |= {"test_positive_reviews": 20, "test_balanced_accuracy": 0.5, "test_roc_area": 0.0}
        store.record(run.folder, "finished", **figures)
        return store.read(run.folder)

    return make


def test_the_watch_page_shows_balanced_accuracy_and_says_one_class_first(uneven_run):
    app = opened("watch", run=uneven_run().id)
    assert metrics(app)["Test accuracy"] == "95.00 %" and metrics(app)["Balanced test accuracy"] == "50.00 %"
    assert metrics(app)["Area under the ROC curve"] == "0.0000"
    assert "95.0% of the test reviews are negative" in texts(app) and "Nothing stands out" not in texts(app)
    doctor = texts(app)[texts(app).index("It says one class only") :]
    assert "each of the 400 test reviews “negative”" in doctor


def test_the_inspect_page_shows_balanced_accuracy_at_every_threshold(uneven_run):
    app = opened("inspect", run=uneven_run().id)
    shown = metrics(app)
    assert shown["Balanced accuracy"] == "50.00 %" == shown["Balanced accuracy at the threshold"]
    app.slider(key="threshold").set_value(0.3).run()
    assert metrics(app)["Balanced accuracy at the threshold"] == f"{100 * (0 + 280 / 380) / 2:.2f} %"


def test_even_classes_need_no_second_accuracy(finished_run):
    run = finished_run()
    np.savez(run.folder / layout.PREDICTIONS, test=np.linspace(0, 1, 40), test_labels=np.arange(40) % 2)
    for page in ("inspect", "watch"):
        assert not [label for label in metrics(opened(page, run=run.id)) if "alanced" in label]
    assert "balanced accuracy" not in run_table(opened("compare", runs=run.id), "test accuracy")


def test_the_results_of_a_comparison_have_both_figures_for_runs_with_uneven_classes(uneven_run, finished_run):
    even, uneven = finished_run(), uneven_run()
    table = run_table(opened("compare", runs=f"{even.id},{uneven.id}"), "test accuracy")
    assert table["larger class"] == ["", "95.0% negative"]
    assert table["balanced accuracy"] == ["", "50.00 %"] and table["ROC area"] == ["", "0.0000"]


@pytest.mark.parametrize("written_down", [True, False])
def test_the_list_of_runs_has_a_column_for_balanced_accuracy_where_it_is_known(uneven_run, written_down):
    uneven_run(written_down=written_down)
    [table] = components(opened("runs"), "run_table")
    assert ("balanced" in [column["key"] for column in table["columns"]]) == written_down
    assert (table["rows"][0]["balanced"] == "50.00 %") == written_down


def test_all_pages_say_in_the_same_words_which_epoch_is_kept_and_why(uneven_run):
    run = uneven_run()
    sentence = "Kept: epoch 2, lowest validation loss (0.210); its validation accuracy 94.00 %."
    for page in ("watch", "inspect"):
        assert f"{sentence} Epoch 3 had 96.00 % at a validation loss of 0.220." in texts(
            opened(page, run=run.id)
        )
    assert metrics(opened("watch", run=run.id))["Validation accuracy of the kept epoch"] == "94.00 %"
    compared = opened("compare", runs=run.id)
    table = run_table(compared, "kept epoch")
    assert table["kept epoch"] == ["2 of 3"] and table["validation loss"] == ["0.210"]
    assert table["validation accuracy"] == ["94.00 %"] and "lowest validation loss" in texts(compared)


def test_the_time_machine_calls_the_kept_epoch_kept(tiny_copy):
    app = opened("classify", model=tiny_copy.id)
    typed(app, "a superb film")
    slider = app.select_slider(key="epoch-slider")
    assert f"epoch {tiny_copy.best['epoch']} (kept)" in slider.options and "best" not in str(slider.options)


# Comparisons


@pytest.fixture
def answering():
    """answering(right, **changes): a finished run that is right on `right` of its 200 test reviews."""

    def make(right, **changes):
        run = store.create(configs.preset("cnn_lstm", dataset="demo", **changes), store.new_id())
        add_epoch(run, 1)
        labels, wrong = np.arange(200) % 2, np.arange(200) >= right
        np.savez(run.folder / layout.PREDICTIONS, test=np.abs(labels - 0.9 * wrong), test_labels=labels)
        store.record(run.folder, "finished", test_accuracy=right / 200, test_reviews=200)
        return store.read(run.folder)

    return make


def compared(runs):
    return texts(opened("compare", runs=",".join(run.id for run in runs)))


def test_a_p_value_is_corrected_for_all_pairs_and_claims_no_more_than_these_reviews(answering):
    runs = [answering(right, units=units) for right, units in ((120, 9), (126, 10), (121, 11))]
    assert f"p = {comparisons.pair(*runs[:2]).p:.3f}; " in compared(runs[:2])
    assert "is right more often than chance explains" in compared(runs[:2])
    page = compared(runs)
    assert "p = 0.094, corrected for 3 comparisons; the difference may well be chance" in page
    assert "really better" not in page and "is better" not in page


def test_many_pairs_are_a_matrix_and_sentences_name_the_best_run(answering):
    right = {9: 120, 10: 121, 11: 122, 12: 123, 13: 160}
    runs = [answering(count, units=units) for units, count in right.items()]
    app = opened("compare", runs=",".join(run.id for run in runs))
    page, matrix = texts(app), run_table(app, "points more than")
    assert "corrected for all 10 pairs" in page and "alone is right on" not in page
    assert "The most accurate run is " in page and "compared with each of the 4 other runs" in page
    rows = list(matrix.values())
    assert rows[0] == list(matrix)[1:] and rows[1][0] == ""
    pairs, _ = comparisons.all_pairs({run.id: run for run in runs})
    pair = pairs[runs[0].id, runs[4].id]
    assert rows[1][4] == "+20.00 [p < 0.001]" and pair.lead == -40 and pair.tests == 10
    assert rows[2][0] == "-0.50 [p = 1.000]"


def test_a_config_is_called_better_where_several_seeds_agree(answering):
    better = [answering(right, units=9, seed=seed) for seed, right in enumerate((150, 156))]
    worse = [answering(right, units=10, seed=seed) for seed, right in enumerate((100, 104))]
    assert "also across seeds (2 against 2 runs): in all 4 pairs of seeds" in compared([*better, *worse])
    assert "also across seeds" not in compared([better[0], *worse])


def test_a_network_in_a_choice_has_balanced_accuracy_beside_its_accuracy(uneven_run):
    assert "95.00% right, balanced 50.00%" in models.Model("key", uneven_run(written_down=True)).title
