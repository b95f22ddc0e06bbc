"""The stored data sets of the user's own, and what can be done with the chosen one.

Called by the page "Your texts".
"""

from collections import Counter

import streamlit as st

from imdb_core.data.own import limits, store
from imdb_core.data.own.store import Facts
from imdb_core.runs import store as runs
from ui import messages
from ui.empty_store import show_missing
from ui.formats import counted, escaped, shortened
from ui.linked_widgets import linked_choice
from ui.links import show_link
from ui.panels.labels_to_look_at import show_labels_to_look_at
from ui.tables import small_table

SHOWN_CLASSES = 3  # in the list; the chosen data set shows all


def show_data_sets() -> None:
    """Show the list and the chosen data set, which stays in the link; a sentence if there is none."""
    sets = [store.facts(name) for name in reversed(store.names())]  # the newest comes first
    if not sets:
        show_missing("You have no data sets yet. Add the first one below; see how one looks.", "data")
        return
    trained = Counter(run.config.dataset for run in runs.runs() if run.config)
    small_table(
        {
            "data set": [escaped(shortened(each.title)) for each in sets],
            "classes": [str(len(each.classes)) for each in sets],
            "for instance": [_classes(each) for each in sets],
            "training texts": [f"{each.counts['training']:,}" for each in sets],
            "test texts": [f"{each.counts['test']:,}" for each in sets],
            "without label": [f"{each.counts['unlabelled']:,}" for each in sets],
            "added": [escaped(each.created[:10]) for each in sets],
            "state": [_state(each, trained[each.name]) for each in sets],
        }
    )
    by_name = {each.name: each for each in sets}
    name = linked_choice("Data set", {name: each.title for name, each in by_name.items()}, link="set")
    with st.container(border=True):
        _show_chosen(by_name[name])
    with st.expander("Check the labels of these texts", icon=":material/rule:"):
        show_labels_to_look_at(name)


def show_links(name: str) -> None:
    """Links to what can be done with a stored data set."""
    with st.container(horizontal=True):
        show_link("train", "Train on these texts", dataset=name)
        show_link("data", "Look at the texts", corpus=name)


def quoted(label: str) -> str:
    """A class or a label between quotes, which show a space at its beginning."""
    return f"“{label}”"


def _show_chosen(facts: Facts) -> None:
    st.subheader(escaped(facts.title))
    st.caption(
        escaped(
            f"{facts.noun} from {facts.file_name}; {facts.mean_words:,} words on average; test part "
            f"{'given' if facts.test == 'given' else 'drawn at random'}"
        )
    )
    small_table(
        {
            "class": [escaped(quoted(name)) for name in facts.classes],
            "training texts": [f"{count:,}" for count in facts.class_counts["training"]],
            "test texts": [f"{count:,}" for count in facts.class_counts["test"]],
        }
    )
    show_links(facts.name)
    with st.container(horizontal=True):
        _rename_form(facts)
        _delete_button(facts)


def _state(facts: Facts, count: int) -> str:
    """How many runs learned from the data set, and how many of its texts are excluded."""
    excluded = len(store.excluded(facts.name))
    learned = f"{counted(count, 'run')} learned from it" if count else "ready to train on"
    return f"{learned}, {counted(excluded, 'text')} excluded" if excluded else learned


def _classes(facts: Facts) -> str:
    names = ", ".join(shortened(name, 20) for name in facts.classes[:SHOWN_CLASSES])
    more = ", …" if len(facts.classes) > SHOWN_CLASSES else ""
    return escaped(names + more)


def _rename_form(facts: Facts) -> None:
    name = facts.name
    with (
        st.popover("Rename", icon=":material/edit:", key=f"rename-{name}"),
        st.form(f"rename-form-{name}", border=False),
    ):
        st.text_input("Name", facts.title, limits.LONGEST_TITLE, key=f"title-{name}")
        st.text_input("What the texts are", facts.noun, limits.LONGEST_TITLE, key=f"noun-{name}")
        st.form_submit_button(
            "Save name",
            key=f"save-name-{name}",
            on_click=messages.clicked,
            args=(_rename, name),
            kwargs={"done": "The data set has its new name."},
        )


def _rename(name: str) -> None:
    store.rename(name, st.session_state[f"title-{name}"], st.session_state[f"noun-{name}"])


def _delete_button(facts: Facts) -> None:
    count = counted(sum(facts.counts.values()), "text")
    with st.popover("Delete", icon=":material/delete:", key=f"delete-{facts.name}"):
        st.text(
            f"Delete “{facts.title}” with its {count}? This cannot be undone. Runs that learned from it stay "
            "readable, and their networks still work."
        )
        st.button(
            "Delete for good",
            key=f"delete-for-good-{facts.name}",
            on_click=messages.clicked,
            args=(_delete, facts.name),
            kwargs={"done": f"Deleted “{facts.title}”."},
        )


def _delete(name: str) -> None:
    """Delete the data set; does nothing if another tab deleted it already. Raises DataError."""
    if store.is_readable(name):
        store.delete(name)
