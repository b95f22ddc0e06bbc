"""The list of all runs, and what can be done with the selected run."""

import functools

import streamlit as st

from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.evaluation import balance
from imdb_core.runs import launcher
from imdb_core.runs.store import Run
from ui.formats import escaped, shortened
from ui.run_buttons import run_buttons
from ui.run_sentences import KEPT_ACCURACY, KEPT_BY
from ui.run_state import state_badge
from ui.tables import arrow_table

KINDS = {
    "name": "string",
    "state": "string",
    "validation": "double",
    "test": "double",
    "balanced": "double",
    "curve": "list<double>",
    "epochs": "string",
    "network": "string",
    "data set": "string",
    "remark": "string",
}
COLUMNS = {
    "curve": st.column_config.LineChartColumn("curve", y_min=0.4, y_max=1.0, width="small"),
    "validation": st.column_config.NumberColumn("validation", format="%.2f %%"),
    "test": st.column_config.NumberColumn("test", format="%.2f %%"),
    "balanced": st.column_config.NumberColumn(
        "balanced test",
        format="%.2f %%",
        help="Balanced test accuracy, where the classes of the test texts are uneven.",
    ),
}
# How many earlier lists are remembered: a late click on a row of an earlier list selects the right run.
EARLIER_LISTS = 3


def show_run_list(runs: list[Run]) -> None:
    """Show the list of `runs`, just read. While a run is active or queued, it is read again every 2 s."""
    moving = any(run.active or run.state == "queued" for run in runs)
    st.fragment(_show, run_every=2 if moving else None)([runs])


def _show(just_read):
    """`just_read` holds the list for the first drawing only, so that open tabs do not keep it in memory."""
    runs = just_read.pop() if just_read else launcher.runs()
    ids = [run.id for run in runs]
    selected = st.session_state.get("selected")
    _show_table(runs, ids, selected)
    if selected in ids:
        _show_selected(runs[ids.index(selected)])
        return
    if selected:
        name = st.session_state["selected-name"]
        st.info(escaped(f"The selected run “{name}” does not exist any more: it was deleted meanwhile."))
    st.caption(
        f"Validation is the {KEPT_ACCURACY} ({KEPT_BY}). Select a row to open, rename, resume or delete that "
        "run."
    )


def _show_table(runs, ids, selected):
    titles = {name: sources.title(name) for name in {run.config.dataset for run in runs if run.config}}
    titles.pop(configs.facts("dataset").default, None)
    rows = [_row(run) | {"data set": run.config and titles.get(run.config.dataset)} for run in runs]
    optional = {name for name in ("balanced", "data set") if all(row[name] is None for row in rows)}
    kinds = {name: kind for name, kind in KINDS.items() if name not in optional}
    # Each list of runs is a table with a key of its own. So a late click on a row refers to the list that the
    # user saw.
    key = f"table-{hash(tuple(ids)):x}"
    earlier = {name: rows for name, rows in st.session_state.get("lists", {}).items() if name != key}
    st.session_state["lists"] = dict(list(earlier.items())[-EARLIER_LISTS:]) | {key: ids}
    st.dataframe(
        arrow_table([{name: row[name] for name in kinds} for row in rows], kinds),
        column_config=COLUMNS,
        hide_index=True,
        on_select=functools.partial(_select, key),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(selected)] if selected in ids else []}},
        key=key,
        placeholder="–",
        alt=f"{len(runs)} runs; the newest is {runs[0].name}, {runs[0].state}." if runs else "No runs.",
    )


def _row(run):
    skill = balance.beside_accuracy(run, thorough=False)
    return {
        "name": shortened(run.name),
        "state": run.state,
        "validation": _in_percent(run.best.get("val_accuracy")),
        "test": _in_percent(run.test_accuracy),
        "balanced": _in_percent(skill.balanced_accuracy) if skill else None,
        "curve": [row["val_accuracy"] for row in run.epochs],
        "epochs": "" if run.damaged else f"{len(run.epochs)} of {run.config.epochs}",
        "network": run.title,
        "remark": run.damaged or run.message or "",
    }


def _in_percent(share):
    """0.8762 as 87.62; None stays None."""
    return None if share is None else 100 * share


def _select(key):
    """Remember the id of the run that was selected in the table `key`, because its row may change."""
    ids = st.session_state["lists"].get(key, [])
    rows = [row for row in st.session_state[key].selection.rows if row < len(ids)]
    st.session_state["selected"] = ids[rows[0]] if rows else None


def _show_selected(run):
    st.session_state["selected-name"] = run.name
    with st.container(border=True):
        st.subheader(escaped(run.name))
        state_badge(run)
        st.page_link(
            "pages/watch.py",
            label="Open its curves",
            icon=":material/monitoring:",
            query_params={"run": run.id},
        )
        run_buttons(run, run.id)
