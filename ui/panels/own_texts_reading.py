"""How a file was read: encoding, separator, quotes, header; each can be changed. Called by "Your texts"."""

import streamlit as st

from imdb_core.data.own.encodings import LEGACY
from ui import messages
from ui.formats import escaped
from ui.panels.own_texts_draft import Draft, controlled, decision, read_again

WIDTH = 190  # pixels; as many side by side as fit
SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}
_NEW_COLUMNS = {
    "text": "",
    "label": "",
    "merges": {},
    "left_out": (),
}  # what another layout makes meaningless


def show_reading(draft: Draft) -> None:
    """Show how the file was read and why not; the widgets change the draft."""
    if draft.error:
        st.error(escaped(draft.error), icon=":material/error:")
        st.button("Read the file again", key="own-again", on_click=messages.clicked, args=(read_again, draft))
    kind = draft.proposal.layout["kind"] if draft.proposal else "table"
    if kind == "parquet":
        return
    with st.container(horizontal=True):
        _show_encoding(draft)
        if kind in ("table", "label first"):
            _show_separator(draft)
        if kind == "table":
            _show_decision(draft, "quoted", "Quotes", yes="enclose cells", no="belong to texts")
            _show_decision(draft, "header", "First row", yes="names columns", no="is a text")
    if draft.proposal and not draft.proposal.encoding_is_certain:
        _show_uncertain_encoding(draft)


def _show_encoding(draft: Draft) -> None:
    layout = draft.proposal.layout if draft.proposal else {"encoding": "", "other_encodings": ()}
    known = [
        layout["encoding"],
        *layout["other_encodings"],
        draft.choices.encoding,
        "utf-8",
        "utf-16",
        *LEGACY,
    ]
    _show_choice(draft, "encoding", "Encoding", {name: name for name in known if name})


def _show_separator(draft: Draft) -> None:
    own = draft.choices.separator
    _show_choice(
        draft, "separator", "Between columns", SEPARATORS | ({own: own} if own not in SEPARATORS else {})
    )


def _show_choice(draft: Draft, field: str, label: str, titles: dict[str, str]) -> None:
    """A selectbox whose first option leaves the decision to the app."""
    titles = {"": _found(draft, field, titles)} | {value: title for value, title in titles.items() if value}
    controlled(
        draft,
        field,
        getattr(draft.choices, field),
        lambda chosen: draft.choose(**_NEW_COLUMNS | {field: chosen}),
        lambda **more: st.selectbox(label, list(titles), format_func=titles.get, width=WIDTH, **more),
        titles,
    )


def _show_decision(draft: Draft, field: str, label: str, *, yes: str, no: str) -> None:
    titles = {"": _found(draft, field, {True: yes, False: no}), "yes": yes, "no": no}
    decision(draft, field, label, titles, width=WIDTH, resets=_NEW_COLUMNS)


def _found(draft: Draft, field: str, titles: dict) -> str:
    """The title of the option that leaves the decision to the app, with what the app has decided."""
    if draft.proposal is None or getattr(draft.choices, field) not in ("", None):
        return "find out"
    value = draft.proposal.layout[field]
    return f"found: {titles.get(value, value)}"


def _show_uncertain_encoding(draft: Draft) -> None:
    guess, others = (draft.proposal.layout[name] for name in ("encoding", "other_encodings"))
    also = f" {', '.join(others)} would fit as well." if others else ""
    st.warning(
        escaped(
            f"The file is not UTF-8. It was read as {guess}; choose another if the samples look wrong.{also}"
        ),
        icon=":material/translate:",
    )
    st.button(
        f"The samples below are right: it is {guess}",
        key=f"own-confirm-{guess}",
        on_click=lambda: draft.choose(encoding=guess),
    )
