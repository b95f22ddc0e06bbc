"""The form that adds a data set: from the choice of a file to the button that stores it.

Called by the page "Your texts".
"""

import streamlit as st

from ui.messages import read_or_show_error
from ui.panels import own_texts_draft
from ui.panels.own_texts_adding import show_add_button
from ui.panels.own_texts_classes import show_classes, show_dropped
from ui.panels.own_texts_columns import show_columns
from ui.panels.own_texts_file import chosen_file
from ui.panels.own_texts_reading import show_reading
from ui.panels.own_texts_test_part import show_test_part


def show_form() -> None:
    """Ask for a file; show how it was read, its classes and texts, and the button that stores it."""
    path = chosen_file()
    draft = path and read_or_show_error(own_texts_draft.draft, path)
    if not draft:
        return
    st.subheader("What was understood")
    own_texts_draft.read(draft)
    show_reading(draft)
    if not draft.proposal:
        return
    show_columns(draft)
    st.subheader("Classes")
    show_classes(draft)
    st.subheader("Texts")
    show_dropped(draft)
    show_test_part(draft)
    st.subheader("Store it")
    show_add_button(draft)
