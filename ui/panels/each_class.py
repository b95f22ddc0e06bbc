"""A run of more than two classes on each class: confusion matrix and a table. For pages/inspect.py."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import Nouns
from imdb_core.evaluation import class_figures
from imdb_core.evaluation.predictions import ClassPredictions
from ui.charts import class_matrix
from ui.charts.component import show_chart
from ui.class_words import class_name
from ui.csv_files import csv_download
from ui.formats import escaped, percent
from ui.jump_links import section
from ui.tables import small_table

EACH_CLASS = "Each class"
SMALL = 8  # classes; a longer table stands in a box of its own


def show_each_class(tested: ClassPredictions, things: Nouns, *, key: str) -> None:
    """Show matrix and table, and offer the predictions. The chart keeps its zoom while `key` stays."""
    _show_matrix(tested, things, key)
    section(EACH_CLASS)
    figures = class_figures.of_classes(tested)
    with st.container(height=360 if len(figures) > SMALL else "content", border=False):
        small_table(
            {
                "class": [escaped(row.name) for row in figures],
                things.many: [f"{row.texts:,}" for row in figures],
                "called so": [f"{row.called:,}" for row in figures],
                "precision": [_share(row.precision) for row in figures],
                "recall": [_share(row.recall) for row in figures],
                "F1": [_share(row.f1) for row in figures],
            }
        )
    st.caption(
        escaped(
            f"Precision: of the {things.many} called so, the share that is. Recall: of the class's "
            f"{things.many}, the share called so. F1: their harmonic mean. F1 is 0 for a class that is never "
            "called, and not defined for a class that neither occurs nor is called. Macro F1 is the mean of "
            "all F1 that are defined. Balanced accuracy is the mean of all recalls."
        )
    )
    names = ("name", "texts", "called", "right", "precision", "recall", "f1")
    csv_download(
        {name: [getattr(row, name) for row in figures] for name in names},
        file_name="classes.csv",
        label="This table as CSV",
    )
    csv_download(
        lambda: prediction_columns(tested), file_name="predictions.csv", label="All predictions as CSV"
    )


def prediction_columns(tested: ClassPredictions) -> dict[str, list]:
    """One row a test text: its number, label and verdict, then one column a class with its share."""
    names = [tested.classes[label] for label in tested.labels.tolist()]
    verdicts = [tested.classes[label] for label in answers.verdicts(tested.shares).tolist()]
    columns = {"number": list(range(1, len(tested) + 1)), "label": names, "verdict": verdicts}
    shares = tested.shares.T.tolist()
    return columns | {f"share {name}": share for name, share in zip(tested.classes, shares, strict=True)}


def _show_matrix(tested, things, key):
    matrix = class_figures.confusion_matrix(tested)
    errors = class_figures.errors(tested)
    alt = (
        f"Confusion matrix of {len(tested.classes)} classes: {int(matrix.diagonal().sum()):,} of "
        f"{len(tested):,} {things.many} are on the diagonal, where the verdict is the label."
    )
    if errors:
        label, verdict = (class_name(tested.classes, n) for n in (errors[0].label, errors[0].verdict))
        alt += f" The most frequent error: {label} called {verdict}, {errors[0].texts:,} times."
    figure = class_matrix.class_matrix(matrix, tested.classes, things.many, revision=key)
    show_chart(figure, key="class-matrix", alt=alt)
    st.caption(escaped(f"{alt} Colours: the share of the row; green is right, gray is wrong."))
    columns = {"label": list(tested.classes)}
    columns |= {
        f"called {name}": column.tolist() for name, column in zip(tested.classes, matrix.T, strict=True)
    }
    csv_download(columns, file_name="confusion-matrix.csv")


def _share(value):
    return "not defined" if value is None else percent(value)
