"""What can be done with the ticked runs of the list: compare, tag and delete them; all of one run's buttons.

Called by ui/panels/run_list.py. Runs are kept by their id, so a click acts on the runs that the user saw.
"""

import streamlit as st

from imdb_core.errors import RunError, UserError, reason
from imdb_core.runs import store, tags
from ui import messages
from ui.formats import counted, escaped
from ui.links import show_link
from ui.run_buttons import delete, run_buttons
from ui.run_table import ticks

NAMED_RUNS = 5  # of several ticked runs
_NEW_TAGS = "new-tags"


def show_ticked_runs(listing) -> None:
    """Show what the ticked runs allow, at the lower edge of the window; without ticks a hint."""
    by_id = {run.id: run for run in listing.runs}
    for id in [id for id in ticks() if id not in by_id]:
        name = ticks().pop(id)
        st.info(escaped(f"The ticked run “{name}” does not exist any more: it was deleted meanwhile."))
    ticks().update({id: listing.names[id] for id in ticks()})
    ticked = [by_id[id] for id in ticks()]
    if not ticked:
        st.caption("A click on a run opens it. Tick runs to compare, tag or delete them.")
        return
    with st.container(border=True, key="ticked-runs", gap="xsmall"):
        if len(ticked) == 1:
            _show_one(ticked[0])
        else:
            _show_several(ticked)


def _show_one(run):
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escaped(ticks()[run.id])}**", width="content")
        show_link("watch", "Open", run=run.id)
        _tags_form([run])
        _untick_button()
    run_buttons(run, run.id)


def _show_several(runs):
    names = [f"“{ticks()[run.id]}”" for run in runs]
    more = f" and {len(names) - NAMED_RUNS} more" if len(names) > NAMED_RUNS else ""
    st.caption(escaped(f"{', '.join(names[:NAMED_RUNS])}{more}"))
    with st.container(horizontal=True, vertical_alignment="center"):
        with_epochs = [run.id for run in runs if run.epochs and not run.predicts_words]
        show_link(
            "compare",
            f"Compare the {counted(len(with_epochs), 'ticked run')}",
            disabled=len(with_epochs) < 2,
            tip=""
            if len(with_epochs) == len(runs)
            else "Language models and runs without a finished epoch are left out.",
            runs=",".join(with_epochs),
        )
        _tags_form(runs)
        _delete_button(runs)
        _untick_button()


def _tags_form(runs):
    """The popover with the tags of all `runs`, each with a button that removes it, and a field for more."""
    present = dict.fromkeys(tag for run in runs for tag in tags.tags(run))
    ids = tuple(run.id for run in runs)
    with st.popover("Tags", icon=":material/label:", key="tags"):
        for tag in present:
            st.button(
                escaped(tag),
                key=f"untag-{tag}",
                icon=":material/close:",
                help="Take this tag away",
                on_click=messages.clicked,
                args=(_untag, ids, tag),
            )
        with st.form("tags-form", border=False, clear_on_submit=True):  # in a form Enter saves
            st.text_input(
                "New tags",
                key=_NEW_TAGS,
                max_chars=tags.MOST_TAGS * (tags.LONGEST_TAG + 2),
                placeholder="several with commas between them",
            )
            st.form_submit_button(
                "Set tags",
                key="set-tags",
                on_click=messages.clicked,
                args=(_tag, ids),
            )


def _delete_button(runs):
    number = counted(len(runs), "run")
    with st.popover(f"Delete {number}", icon=":material/delete:", key="delete-ticked"):
        st.text(f"Delete {number} with their models and curves? This cannot be undone.")
        st.button(
            f"Delete {number} for good",
            key="delete-ticked-for-good",
            on_click=messages.clicked,
            args=(_delete_all, {run.id: ticks()[run.id] for run in runs}),
        )


def _untick_button():
    st.button(
        "Clear ticks",
        key="untick",
        icon=":material/deselect:",
        on_click=messages.clicked,
        args=(_clear_ticks,),
    )


def _clear_ticks():
    ticks().clear()


def _tag(ids):
    """Set the tags of the form on all runs. Raises RunError if a tag is not allowed or a run is gone."""
    new = tags.parsed(st.session_state[_NEW_TAGS])
    _for_each(ids, lambda run: tags.add(run, new))


def _untag(ids, tag):
    _for_each(ids, lambda run: tags.remove(run, [tag]))


def _for_each(ids, change):
    """`change` every run; goes on after an error and raises a RunError with all reasons."""
    problems = []
    for id in ids:
        try:
            change(store.find(id))
        except (UserError, OSError) as error:
            problems.append(reason(error))
    _raise(problems)


def _delete_all(names):
    """Delete the runs (id -> name); goes on after an error and raises a RunError with all reasons."""
    problems, deleted = [], 0
    for id in names:
        try:
            delete(id)
            deleted += 1
        except (UserError, OSError) as error:
            problems.append(reason(error))
    _raise([f"{counted(deleted, 'run')} of {len(names)} deleted", *problems] if problems else [])


def _raise(problems):
    if problems:
        raise RunError(f"{'. '.join(dict.fromkeys(problem.rstrip('.') for problem in problems))}.")
