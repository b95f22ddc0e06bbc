"""The figures of a tested run: accuracy with its interval, two areas, and the calibration error."""

import streamlit as st

from imdb_core.evaluation import balance, comparisons, verdicts
from imdb_core.evaluation.predictions import Predictions
from ui.formats import area, escaped, interval, percent
from ui.run_sentences import uneven_classes


def show_accuracy_figures(tested: Predictions) -> None:
    """Show the figures, and a warning if the classes of the test reviews are uneven."""
    right, skill = tested.right(), balance.skill(tested)
    precision_recall = verdicts.precision_recall_curve(tested)
    figures = {
        "Test accuracy": percent(float(right.mean())),
        "95 % interval (Wilson)": interval(*comparisons.wilson_interval(int(right.sum()), len(tested))),
    }
    if skill.balance.uneven:
        figures["Balanced accuracy"] = percent(skill.balanced_accuracy)
    figures |= {
        "Area under the ROC curve": area(skill.roc_area),
        "Average precision": area(precision_recall.area if precision_recall else None),
        "Expected calibration error": percent(verdicts.calibration(tested).expected_error),
    }
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    if skill.balance.uneven:
        st.warning(escaped(uneven_classes(skill.balance, "test")), icon=":material/balance:")
