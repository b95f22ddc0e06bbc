"""All runs with state, accuracies and a small curve; open, rename, resume or delete the selected run."""

import functools

import streamlit as st

from imdb_core.evaluation import balance
from imdb_core.runs import launcher
from ui import words
from ui.parts import arrow_table, page_heading, show_places, state_badge
from ui.run_buttons import run_buttons

KINDS = {"name": "string", "state": "string", "validation": "double", "test": "double", "balanced": "double"}
KINDS |= {"curve": "list<double>", "epochs": "string", "network": "string", "remark": "string"}
LATE_LISTS = (
    3  # earlier lists that are remembered, so that a late click on one of their rows selects the right run
)

page_heading("All runs")
show_places()
runs = launcher.runs()
if not runs:
    st.info("No run yet. Train one: the smallest network takes about a minute.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()


def in_percent(share):
    """0.8762 as 87.62; None stays None."""
    return None if share is None else 100 * share


listed = [runs]  # read above; the table uses it when it is first drawn


@st.fragment(run_every="2s" if any(run.active or run.state == "queued" for run in runs) else None)
def table():
    """The list, kept up to date while something moves."""
    now = listed.pop() if listed else launcher.runs()
    rows = [
        {
            "name": words.shortened(run.name),
            "state": run.state,
            "validation": in_percent(run.best.get("val_accuracy")),
            "test": in_percent(run.test_accuracy),
            "balanced": in_percent(skill.balanced_accuracy) if skill else None,
            "curve": [row["val_accuracy"] for row in run.epochs],
            "epochs": f"{len(run.epochs)} of {run.config.epochs}" if not run.damaged else "",
            "network": run.title,
            "remark": run.damaged or run.message or "",
        }
        for run in now
        for skill in (balance.beside_accuracy(run, thorough=False),)
    ]
    kinds = {
        name: kind
        for name, kind in KINDS.items()
        if name != "balanced" or any(row[name] is not None for row in rows)
    }
    rows = [{name: row[name] for name in kinds} for row in rows]
    columns = {
        "curve": st.column_config.LineChartColumn("curve", y_min=0.4, y_max=1.0, width="small"),
        "validation": st.column_config.NumberColumn("validation", format="%.2f %%"),
        "test": st.column_config.NumberColumn("test", format="%.2f %%"),
        "balanced": st.column_config.NumberColumn(
            "balanced test",
            format="%.2f %%",
            help="Balanced test accuracy, where the classes of the test reviews are uneven.",
        ),
    }
    ids = [run.id for run in now]
    # Each list of runs is a table with a key of its own. So a late click on a row refers to the list that the
    # user saw.
    key = f"table-{hash(tuple(ids)):x}"
    lists = {name: rows for name, rows in st.session_state.get("lists", {}).items() if name != key}
    st.session_state["lists"] = dict(list(lists.items())[-LATE_LISTS:]) | {key: ids}
    selected = st.session_state.get("selected")
    st.dataframe(
        arrow_table(rows, kinds),
        column_config=columns,
        hide_index=True,
        on_select=functools.partial(select, key),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [ids.index(selected)] if selected in ids else []}},
        key=key,
        placeholder="–",
        alt=f"{len(now)} runs; the newest is {now[0].name}, {now[0].state}." if now else "No runs.",
    )
    if selected in ids:
        chosen(now[ids.index(selected)])
        return
    if selected:
        name = st.session_state["selected-name"]
        st.info(
            words.plain(f"“{name}”, which was selected, does not exist any more: it was deleted meanwhile.")
        )
    kept = f"Validation is the {words.KEPT_ACCURACY} ({words.KEPT_BY})."
    st.caption(f"{kept} Select a row to open, rename, resume or delete that run.")


def select(key):
    """Remember the id of the run that was selected in the table `key`; its row may change."""
    ids = st.session_state["lists"].get(key, [])
    rows = [row for row in st.session_state[key].selection.rows if row < len(ids)]
    st.session_state["selected"] = ids[rows[0]] if rows else None


def chosen(run):
    """What can be done with the selected run."""
    st.session_state["selected-name"] = run.name
    with st.container(border=True):
        st.subheader(words.plain(run.name))
        state_badge(run)
        st.page_link(
            "pages/watch.py",
            label="Open its curves",
            icon=":material/monitoring:",
            query_params={"run": run.id},
        )
        run_buttons(run, run.id)


table()
