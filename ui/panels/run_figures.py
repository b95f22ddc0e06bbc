"""A run's figures of the moment, with units: accuracies, speed, device and memory."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import balance, guessing
from imdb_core.runs import places
from imdb_core.runs.store import Run
from ui.charts.chance_line import has_even_halves
from ui.class_words import largest_class_warning
from ui.formats import area, escaped, gigabytes, percent
from ui.run_sentences import (
    KEPT_ACCURACY,
    best_accuracy,
    class_counts,
    device,
    kept_epoch,
    perplexity,
    taught,
)


def show_run_figures(run: Run, how_far) -> None:
    """Show the figures of a run that has started; `how_far` is its progress (runs.progress)."""
    started = run.event("started")
    if not started:
        return
    skill = None if run.active else balance.beside_accuracy(run)
    kept = best_accuracy(run)
    if run.predicts_words:
        figures = {"Perplexity on validation texts": perplexity(run), "Next words predicted right": kept}
    else:
        figures = {KEPT_ACCURACY.capitalize(): kept, "Test accuracy": percent(run.test_accuracy)}
    if skill:
        figures["Balanced test accuracy"] = percent(skill.balanced_accuracy)
        label, value = _second_figure(skill)
        figures[label] = value
    speed = how_far.words_per_second
    figures["Words per second"] = f"{speed:,.0f}" if speed else "not known yet"
    figures["Device"] = device(started)
    if place := places.where(run):
        figures["Place"] = place
    figures["Memory"] = gigabytes(how_far.memory)
    with st.container(horizontal=True):
        for label, value in figures.items():
            st.metric(label, value, border=True)
    st.caption(escaped(kept_epoch(run)))
    things, classes = nouns(run.config.dataset), guessing.class_balance(run)
    if learned_from := taught(run, things.many):
        st.caption(escaped(learned_from))
    if classes and not has_even_halves(classes):
        st.caption(escaped(class_counts(classes, things.many)))
    if skill:
        warning = largest_class_warning(skill.balance, "test", things)
        st.warning(escaped(warning), icon=":material/balance:")


def _second_figure(skill):
    """(label, figure) beside balanced accuracy."""
    if answers.is_binary(skill.balance.classes):
        return "Area under the ROC curve", area(skill.roc_area)
    return "Macro F1", area(skill.macro_f1)
