"""How many test texts of a run can be turned by swapping a few words: the figure, or how to get it.

Called by "Look into a run" for one run and by "Compare runs" for several.
"""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.evaluation import robustness, robustness_job
from imdb_core.evaluation.robustness import Robustness
from imdb_core.runs.run import Run
from imdb_core.scoring.fooling import MOST_SWAPS
from ui import messages
from ui.compared_runs import ComparedRun
from ui.formats import counted, duration, escaped, interval, percent
from ui.jump_links import section
from ui.run_marks import Cell, Link, show_table, text

FOOLED = "How easily it is fooled"


def show_how_easily_fooled(run: Run) -> None:
    """Show the section: the figure, the progress while it is computed, or the button that computes it."""
    section(FOOLED)
    things = escaped(nouns(run.config.dataset).many)
    st.caption(
        f"A network whose verdicts hang on single words is easy to fool. {_how(things)} Do not choose a "
        f"network by this figure: it comes from test {things}."
    )
    if reason := robustness.why_not(run):
        st.caption(escaped(reason))
        if figure := robustness.of(run):
            _show_figure(figure, things)
        return
    running = robustness_job.job(run).is_running()
    st.fragment(_show, run_every=2 if running else None)(run, things, running)


def show_fooled_runs(runs: list[ComparedRun]) -> None:
    """One row for each run: its figure with the 95 % interval, or how to get it."""
    heading = ["run", "turned", "share", "95 % interval"]
    heading += [counted(number, "swap") for number in range(1, MOST_SWAPS + 1)]
    rows = [[Cell((run.mark,)), *_cells(run)] for run in runs]
    show_table([text(name) for name in heading], rows, label=FOOLED, key="fooled")
    st.caption(
        f"{_how('texts')} The neighbours are those of each run's own embedding, and each run has its own "
        "texts that it judges right. The figure comes from test texts: choose no run by it."
    )


def _how(things: str) -> str:
    return (
        f"At most {robustness.TEXTS} test {things} that the network judges right are tried, drawn with a "
        "fixed seed. "
        f"A text is turned if another class comes first after at most {MOST_SWAPS} words were swapped for "
        "neighbours in the network's embedding that alone hardly change the score."
    )


def _cells(compared):
    run = compared.run
    if figure := robustness.of(run):
        counts = [f"{figure.turned} of {figure.texts}", percent(figure.share), interval(*figure.interval)]
        return [text(cell) for cell in (*counts, *map(str, figure.by_swaps))]
    reason = robustness.why_not(run)
    link = () if reason else (Link("Compute it", "inspect", "run", compared.key),)
    missing = Cell(("not computed",), note=reason or "“Look into a run” has a button for it", links=link)
    return [missing, *[Cell()] * (2 + MOST_SWAPS)]


def _show(run, things, was_running):
    """The figure or the progress, with the button that starts or stops; at the end the page is redrawn."""
    if robustness_job.job(run).is_running():
        _show_progress(run, things)
        return
    if was_running:
        messages.refresh()
    if failure := robustness_job.job(run).failure():
        st.error(escaped(failure), icon=":material/error:")
    figure = robustness.of(run)
    if figure:
        _show_figure(figure, things)
    st.button(
        "Compute it again" if figure else f"Try to turn {robustness.TEXTS} test {things}",
        icon=":material/swap_horiz:",
        key="fool-run",
        help="In the background; it takes minutes.",
        on_click=messages.clicked,
        args=(robustness_job.start, run),
    )


def _show_progress(run, things):
    job = robustness_job.job(run)
    if progress := job.progress():
        left = progress.seconds_left
        remaining = f", about {duration(left)} left" if left is not None else ""
        st.progress(progress.share, f"{progress.done:.0f} of {progress.total:.0f} {things} tried{remaining}")
    else:
        st.progress(0.0, "The search begins …")
    if job.is_stopping():
        st.caption("Stopping …")
        return
    st.button(
        "Stop",
        icon=":material/stop:",
        key="fool-stop",
        on_click=messages.clicked,
        args=(job.stop,),
    )


def _show_figure(figure: Robustness, things: str) -> None:
    counts = ", ".join(
        f"{count} with {counted(number, 'swap')}" for number, count in enumerate(figure.by_swaps, 1)
    )
    bounds = escaped(f"95 % interval: {interval(*figure.interval)}")
    st.markdown(
        f"**Turned with at most {MOST_SWAPS} swapped words: {figure.turned} of {figure.texts} {things}, "
        f"{escaped(percent(figure.share))}** ({bounds}): {counts}. Computed on {figure.when[:10]} in "
        f"{duration(figure.seconds)}."
    )
