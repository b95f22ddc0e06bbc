"""Data sets of the user's own: the list, and adding one from a file of labelled texts."""

import streamlit as st

from imdb_core.data.own import limits
from ui.heading import page_heading
from ui.messages import read_or_show_error
from ui.panels import own_texts_draft
from ui.panels.own_texts_adding import show_add_button, show_adding
from ui.panels.own_texts_classes import show_classes, show_dropped
from ui.panels.own_texts_columns import show_columns
from ui.panels.own_texts_file import chosen_file
from ui.panels.own_texts_list import show_data_sets
from ui.panels.own_texts_reading import show_reading
from ui.panels.own_texts_test_part import show_test_part

page_heading("Your texts")
st.markdown(
    "Train networks on labelled texts of your own, in any language: customer reviews with stars, mails by "
    f"topic, questions by kind. A data set has {limits.FEWEST_CLASSES} to {limits.MOST_CLASSES} classes. All "
    "texts stay on this machine."
)
show_data_sets()
st.header("Add a data set")
if show_adding():
    st.stop()
path = chosen_file()
draft = path and read_or_show_error(own_texts_draft.draft, path)
if not draft:
    st.stop()
st.subheader("What was understood")
own_texts_draft.read(draft)
show_reading(draft)
if not draft.proposal:
    st.stop()
show_columns(draft)
st.subheader("Classes")
show_classes(draft)
st.subheader("Texts")
show_dropped(draft)
show_test_part(draft)
st.subheader("Store it")
show_add_button(draft)
