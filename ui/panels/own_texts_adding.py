"""Name a data set, store it, and see how far that is. Called by the page "Your texts"."""

import streamlit as st

from imdb_core import architectures
from imdb_core.data.own import adding, limits, store
from imdb_core.data.own.adding import Adding
from imdb_core.data.own.proposal import Proposal
from imdb_core.errors import DataError
from imdb_core.runs import cost, devices
from imdb_core.runs import store as runs
from ui import messages
from ui.formats import duration, escaped
from ui.panels import own_texts_draft
from ui.panels.own_texts_draft import Draft, controlled
from ui.panels.own_texts_file import TEST_UPLOAD, UPLOAD, forget_paths
from ui.panels.own_texts_list import show_links
from ui.upload_box import remove_upload

# Keys of st.session_state: the Adding of this visitor, and the name of the data set that was added last.
_OWN, _ADDED = "own-adding", "own-added"


def show_add_button(draft: Draft) -> None:
    """Ask for the name and offer to store the data set."""
    understood = draft.proposal
    with st.container(horizontal=True):
        _text(
            draft,
            "name",
            "Name of the data set",
            understood.file_name.rpartition(".")[0] or understood.file_name,
        )
        _text(draft, "noun", "What the texts are", "texts, or for instance: customer reviews")
    st.caption(_time_to_train(understood))
    if understood.problem:
        st.error(escaped(understood.problem), icon=":material/error:")
    if not understood.encoding_is_certain:
        st.info("Confirm the encoding above, then the data set can be added.", icon=":material/translate:")
    st.button(
        "Add this data set",
        type="primary",
        icon=":material/add:",
        key="own-add",
        disabled=bool(understood.problem or draft.error) or not understood.encoding_is_certain,
        on_click=messages.clicked,
        args=(_start, draft),
    )


def show_adding() -> bool:
    """Show the data sets that are being added, and the one that this visitor has added last.

    Returns whether this visitor's data set is being added now.
    """
    if name := st.session_state.get(_ADDED):
        _show_added(name)
    own = st.session_state.get(_OWN)
    st.fragment(_show, run_every=0.5 if own or adding.running() else None)()
    return own is not None


def _show() -> None:
    own = st.session_state.get(_OWN)
    for each in adding.running():
        _show_progress(each)
    if own is not None and not own.is_alive():
        _finish(own)


def _show_progress(each: Adding) -> None:
    share = each.done / each.total if each.total else 0.0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(
            share, escaped(f"Adding “{each.title}”: {each.done / 1e6:.0f} of {each.total / 1e6:.0f} MB read")
        )
        st.button(
            "Stopping …" if each.is_stopping else "Stop",
            key=f"own-stop-{each.path}",
            icon=":material/stop_circle:",
            disabled=each.is_stopping,
            on_click=messages.clicked,
            args=(each.stop,),
        )


def _finish(own: Adding) -> None:
    """Draw the whole page again: with the new data set, or with the draft and what is wrong with it."""
    del st.session_state[_OWN]
    if own.name:
        st.session_state[_ADDED] = st.query_params["set"] = own.name  # the list shows it
        own_texts_draft.forget()
        for key in (UPLOAD, TEST_UPLOAD):
            remove_upload(key)
        forget_paths()
    else:
        messages.perform(_fail, own.error)
    messages.refresh()


def _fail(text: str) -> None:
    raise DataError(text)


def _start(draft: Draft) -> None:
    st.session_state[_OWN] = adding.start(draft.path, draft.choices)
    st.session_state.pop(_ADDED, None)


def _show_added(name: str) -> None:
    if not store.is_readable(name):  # deleted meanwhile
        del st.session_state[_ADDED]
        return
    facts = store.facts(name)
    st.success(
        escaped(
            f"“{facts.title}” is stored: {facts.counts['training']:,} training and {facts.counts['test']:,} "
            f"test texts in {len(facts.classes)} classes."
        ),
        icon=":material/check_circle:",
    )
    show_links(name)


def _time_to_train(understood: Proposal) -> str:
    """How long the quickest network needs, from the runs on this machine."""
    size = {
        "texts": understood.training_texts,
        "mean_words": understood.mean_words + 1,
    }  # and the start token
    quickest = cost.quickest(runs.runs(), devices.gpus(), **size)
    if not quickest:
        return "How long a training takes here is estimated as soon as a first network was trained."
    title = architectures.get(quickest[0]).title
    return escaped(
        f"An epoch of the quickest network, {title}, will take about {duration(quickest[1])}, estimated from "
        "earlier runs on this machine. The training form says it for each network."
    )


def _text(draft: Draft, field: str, label: str, placeholder: str) -> None:
    controlled(
        draft,
        field,
        getattr(draft.choices, field),
        lambda text: draft.choose(**{field: text.strip()}),
        lambda **more: st.text_input(
            label, max_chars=limits.LONGEST_TITLE, placeholder=placeholder, width=340, **more
        ),
    )
