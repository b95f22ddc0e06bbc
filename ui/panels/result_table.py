"""The results of several runs as a table: accuracies with intervals, and figures for uneven classes."""

import streamlit as st

from imdb_core.evaluation import balance, comparisons
from imdb_core.runs.store import Run
from ui.formats import area, duration, escaped, interval, percent
from ui.run_sentences import KEPT_BY, uneven_classes
from ui.tables import small_table


def show_results(runs: dict[str, Run]) -> None:
    """One row for each run (title -> run) that has finished an epoch, and warnings about uneven classes."""
    rows = [{"run": escaped(title), **_row(run)} for title, run in runs.items() if run.best]
    longest_first = sorted(rows, key=len, reverse=True)
    headings = dict.fromkeys(heading for row in longest_first for heading in row)
    small_table({heading: [row.get(heading, "") for row in rows] for heading in headings})
    st.caption(
        f"Kept: of each run the epoch with the {KEPT_BY}. All figures of a row are those of its kept epoch."
    )
    skills = [skill for run in runs.values() if (skill := balance.beside_accuracy(run))]
    for classes in dict.fromkeys(skill.balance for skill in skills):
        st.warning(escaped(uneven_classes(classes, "test")), icon=":material/balance:")


def _row(run):
    """The interval says where the true accuracy lies with 95 % confidence."""
    cells = {
        "kept epoch": f"{run.best['epoch']} of {len(run.epochs)}",
        "validation loss": f"{run.best['val_loss']:.3f}",
        "validation accuracy": percent(run.best["val_accuracy"]),
        "test accuracy": percent(run.test_accuracy),
    }
    if bounds := comparisons.accuracy_interval(run):
        cells["95 % interval"] = interval(*bounds)
    if skill := balance.beside_accuracy(run):
        cells["larger class"] = f"{skill.balance.share:.1%} {skill.balance.larger}"
        cells["balanced accuracy"] = percent(skill.balanced_accuracy)
        cells["ROC area"] = area(skill.roc_area)
    return cells | {"training time": duration(run.training_seconds)}
