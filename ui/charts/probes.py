"""The chart of the user's own texts on the Watch page: their score before training and after each epoch."""

import html

import plotly.graph_objects as go
import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.runs.store import Run
from ui import colors
from ui.charts.component import show_chart
from ui.charts.layout import line_columns, styled
from ui.charts.scores import axis_name
from ui.class_choice import chosen_class
from ui.class_words import class_name
from ui.csv_files import csv_download
from ui.formats import escaped, shortened

MOST_PROBABLE = "its most probable class"


def show_probes(run: Run) -> None:
    """Show one line for each probe text: the share of a class that the visitor can choose."""
    things = nouns(run.config.dataset)
    of = chosen_class(
        f"Show for each probe {things.one}",
        run.config.classes,
        default=None,
        link="probe-class",
        of_default=MOST_PROBABLE,
    )
    shown = _shown_class(run.config.classes, of)
    when = "before the training and after each epoch" if run.untrained_probes else "after each epoch"
    many = escaped(things.many)
    st.markdown(f"**Your probe {many}** (probability of {escaped(shown)} {when})")
    figure = probe_curves(run, of)
    show_chart(figure, key=f"probes-{run.id}", alt=probes_text(run, of))
    if not run.active:  # while the run is active, each rerun would replace the file before it is downloaded
        csv_download(line_columns(figure, things.one), file_name="probes.csv")


def probe_curves(run: Run, of: int | None = None) -> go.Figure:
    """The share of the class `of`, or of each text's most probable class, one line for each probe text."""
    classes, rows, figure = run.config.classes, _scored_epochs(run), go.Figure()
    for number, text in enumerate(run.config.probe_reviews):
        shown = [_answer(row["probes"][number], classes, of) for row in rows]
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[share for share, _ in shown],
            mode="lines+markers",
            name=html.escape(shortened(text)),
            meta=text,
            customdata=[axis_name(name) for _, name in shown],
            hovertemplate="%{x}, %{y:.1%} %{customdata}",
            line=colors.run_line(number) | {"width": 2.5},
        )
    epochs = run.config.epochs
    figure.add_hline(y=1 / len(classes), line={"width": 1, "dash": "dash"}, opacity=0.6)
    first = rows[0]["epoch"] if rows else 1
    figure.update_xaxes(title="epoch", range=[first - 0.1, epochs + 0.1], dtick=max(1, round(epochs / 10)))
    title = axis_name(_shown_class(classes, of))
    figure.update_yaxes(title=title, range=[-0.03, 1.03], tickformat=".0%")
    return styled(figure, f"probes-{run.id}-{of}", height=300)


def probes_text(run: Run, of: int | None = None) -> str:
    """The text alternative of the chart."""
    rows, classes = _scored_epochs(run), run.config.classes
    untrained = rows and rows[0]["epoch"] == 0
    first = f" before training: {_in_words(rows[0], classes, of)};" if untrained else ""
    trained = rows[1:] if untrained else rows
    last = _in_words(trained[-1], classes, of) if trained else "no epoch done yet"
    many = nouns(run.config.dataset).many
    return f"{len(run.config.probe_reviews)} probe {many} scored after each epoch;{first} last: {last}."


def _in_words(row, classes, of):
    """The shares of a row, in the order of the probes."""
    shown = [_answer(value, classes, of) for value in row["probes"]]
    return ", ".join("not measured" if share is None else f"{share:.0%} {name}" for share, name in shown)


def _shown_class(classes, of):
    """The class whose share the chart shows, for people."""
    if answers.is_binary(classes):
        return class_name(classes, 1)
    return MOST_PROBABLE if of is None else class_name(classes, of)


def _answer(value, classes, of):
    """(share, class) to show for one probe after one epoch.

    `value` is the probe's share, a list with a share for each class, or None.
    """
    if not isinstance(value, list):  # of the second of two classes
        return value, class_name(classes, 1)
    place = answers.reported(value) if of is None else of
    return value[place], class_name(classes, place)


def _scored_epochs(run):
    """The rows of the epochs after which all of the config's probe texts were scored.

    The first row may be that of the untrained network, as epoch 0.
    """
    count = len(run.config.probe_reviews)
    rows = [{"epoch": 0, "probes": run.untrained_probes or []}, *run.epochs]
    return [row for row in rows if "probes" in row and all(_fits(row["probes"], count, run))]


def _fits(values, count, run):
    """Whether there is one value for each probe, and in each list of shares one for each class."""
    yield len(values) == count
    yield from (len(value) == len(run.config.classes) for value in values if isinstance(value, list))
