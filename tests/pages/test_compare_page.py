"""The Compare page: which runs it offers, what differs, the baseline run, and the colours of runs."""

import json

import pytest
from apptest import charts, components, coordinates, opened, run_table, run_tables, texts
from page_runs import run_with_verdicts

from imdb_core import paths
from imdb_core.evaluation import comparisons
from imdb_core.runs import store
from tests.faults.support import sample_runs
from ui import colors

BOX = "runs-choices"


def ids(*runs):
    return ",".join(run.id for run in runs)


def drawn_lines(app):
    """The chart's name -> (colour, dashes) of each line."""
    lines = [line for line in charts(app)[0][0]["data"] if line.get("name")]
    return {line["name"]: (line["line"]["color"], line["line"]["dash"]) for line in lines}


def marked_lines(app):
    """As drawn_lines(), of the pieces of lines beside the names: title -> all that the page shows."""
    parts = []
    for each in components(app, "run_marks"):
        table = json.loads(each["table"] or '{"heading": [], "rows": []}')
        cells = [cell for row in (table["heading"], *table["rows"]) for cell in row]
        parts += [part for shown in (*each["lines"], *(cell["parts"] for cell in cells)) for part in shown]
    lines = {}
    for mark in [part for part in parts if isinstance(part, dict)]:
        lines.setdefault(mark["run"], set()).add((mark["color"], mark["dash"]))
    return lines


def test_two_networks_are_compared_in_plain_words():
    app = opened("compare", runs="pretrained/cnn_lstm,pretrained/lstm")
    assert "alone is right on" in texts(app) and len(charts(app)) == 1
    assert "Convolution filters" in run_tables(app)[0]["setting"]


def test_what_differs_stands_before_curves_results_and_examples():
    app = opened("compare", runs="pretrained/cnn_lstm,pretrained/lstm")
    assert [section.value for section in app.subheader] == [
        "What differs",
        "Curves",
        "Results",
        "Do they differ by more than chance?",
        "Behaviour tests",
        "How easily they are fooled",
        "Where they disagree",
    ]


def test_the_page_begins_with_the_newest_runs_of_the_data_set_trained_on_last(finished_run):
    assert all(chosen.startswith("pretrained/") for chosen in opened("compare").multiselect[0].value)
    runs = [finished_run(f"run {number}") for number in range(4)]
    sample_runs.trained_copy()  # a newer folder, but its data set is another: it decides
    app = opened("compare")
    assert app.multiselect(key=BOX).value == [store.runs()[0].id]
    app.selectbox(key="data-choice").set_value("demo").run()
    assert app.multiselect(key=BOX).value == [run.id for run in runs[:0:-1]], "the three newest"


def test_runs_of_another_data_set_are_not_offered(finished_run):
    run = finished_run()
    app = opened("compare")
    assert app.multiselect(key=BOX).options == ["my run"] and app.selectbox(key="data-choice").value == "demo"
    app.selectbox(key="data-choice").set_value("imdb").run()
    assert run.id not in app.query_params.get("runs", "") and "my run" not in app.multiselect(key=BOX).options


