"""The columns of a table with samples, and which are the text and the label. Called by "Your texts"."""

import streamlit as st

from ui.formats import escaped, shortened
from ui.panels.own_texts_draft import Draft, controlled
from ui.panels.own_texts_reading import WIDTH
from ui.tables import small_table

LONGEST_SAMPLE = 70  # characters
MOST_ROWS = 40  # of the table


def show_columns(draft: Draft) -> None:
    """Show all columns with samples and two boxes for the text and the label; they change the draft."""
    columns, shown = draft.proposal.columns, draft.proposal.columns[:MOST_ROWS]
    small_table(
        {
            "column": [escaped(shortened(column.name)) for column in shown],
            "samples": [
                escaped(" · ".join(shortened(sample, LONGEST_SAMPLE) for sample in column.samples))
                for column in shown
            ],
        }
    )
    if len(columns) > len(shown):
        st.caption(f"{len(columns) - len(shown)} further columns are not shown.")
    names = [column.name for column in columns]
    with st.container(horizontal=True):
        _box(draft, "text", "Column of the texts", names)
        _box(draft, "label", "Column of the labels", names)


def _box(draft: Draft, field: str, label: str, names: list[str]) -> None:
    value = getattr(draft.choices, field) or getattr(draft.proposal, field)
    resets = {"merges": {}, "left_out": ()} if field == "label" else {}
    controlled(
        draft,
        field,
        value if value in names else names[0],
        lambda chosen: draft.choose(**resets | {field: chosen}),
        lambda **more: st.selectbox(label, names, width=WIDTH, **more),
        dict.fromkeys(names),
    )
