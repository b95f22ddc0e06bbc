"""The results of several runs as a table: accuracies with intervals, and figures for uneven classes."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.evaluation import balance, class_figures, comparisons, predictions
from imdb_core.runs.store import Run
from ui.class_words import class_name, uneven_sentences
from ui.formats import area, duration, escaped, interval, percent
from ui.run_sentences import KEPT_BY
from ui.tables import small_table


def show_results(runs: dict[str, Run]) -> None:
    """One row for each run (title -> run) that has finished an epoch, and warnings about uneven classes."""
    shown = {title: run for title, run in runs.items() if run.best}
    tested = {title: predictions.read_classes_or_none(run, "test") for title, run in shown.items()}
    rows = [{"run": escaped(title), **_row(run, tested[title])} for title, run in shown.items()]
    longest_first = sorted(rows, key=len, reverse=True)
    headings = dict.fromkeys(heading for row in longest_first for heading in row)
    small_table({heading: [row.get(heading, "") for row in rows] for heading in headings})
    st.caption(
        f"Kept: of each run the epoch with the {KEPT_BY}. All figures of a row are those of its kept epoch."
    )
    sentences = [
        sentence
        for title, run in shown.items()
        if (judged := tested[title])
        for sentence in uneven_sentences(_sizes(judged), "test", nouns(run.config.dataset))
    ]
    for sentence in dict.fromkeys(sentences):
        st.warning(escaped(sentence), icon=":material/balance:")


def _row(run, tested):
    """The interval says where the true accuracy lies with 95 % confidence."""
    cells = {
        "kept epoch": f"{run.best['epoch']} of {len(run.epochs)}",
        "validation loss": f"{run.best['val_loss']:.3f}",
        "validation accuracy": percent(run.best["val_accuracy"]),
        "test accuracy": percent(run.test_accuracy),
    }
    if bounds := comparisons.accuracy_interval(run):
        cells["95 % interval"] = interval(*bounds)
    if tested:
        cells |= _of_two(tested) if answers.is_binary(tested.classes) else _of_many(tested)
    return cells | {"training time": duration(run.training_seconds)}


def _of_two(tested):
    """Figures for uneven classes."""
    sizes = _sizes(tested)
    if not sizes.one_dominates:
        return {}
    skill = balance.skill(tested.against(1))
    largest = class_name(sizes.classes, sizes.classes.index(sizes.larger))
    return {
        "larger class": f"{sizes.share:.1%} {escaped(largest)}",
        "balanced accuracy": percent(skill.balanced_accuracy),
        "ROC area": area(skill.roc_area),
    }


def _of_many(tested):
    """Figures in which each class has the same weight."""
    figures = class_figures.of_classes(tested)
    return {
        "balanced accuracy": percent(class_figures.balanced_accuracy(figures)),
        "macro F1": area(class_figures.macro_f1(figures)),
    }


def _sizes(tested):
    return balance.of_labels(tested.labels, tested.classes)