def test_with_one_data_set_there_is_no_choice_of_data_sets(finished_run, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PRETRAINED", tmp_path / "none")
    finished_run()
    assert [box.key for box in opened("compare").selectbox] == ["baseline-option"]


def test_a_link_with_runs_of_two_data_sets_works_and_says_what_can_be_compared():
    run = run_with_verdicts()
    app = opened("compare", runs=f"pretrained/lstm,{run.id}")
    [warning] = [warning.value for warning in app.warning if "learned from 2 data sets" in warning.value]
    assert "Their accuracies cannot" in warning and "Tests for chance" in warning and not app.error
    assert len(run_table(app, "test accuracy")["run"]) == 2 and len(drawn_lines(app)) == 2
    assert app.selectbox(key="data-choice").value == "imdb"


def test_an_unknown_or_unfinished_run_in_a_comparison_gives_a_sentence(finished_run):
    stopped = store.create(finished_run().config, store.new_id())
    store.record(stopped.folder, "stopped")
    for unknown in ("nonsense", stopped.id):
        assert "does not exist here" in opened("compare", runs=f"{unknown},pretrained/lstm").error[0].value


def test_a_run_has_one_line_on_the_whole_page_and_keeps_it_when_others_come_and_go():
    runs = [run_with_verdicts(f"run {number}", seed=number) for number in range(4)]
    app = opened("compare", runs=ids(*runs[:3]))
    before = drawn_lines(app)
    assert len(set(before.values())) == 3
    assert marked_lines(app) == {name: {line} for name, line in before.items()}
    app.multiselect(key=BOX).set_value([runs[0].id, runs[2].id]).run()
    assert app.query_params["runs"] in (f"{runs[0].id},,{runs[2].id}", [f"{runs[0].id},,{runs[2].id}"])
    assert drawn_lines(app) == {name: before[name] for name in ("run 0", "run 2")}
    app.multiselect(key=BOX).set_value([runs[0].id, runs[2].id, runs[3].id]).run()
    after = drawn_lines(app)
    assert after == {"run 0": before["run 0"], "run 2": before["run 2"], "run 3": before["run 1"]}
    assert marked_lines(app) == {name: {line} for name, line in after.items()}
    assert not {colors.POSITIVE, colors.NEGATIVE} & {color for color, _ in after.values()}


def test_everything_is_compared_with_the_baseline_run():
    poor, good, same = (
        run_with_verdicts("poor", 0.2),
        run_with_verdicts("good", 0.5, units=9),
        run_with_verdicts("same", 0.2),
    )
    app = opened("compare", runs=ids(poor, good, same), baseline=good.id)
    assert list(run_tables(app)[0])[1] == "good [baseline run]"
    assert "Bold on a dark ground: differs from the baseline run." in texts(app)
    results = run_table(app, "test accuracy")
    assert results["run"] == ["good [baseline run]", "poor", "same"]
    pairs, _ = comparisons.all_pairs({run.id: run for run in (poor, good, same)})
    points = 100 * pairs[poor.id, good.id].lead / 1000
    assert results["against the baseline run"][0] == ""
    assert results["against the baseline run"][1] == f"{points:+.2f} points [more than chance, p < 0.001]"
    app = opened("compare", runs=ids(poor, same), baseline=same.id)
    assert run_table(app, "test accuracy")["against the baseline run"][1].startswith("0.00 points [may be")


def test_changed_cells_stand_out_only_beside_a_baseline_run():
    runs = [run_with_verdicts(f"run {units}", units=units) for units in (8, 9, 8)]
    link = ids(*runs)
    for query, strong in (({}, ["", "", ""]), ({"baseline": runs[0].id}, ["", "differs", ""])):
        table = json.loads(components(opened("compare", runs=link, **query), "run_marks")[0]["table"])
        [row] = [row for row in table["rows"] if row[0]["parts"] == ["Memory units"]]
        assert [cell["strong"] for cell in row[1:]] == strong


def test_a_baseline_run_that_is_not_chosen_gives_a_sentence():
    run = run_with_verdicts()
    app = opened("compare", runs=run.id, baseline="nonsense")
    assert "none of the chosen runs" in app.error[0].value
    assert "against the baseline run" not in run_table(app, "test accuracy")


@pytest.mark.parametrize("axis", ["epochs", "seconds", "words"])
def test_the_curves_can_be_differences_against_the_baseline_run(finished_run, axis):
    long, short = finished_run("long", epochs=4), finished_run("short", epochs=2)
    query = {"runs": ids(long, short), "difference": "true", "over": axis}
    figure, alt = charts(opened("compare", **query, baseline=short.id))[0]
    values = {line["name"]: coordinates(line["y"]) for line in figure["data"]}
    assert alt.startswith("Difference against short in validation accuracy")
    assert values["short"] == pytest.approx([0, 0]) and values["long"][:2] == pytest.approx([0, 0])
    assert all(value is None or value != value for value in values["long"][2:]), "beyond the baseline's end"
    plain, alt = charts(opened("compare", **query))[0]
    assert "Difference" not in alt and plain["data"][0]["y"] != figure["data"][0]["y"]


def test_each_run_leads_to_its_pages(finished_run):
    tested, trained, untested = run_with_verdicts(), sample_runs.trained_copy(), finished_run("untested")
    app = opened("compare", runs=ids(tested, trained, untested))
    tables = [json.loads(part["table"]) for part in components(app, "run_marks") if part["table"]]
    [table] = [table for table in tables if table["label"] == "Results"]
    labels = [[link["label"] for link in row[0]["links"]] for row in table["rows"]]
    assert labels == [["Watch", "Look into"], ["Watch", "Look into", "Type a review"], ["Watch"]]
    assert table["rows"][0][0]["links"][0]["address"] == f"watch?run={tested.id}"


def test_twelve_runs_are_compared_on_one_page():
    runs = [run_with_verdicts(f"run {number}", 0.3 + number / 50, seed=number) for number in range(12)]
    app = opened("compare", runs=ids(*runs))
    assert len(set(drawn_lines(app).values())) == 12
    assert len(run_table(app, "test accuracy")["run"]) == 12 == len(run_table(app, "setting")) - 1
    matrix = run_table(app, "points more than")
    assert sum(bool(cell) for cells in list(matrix.values())[1:] for cell in cells) == 2 * 66
    assert "corrected for all 66 pairs" in texts(app) and "of the 11 other runs" in texts(app)


def test_more_runs_than_different_lines_are_cut_with_a_sentence(finished_run):
    run = finished_run()
    copies = sample_runs.many_copies(run, 25)
    app = opened("compare", runs=",".join(folder.name for folder in copies))
    assert len(app.multiselect(key=BOX).value) == 24 and "names 25 runs" in app.warning[0].value


def test_a_run_that_has_not_ended_well_is_marked(finished_run):
    run = finished_run("cut short")
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "stopped")
    [name] = run_table(opened("compare", runs=run.id), "test accuracy")["run"]
    assert name == "cut short [stopped]"
