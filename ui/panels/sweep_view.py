"""One sweep: state and budget, the best setting, charts, all settings. Called by pages/sweeps.py.

While the sweep moves, this part of the page is drawn again every LOOK_SECONDS. Elements keep their places,
charts are updated in place, and what has not changed is not drawn anew.
"""

import streamlit as st

from imdb_core import architectures
from imdb_core.data import sources
from imdb_core.sweeps import control, importances
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.overview import Overview, overview
from imdb_core.sweeps.sweep import Sweep
from ui import messages
from ui.formats import escaped
from ui.heading import tab_title
from ui.jump_links import section, show_jump_links
from ui.panels import sweep_charts
from ui.panels.sweep_best import fresh_runs, show_best, show_front
from ui.panels.sweep_buttons import show_buttons
from ui.panels.sweep_settings import show_settings
from ui.sweep_texts import in_words, objective_text, progress_text, saved_text

LOOK_SECONDS = 2
BEST, FRONT, CHARTS, SETTINGS = "The best setting", "The front", "Charts", "All settings"


def show_sweep(sweep: Sweep) -> None:
    """Show the sweep; while it or one of its runs moves, follow it."""
    now = overview(sweep)
    if sweep.config is None:
        st.error(escaped(f"This sweep is damaged: {sweep.damaged} Its runs are not affected."))
        show_buttons(now)
        return
    messages.read_or_show_error(importances.keep_current, now)
    is_moving = _moves(now)
    st.fragment(_show, run_every=LOOK_SECONDS if is_moving else None)([now], sweep.folder, is_moving)


def tab(now: Overview) -> str:
    """The title of the browser's tab."""
    sweep = now.sweep
    return f"{now.share:.0%} · {sweep.name}" if sweep.state == "running" else f"{sweep.state} · {sweep.name}"


def _show(just_read, folder, was_moving):
    """`just_read` holds the sweep for the first drawing only; later it is read again."""
    now = just_read.pop() if just_read else overview(sweep_store.read(folder))
    if now.sweep.config is None or (was_moving and not _moves(now)):
        messages.refresh()  # it has ended, or was deleted in another tab
    if was_moving:
        messages.read_or_show_error(control.keep_moving, now, fresh_runs(now))
        messages.read_or_show_error(importances.keep_current, now)
    tab_title(tab(now))
    show_buttons(now)
    if now.sweep.reason:
        st.warning(escaped(now.sweep.reason), icon=":material/warning:")
    _show_progress(now)
    has_front = now.sweep.config.cost != "none"
    show_jump_links(FRONT if has_front else BEST, CHARTS, SETTINGS)
    section(FRONT if has_front else BEST)
    if has_front:
        sweep_charts.show_front_chart(now)
        show_front(now)
    else:
        show_best(now)
    section(CHARTS)
    _show_charts(now)
    section(SETTINGS)
    show_settings(now)


def _moves(now):
    """Whether the page may have something new later: of the sweep, of fresh seeds, or the importances."""
    fresh = any(run.active or run.state == "queued" for run in fresh_runs(now))
    return now.is_moving or fresh or importances.job(now.sweep).is_running()


def _show_progress(now):
    config = now.sweep.config
    st.progress(now.share, escaped(progress_text(now)))
    figures = {
        "Settings tried": f"{len(now.tried):,}",
        "Complete": f"{now.count('complete'):,}",
        "Ended early": saved_text(now),
    }
    if now.best:
        figures["Best so far" if now.is_moving else "Best"] = objective_text(config, now.best.value)
    if failed := now.count("failed"):
        figures["Failed or stopped"] = f"{failed:,}"
    with st.container(horizontal=True):
        for name, value in figures.items():
            st.metric(name, value, border=True)
    network = architectures.get(config.base.network).title
    texts = sources.title(config.base.dataset)
    st.caption(escaped(f"{network} on {texts}. {in_words(config)}"))


def _show_charts(now):
    if not any(each.value is not None for each in now.tried):
        st.caption("The charts begin with the first finished epoch.")
        return
    left, right = st.columns([3, 2])
    with left:
        sweep_charts.show_history(now)
    with right:
        sweep_charts.show_importances(now)
    sweep_charts.show_parallel(now)
    sweep_charts.show_slices(now)
