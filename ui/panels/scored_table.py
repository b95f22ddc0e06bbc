"""A table that is being scored, or its result: progress, counts, accuracy, first rows, download.

Called by the section "Score a file".
"""

import streamlit as st

from imdb_core.scoring import table_jobs
from imdb_core.scoring.table_folder import FAILED, STARTING, STOPPED, Job
from imdb_core.scoring.tables import READING
from ui import messages, scored_tables
from ui.formats import counted, duration, escaped, interval, percent, shortened
from ui.tables import small_table

LONGEST_CELL = 80  # characters
SHOWN_ERRORS = 10
NOT_SCORED = {  # kind of refusal, see imdb_core.scoring.tables -> what the rows have
    "no-text": "no text",
    "too-long": "a text that is too long",
    "not-text": "a list or an object instead of a text",
    "no-known-word": "no word that the network knows",
}


def show_job(job: Job, choices: dict, *, again) -> None:
    """Show the job; `again()` takes it out of the page's link."""
    model = choices.get(job.order.model)
    st.markdown(
        f"**{escaped(job.order.name)}**, scored by {escaped(model.title if model else job.order.model)}"
    )
    st.fragment(_progress, run_every=None if job.has_ended else "1s")(job.id)
    if not job.has_ended:
        return
    if job.phase == FAILED:
        st.error(escaped(job.error), icon=":material/error:")
    elif job.phase == STOPPED:
        st.info("Stopped; there is no result.", icon=":material/stop_circle:")
    else:
        _show_counts(job.figures)
    _show_buttons(job, again)
    if job.figures:
        _show_details(job.figures)


def _show_buttons(job, again):
    with st.container(horizontal=True):
        if job.figures:
            st.link_button(
                f"Download {shortened(job.download_name)} ({job.result.stat().st_size / 1e6:,.1f} MB)",
                scored_tables.address(job.id),
                type="primary",
                icon=":material/download:",
            )
        st.button("Score another file", key="score-again", on_click=messages.clicked, args=(again,))
        st.button(
            "Delete this result",
            key="score-delete",
            icon=":material/delete:",
            on_click=messages.clicked,
            args=(_delete, job.id, again),
        )
    st.caption("The result is deleted after a day. Until then this page's link leads to it.")


def _delete(id, again):
    table_jobs.delete(id)
    again()


def _progress(id):
    """How far the job is, and the button that stops it; at the end the whole page is drawn again."""
    job = table_jobs.status(id)
    if job is None or job.has_ended:
        if st.session_state.pop(f"scoring-{id}", False):
            messages.refresh()
        return
    st.session_state[f"scoring-{id}"] = True
    share = job.done / job.total if job.total else 0.0
    if job.phase in (STARTING, READING):
        text = f"Reading the table: {counted(job.done, 'row')}" if job.done else "Starting …"
    else:
        left = "" if job.seconds_left is None else f", {duration(job.seconds_left)} left"
        text = f"{job.done:,} of {counted(job.total, 'row')} scored{left}"
    st.progress(share, text)
    if job.is_stopping:
        st.caption("Stopping …")
    else:
        st.button(
            "Stop",
            key="score-stop",
            icon=":material/stop:",
            on_click=messages.clicked,
            args=(table_jobs.stop, id),
        )


def _show_counts(figures):
    """How many rows were scored, why others were not, and the accuracy."""
    with st.container(horizontal=True):
        st.metric("Rows", f"{figures['rows']:,}", border=True)
        st.metric("Scored", f"{figures['scored']:,}", border=True)
        labels = figures["labels"]
        if labels and labels["compared"]:
            st.metric("Accuracy", percent(labels["accuracy"]), border=True)
            st.metric("95 % interval (Wilson)", interval(*labels["interval"]), border=True)
    if figures["not_scored"]:
        refused = [
            f"{counted(count, 'row')} with {NOT_SCORED[kind]}"
            for kind, count in figures["not_scored"].items()
        ]
        st.warning(
            escaped(f"Not scored: {', '.join(refused)}. The column {figures['new_columns'][-1]} says why."),
            icon=":material/rule:",
        )
    if labels and labels["unknown_rows"]:
        names = ", ".join(f"{name} ({count:,})" for name, count in labels["unknown_labels"].items())
        st.warning(
            escaped(
                f"{counted(labels['unknown_rows'], 'row')} in {labels['column']} with a label that is no "
                f"class of this network, left out of the accuracy: {names}"
            ),
            icon=":material/label_off:",
        )


def _show_details(figures):
    """The counts of classes, the first rows, and what the labels say."""
    small_table(
        {
            "class": [escaped(shortened(name)) for name in figures["classes"]],
            "rows": [f"{count:,}" for count in figures["classes"].values()],
        }
    )
    if figures["labels"] and figures["labels"]["compared"]:
        _show_labels(figures["labels"], list(figures["classes"]))
    _show_first_rows(figures)


def _show_labels(labels, classes):
    """The confusion matrix and the errors with the largest share of the wrong class."""
    st.markdown(f"**Labels in {escaped(labels['column'])} against the network's classes**")
    columns = {"labelled": [escaped(shortened(name)) for name in classes]}
    for number, name in enumerate(classes):
        columns[f"scored as {escaped(shortened(name))}"] = [f"{row[number]:,}" for row in labels["confusion"]]
    small_table(columns)
    if errors := labels["errors"][:SHOWN_ERRORS]:
        st.markdown("**The surest errors**")
        small_table(
            {
                "line": [f"{error['line']:,}" for error in errors],
                "labelled": [escaped(shortened(error["label"])) for error in errors],
                "scored as": [
                    f"{escaped(shortened(error['class']))} ({error['share']:.1%})" for error in errors
                ],
                "text": [escaped(shortened(error["text"], LONGEST_CELL)) for error in errors],
            }
        )


def _show_first_rows(figures):
    """The text and the new columns of the first rows; the file has all columns."""
    columns, shown = figures["columns"], [figures["column"], *figures["new_columns"]]
    st.markdown("**The first rows**")
    table = {}
    for name in shown:
        cells = [row[columns.index(name)] for row in figures["preview"]]
        table[escaped(shortened(name))] = [_cell(cell) for cell in cells]
    small_table(table)


def _cell(value):
    if value is None:
        return ""
    return f"{value:.1%}" if isinstance(value, float) else escaped(shortened(value, LONGEST_CELL))
