"""The table of runs (ui/browser/run_table.js): what each row says. Called by ui/panels/run_list.py.

Streamlit's own table is a picture, which a screen reader cannot read. It has neither links nor cards, and
forgets its order when the list changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import quote

import streamlit as st

from imdb_core.evaluation import balance
from imdb_core.runs.listing import Listing
from imdb_core.runs.names import changed_settings, created, described, settings_text, written
from imdb_core.runs.store import Run
from imdb_core.runs.tags import tags
from ui import colors, page_link
from ui.browser import component
from ui.formats import percent
from ui.pages import link_to
from ui.run_sentences import KEPT_ACCURACY, KEPT_BY
from ui.run_state import COLORS
from ui.sweep_links import origin_text, sweep_address, sweep_of

_RUN_TABLE = component("run_table")

_KEY, _TICKS, _CHANGE = "run-table", "ticked", "ticks-change"  # of the session
MOST_POINTS = 30  # of a small curve


@dataclass(frozen=True)
class Column:
    """A column: the field of a row, its heading, and the key of listing.ORDERS for a click on the heading."""

    key: str
    title: str
    order: str = ""
    number: bool = False
    help: str = ""


COLUMNS = (
    Column("name", "Name", "name"),
    Column("state", "State", "state"),
    Column("network", "Network", "network"),
    Column("settings", "Changed settings", help="What differs from the network's preset."),
    Column("dataset", "Data set", "dataset"),
    Column("place", "Place", "place", help="Where the run is trained."),
    Column("seed", "Seed", "seed", number=True),
    Column("validation", "Validation", "validation", number=True, help=f"The {KEPT_ACCURACY} ({KEPT_BY})."),
    Column("test", "Test", "test", number=True, help="Test accuracy."),
    Column("balanced", "Balanced", number=True, help="Balanced test accuracy, where classes are uneven."),
    Column("epochs", "Epochs", "epochs"),
    Column("curve", "Curve", help="Validation accuracy after each epoch."),
    Column("created", "Created", "created", help="In your time zone."),
)
OPTIONAL = ("balanced", "place")  # keys of columns that are left out where no row has a text


def show_run_table(
    listing: Listing, runs: Sequence[Run], *, count: str, order: str, view: str, zone: tzinfo | None
) -> str | None:
    """Show `runs`, a page of the list; returns the id of the run or the sweep that a click has opened.

    The session keeps the ticks, the link keeps order and view. `count` says how many runs there are.
    """
    rows = [_row(listing, run, zone) for run in runs]
    used = {name for row in rows for name, value in row.items() if value}
    data = {
        "columns": [vars(column) for column in COLUMNS if column.key in used or column.key not in OPTIONAL],
        "rows": rows,
        "low": min([0.9, *(value for row in rows for value in row["curve"] if value is not None)]),
        "ticked": list(ticks()),
        "change": st.session_state.get(_CHANGE, 0),
        "order": order,
        "view": view,
        "color": colors.ONE_RUN,
        "count": count,
        "all": f"Tick all {len(rows)}" if len(rows) > 1 else "Tick all",
    }
    shown = _RUN_TABLE(
        key=_KEY,
        data=data,
        on_ticked_change=_remember_ticks,
        on_ordered_change=lambda: _follow("sort", "ordered"),
        on_viewed_change=lambda: _follow("view", "viewed"),
        on_opened_change=lambda: None,
    )
    return shown.opened


def ticks() -> dict[str, str]:
    """The ticked runs: id -> the name under which the run was ticked. May be changed."""
    return st.session_state.setdefault(_TICKS, {})


def _remember_ticks():
    ticked = st.session_state[_KEY].ticked or {}
    st.session_state[_CHANGE] = ticked.get("change", 0)
    st.session_state[_TICKS] = {id: ticks().get(id, id) for id in ticked.get("ids", ())}


def _follow(link, trigger):
    """Write what the user has chosen in the table into the link."""
    if value := st.session_state[_KEY].get(trigger):
        page_link.change(link, value)


def _accuracies(run):
    """The validation accuracies for the small curve; none for a language model, which judges no texts."""
    return [] if run.predicts_words else [row["val_accuracy"] for row in run.epochs]


def _row(listing, run, zone):
    """All texts of a run's row; a text that is not known is empty."""
    skill = balance.beside_accuracy(run, thorough=False)
    time, values = created(run.id), _thinned(_accuracies(run))
    settings = settings_text(changed_settings(run.config)) if run.config else ""
    return {
        "id": run.id,
        "name": listing.names[run.id],
        "link": f"{link_to('watch').path}?run={quote(run.id)}",
        "about": _about(run, listing.names[run.id]),
        "sweep": origin_text(run),
        "sweep_id": sweep_of(run),
        "sweep_link": sweep_address(run),
        "tags": tags(run),
        "remark": run.damaged or run.remark or "",
        "state": run.state,
        "shade": COLORS.get(run.state, "gray"),
        "network": run.title if run.config else "",
        "settings": settings,
        "dataset": listing.dataset(run),
        "place": listing.where(run),
        "seed": str(run.config.seed) if run.config else "",
        "validation": _percent(run.val_accuracy),
        "test": _percent(run.test_accuracy),
        "balanced": _percent(skill.balanced_accuracy) if skill else "",
        "epochs": "" if run.damaged else f"{len(run.epochs)} of {run.config.epochs}",
        "curve": values,
        "curve_text": _curve_text(values),
        "created": written(time.astimezone(zone)) if time else "",
    }


def _about(run, name):
    """What the run is, below a name that the user chose; empty if the name says it already."""
    about = described(run.config) if run.config and name == run.chosen_name else ""
    return "" if about == name else about


def _percent(share):
    return "" if share is None else percent(share)


def _thinned(values):
    """At most MOST_POINTS of the values, the last one among them."""
    step = -(-len(values) // MOST_POINTS) or 1
    return tuple(values[::-1][::step][::-1])


def _curve_text(values):
    """A small curve in words, for people who cannot see it."""
    known = [value for value in values if value is not None]
    return f"Validation accuracy from {percent(known[0])} to {percent(known[-1])}" if known else ""
