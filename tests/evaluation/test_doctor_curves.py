"""The run doctor on a table of curves: each curve gets exactly the listed findings, in this order."""

import math

import pytest
from ended_runs import ended, judged

from imdb_core.evaluation import class_rules, doctor
from imdb_core.evaluation.balance import Balance

LN2 = math.log(2)
UNEVEN = Balance((1, 19)).chance_loss()  # 0.199: 95 % of the reviews are of one class
GUESSING, DIVERGED = class_rules.NO_BETTER, "Training diverged"
RISES, STUCK = "Training loss rises", "Stuck at chance"
HARDLY, JUMPS, OVERFITTING = "Hardly learning", "Validation accuracy jumps", "Overfitting"
IMPROVING = "Still improving at the end"
SGD = {"values": {"optimizer": "sgd"}}

CURVES = {
    "healthy": ({}, []),
    "healthy, few epochs": (
        {"loss": [0.4, 0.3], "val_loss": [0.36, 0.358], "val_accuracy": [0.84, 0.845]},
        [],
    ),
    "healthy, uneven classes": (
        {
            "loss": [0.15, 0.1, 0.08],
            "val_loss": [0.14, 0.121, 0.12],
            "val_accuracy": [0.955, 0.965, 0.967],
            "positive": 0.05,
        },
        [],
    ),
    "healthy, an older version that did not count its uneven classes": (
        {"loss": [0.15, 0.1, 0.08], "val_loss": [0.14, 0.121, 0.12], "val_accuracy": [0.955, 0.965, 0.967]},
        [],
    ),
    "one epoch": ({"loss": [0.5], "val_loss": [0.45], "val_accuracy": [0.8]}, []),
    "one epoch at chance level": (
        {"loss": [0.69], "val_loss": [0.69], "val_accuracy": [0.5]},
        [GUESSING, STUCK],
    ),
    "no epoch": ({"loss": []}, []),
    "slow SGD": (
        {"loss": [0.7163, 0.7153], "val_loss": [0.7157, 0.7148], "val_accuracy": [0.5, 0.5], **SGD},
        [GUESSING, HARDLY],
    ),
    "slow SGD with some accuracy": (
        {"loss": [0.7163, 0.7153], "val_loss": [0.7157, 0.7148], "val_accuracy": [0.58, 0.59], **SGD},
        [HARDLY],
    ),
    "slow, below chance": (
        {"loss": [0.69, 0.68, 0.67], "val_loss": [0.69, 0.68, 0.675], "val_accuracy": [0.6] * 3},
        [HARDLY, IMPROVING],
    ),
    "slow at first, but the validation loss fell": (
        {"loss": [0.68], "val_loss": [0.6], "val_accuracy": [0.7]},
        [],
    ),
    "far above chance and falling": (
        {"loss": [3.1, 2.9], "val_loss": [2.0, 1.9], "val_accuracy": [0.6, 0.6]},
        [HARDLY, IMPROVING],
    ),
    "NaN": ({"loss": [0.6, None], "val_loss": [0.5, None], "val_accuracy": [0.8, 0.5]}, [DIVERGED]),
    "NaN at once": ({"loss": [None], "val_loss": [None], "val_accuracy": [0.5]}, [DIVERGED]),
    "NaN in the validation": (
        {"loss": [0.6, 0.5], "val_loss": [0.5, None], "val_accuracy": [0.8, 0.5]},
        [DIVERGED],
    ),
    "rising loss": (
        {"loss": [0.6, 0.9, 4.0], "val_loss": [0.55, 0.9, 3.0], "val_accuracy": [0.7, 0.6, 0.55]},
        [DIVERGED],
    ),
    "rising loss from the start": (
        {"loss": [0.71, 1.5], "val_loss": [0.8, 1.6], "val_accuracy": [0.5, 0.5]},
        [DIVERGED, GUESSING],
    ),
    "rising below chance": (
        {"loss": [0.3, 0.35, 0.45], "val_loss": [0.4, 0.42, 0.5], "val_accuracy": [0.82] * 3},
        [RISES],
    ),
    "rising above chance of uneven classes": (
        {"loss": [0.15, 0.3], "val_loss": [0.14, 0.16], "val_accuracy": [0.96, 0.955], "positive": 0.95},
        [DIVERGED],
    ),
    "stuck at ln 2": (
        {"loss": [LN2] * 4, "val_loss": [LN2] * 4, "val_accuracy": [0.5, 0.501, 0.5, 0.499]},
        [GUESSING, STUCK],
    ),
    "stuck, label smoothing": (
        {
            "loss": [LN2] * 2,
            "val_loss": [LN2] * 2,
            "val_accuracy": [0.5] * 2,
            "values": {"label_smoothing": 0.2},
        },
        [GUESSING, STUCK],
    ),
    "majority class on uneven data": (
        {"loss": [UNEVEN] * 3, "val_loss": [UNEVEN] * 3, "val_accuracy": [0.95] * 3, "positive": 0.05},
        [GUESSING, STUCK],
    ),
    "worse than the majority class": (
        {"loss": [0.3, 0.16], "val_loss": [0.2, 0.199], "val_accuracy": [0.93, 0.948], "positive": 0.95},
        [GUESSING],
    ),
    "majority class, an older version that did not count": (
        {"loss": [0.69, 0.68], "val_loss": [0.69, 0.69], "val_accuracy": [0.5, 0.5]},
        [GUESSING, STUCK],
    ),
    "label smoothing keeps the loss up": (
        {
            "loss": [0.55, 0.5],
            "val_loss": [0.4, 0.39],
            "val_accuracy": [0.85, 0.86],
            "values": {"label_smoothing": 0.3},
        },
        [IMPROVING],
    ),
    "overfitting": (
        {"loss": [0.5, 0.3, 0.1], "val_loss": [0.4, 0.38, 0.6], "val_accuracy": [0.82, 0.84, 0.83]},
        [OVERFITTING],
    ),
    "jumping": (
        {"loss": [0.5, 0.45, 0.4], "val_loss": [0.4, 0.6, 0.399], "val_accuracy": [0.83, 0.7, 0.84]},
        [JUMPS, IMPROVING],
    ),
    "still improving": (
        {"loss": [0.6, 0.5, 0.4], "val_loss": [0.6, 0.5, 0.42], "val_accuracy": [0.7, 0.76, 0.81]},
        [IMPROVING],
    ),
    "stopped while it improved": (
        {
            "loss": [0.6, 0.5],
            "val_loss": [0.6, 0.5],
            "val_accuracy": [0.7, 0.76],
            "planned": 9,
            "event": "stopped",
        },
        [],
    ),
    "label noise that is not learned": (
        {"loss": [0.64, 0.62, 0.61], "val_loss": [0.63, 0.62, 0.62], "val_accuracy": [0.68, 0.69, 0.69]},
        [],
    ),
    "label noise that is learned by heart": (
        {"loss": [0.62, 0.5, 0.3], "val_loss": [0.63, 0.66, 0.9], "val_accuracy": [0.68, 0.66, 0.65]},
        [OVERFITTING],
    ),
    "labels that say nothing, learned by heart": (
        {"loss": [0.69, 0.5, 0.2], "val_loss": [0.694, 0.8, 1.4], "val_accuracy": [0.5, 0.5, 0.49]},
        [GUESSING, OVERFITTING],
    ),
}


