"""The link from a run to its sweep, on the pages of one run and of all runs.

Called by ui/run_buttons.py and ui/run_table.py.
"""

from urllib.parse import quote

from imdb_core.runs.store import Run
from imdb_core.sweeps import store
from imdb_core.sweeps.sweep import membership, origin
from ui.formats import escaped, shortened
from ui.links import show_link
from ui.pages import link_to

LONGEST_NAME = 40  # characters of a sweep's name


def sweep_of(run: Run) -> str:
    """The id of the sweep that made the run, or whose setting it trains again; "" for other runs."""
    if run.damaged:
        return ""
    return (membership(run) or origin(run) or ("", 0))[0]


def sweep_address(run: Run) -> str:
    """The address of the page about the run's sweep; "" without one."""
    id = sweep_of(run)
    return f"{link_to('sweeps').path}?sweep={quote(id)}" if id and store.known(id) else ""


def origin_text(run: Run) -> str:
    """Where a run comes from: "Run 7 of the sweep “my sweep”"; "" for a run of no sweep."""
    id = sweep_of(run)
    if not id:
        return ""
    sweep = store.known(id)
    name = f"the sweep “{shortened(sweep.name, LONGEST_NAME)}”" if sweep else "a deleted sweep"
    if belongs := membership(run):
        return f"Run {belongs[1]} of {name}"
    return f"Setting {origin(run)[1]} of {name}, fresh seed"


def show_sweep_link(run: Run) -> None:
    """Show the link to the run's sweep, if there is one; a deleted sweep has none."""
    if (id := sweep_of(run)) and store.known(id):
        show_link("sweeps", escaped(origin_text(run)), sweep=id)
