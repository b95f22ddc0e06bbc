"""The figures of a tested run: accuracy with its interval, figures for uneven classes, calibration error."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import Nouns
from imdb_core.evaluation import balance, class_figures, comparisons, verdicts
from imdb_core.evaluation.predictions import ClassPredictions
from ui.class_words import uneven_sentences
from ui.formats import area, escaped, interval, percent
from ui.jump_links import section

FIGURES = "All figures"


def show_accuracy_figures(tested: ClassPredictions, things: Nouns) -> None:
    """Show the figures, and warnings if the classes of the test texts are uneven."""
    section(FIGURES)
    right = tested.right
    figures = {
        "Test accuracy": percent(float(right.mean())),
        "95 % interval (Wilson)": interval(*comparisons.wilson_interval(int(right.sum()), len(tested))),
    }
    figures |= _of_two(tested) if answers.is_binary(tested.classes) else _of_many(tested)
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    for sentence in uneven_sentences(balance.of_labels(tested.labels, tested.classes), "test", things):
        st.warning(escaped(sentence), icon=":material/balance:")


def _of_two(tested):
    """The figures of the second class."""
    second = tested.against(1)
    skill, precision_recall = balance.skill(second), verdicts.precision_recall_curve(second)
    figures = {}
    if skill.balance.uneven:
        figures["Balanced accuracy"] = percent(skill.balanced_accuracy)
    return figures | {
        "Area under the ROC curve": area(skill.roc_area),
        "Average precision": area(precision_recall.area if precision_recall else None),
        "Expected calibration error": percent(verdicts.calibration(second).expected_error),
    }


def _of_many(tested):
    """Figures in which each class has the same weight, and how far the shares of the verdicts are right."""
    figures = class_figures.of_classes(tested)
    confidence = verdicts.calibration(class_figures.confidence(tested))
    return {
        "Balanced accuracy": percent(class_figures.balanced_accuracy(figures)),
        "Macro F1": area(class_figures.macro_f1(figures)),
        "Mean ROC area": area(class_figures.mean_roc_area(tested)),
        "Calibration error of the verdicts": percent(confidence.expected_error),
    }
