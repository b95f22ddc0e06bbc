"""Numbers and names as pages write them."""

import json
import re

import pytest
from apptest import opened, tables

from imdb_core import architectures, layer_shapes
from imdb_core import config as configs
from imdb_core.data.nouns import nouns
from imdb_core.data.reviews import TWO_CLASSES
from imdb_core.evaluation.corpus_facts import WordUse
from ui import colors, formats, labels
from ui.charts.comparison import Curves, compared
from ui.charts.layout import line_columns
from ui.charts.reviews import telling_words
from ui.class_words import class_words
from ui.compared_runs import ComparedRun

NEARLY_NOTHING = [-0.0, 0.0, -1e-9, 1e-9, -0.00049, 0.00049]
NOTHING_WITH_A_SIGN = re.compile(r"[-+−]0([.,]0+)?(?![\d.,])")


@pytest.mark.parametrize("value", NEARLY_NOTHING)
@pytest.mark.parametrize(
    "written",
    [
        lambda value: formats.signed(value),
        lambda value: formats.signed(value, 1),
        lambda value: colors.effect_mark(value)[1],
        lambda value: formats.percent(value / 1000),
        lambda value: formats.interval(value / 1000, -value / 1000),
    ],
    ids=["signed", "with a digit", "effect", "percent", "interval"],
)
def test_a_value_that_rounds_to_zero_has_no_sign(written, value):
    assert not NOTHING_WITH_A_SIGN.search(written(value))


@pytest.mark.parametrize(("value", "written"), [(3.2, "+3"), (-3.2, "-3"), (0.6, "+1"), (-0.6, "-1")])
def test_a_difference_has_its_sign(value, written):
    assert formats.signed(value) == written


def test_a_word_that_leans_to_neither_label_has_no_sign():
    uses = [WordUse("the", (5, 5), leaning) for leaning in (-0.04, 0.0, 0.04)]
    figure = telling_words(uses, class_words(TWO_CLASSES, 1, nouns("demo")), 1, revision="x")
    assert [row[2] for row in figure.data[0].customdata] == ["0.0"] * 3


@pytest.mark.parametrize("network", architectures.names())
def test_a_layers_line_has_one_multiplication_sign_and_no_name_of_the_code(network):
    app = opened("train")
    app.selectbox(key="network").set_value(network).run()
    [shown] = [table for table in tables(app) if "why so many" in table]
    text = " | ".join(cell for cells in shown.values() for cell in cells)
    assert not re.search(r"\bx\b|\bNone\b|\bnull\b", text) and "batch" in text


def test_a_layer_without_an_activation_says_nothing_about_it_and_the_table_for_programs_keeps_its_values():
    with layer_shapes.recorded() as rows:
        layer_shapes.Dense(1)((None, 192))
    assert rows[0].note == "1 × (192 inputs + 1)"
    assert json.loads(json.dumps(rows[0].output_shape)) == [None, 1]


@pytest.mark.parametrize(
    ("name", "most", "written"),
    [
        ("short", 40, "short"),
        ("a" * 40, 40, "a" * 40),
        ("a" * 41, 40, "a" * 39 + "…"),
        ("a" * 80 + " · your run", 40, "a" * 28 + "… · your run"),
        ("a" * 10 + " · " + "b" * 60, 40, "a" * 10 + " · " + "b" * 26 + "…"),
    ],
)
def test_a_long_name_ends_with_a_sign_and_keeps_what_stands_after_it(name, most, written):
    assert formats.shortened(name, most) == written and len(written) <= most


def test_the_numbers_of_a_chart_keep_the_whole_name(finished_run):
    run = finished_run("n" * 80)
    figure = compared([ComparedRun(run.id, run.name, 0, run)], Curves("val_accuracy"))
    assert figure.data[0].name == "n" * 39 + "…" and set(line_columns(figure, "run")["run"]) == {run.name}


def test_a_setting_has_a_name_for_people():
    assert labels.label("dataset") == "Data set"
    assert labels.choice(configs.preset("lstm").dataset) == "IMDB film reviews"
