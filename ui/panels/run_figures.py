"""A run's figures of the moment, with units: accuracies, speed, device and memory."""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import balance
from imdb_core.runs.store import Run
from ui.formats import area, escaped, gigabytes, percent
from ui.run_sentences import KEPT_ACCURACY, device, kept_epoch, uneven_classes


def show_run_figures(run: Run, how_far) -> None:
    """Show the figures of a run that has started; `how_far` is its progress (runs.progress)."""
    started = run.event("started")
    if not started:
        return
    skill = None if run.active else balance.beside_accuracy(run)
    figures = {
        KEPT_ACCURACY.capitalize(): percent(run.best["val_accuracy"]) if run.best else "no epoch yet",
        "Test accuracy": percent(run.test_accuracy),
    }
    if skill:
        figures["Balanced test accuracy"] = percent(skill.balanced_accuracy)
        figures["Area under the ROC curve"] = area(skill.roc_area)
    speed = how_far.words_per_second
    figures["Words per second"] = f"{speed:,.0f}" if speed else "not known yet"
    figures["Device"] = device(started)
    figures["Memory"] = gigabytes(how_far.memory)
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    st.caption(escaped(kept_epoch(run)))
    if skill:
        texts = nouns(run.config.dataset).many
        st.warning(escaped(uneven_classes(skill.balance, "test", texts=texts)), icon=":material/balance:")