@pytest.mark.parametrize("curves, expected", CURVES.values(), ids=CURVES)
def test_each_curve_gets_its_findings(curves, expected):
    assert [finding.title for finding in doctor.findings(ended(**curves))] == expected


PROPOSALS = {
    "slow SGD": {"optimizer": "adam"},
    "stuck at ln 2": {"learning_rate": 0.003},
    "labels that say nothing, learned by heart": {"units": 50},
    "rising loss": {"gradient_clipping": 1.0},
    "overfitting": {"units": 50},
    "still improving": {"epochs": 6},
}


@pytest.mark.parametrize("curve, change", PROPOSALS.items())
def test_the_first_finding_proposes_the_setting_that_fits_its_cause(curve, change):
    assert doctor.findings(ended(**CURVES[curve][0]))[0].try_next == change


def test_where_nothing_stands_out_uneven_classes_are_named_with_both_figures():
    run = judged(ended(**CURVES["healthy, uneven classes"][0]), 0.9, 0.96, each=(100, 2000))
    assert doctor.findings(run) == []
    sentence = doctor.healthy_sentence(run)
    assert "95.2% negative" in sentence
    assert "balanced accuracy, 93.0%" in sentence and "ROC curve, 0.93" in sentence


def test_a_run_that_did_not_count_its_classes_is_judged_by_its_predictions():
    run = judged(ended(loss=[UNEVEN] * 2, val_loss=[UNEVEN] * 2), 0.0, 1.0, each=(100, 1900))
    assert [finding.title for finding in doctor.findings(run)][:2] == ["It says one class only", STUCK]
    assert "because 95.0% of the training reviews are negative" in doctor.findings(run)[1].explanation
