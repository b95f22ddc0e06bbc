"""Data sets of the user's own: the list, and adding one from a file of labelled texts."""

import streamlit as st

from imdb_core.data.own import limits
from ui.heading import page_heading
from ui.pages import link_to
from ui.panels.own_texts_adding import show_adding
from ui.panels.own_texts_form import show_form
from ui.panels.own_texts_list import show_data_sets

page_heading(link_to("texts").title)
st.markdown(
    "Train networks on labelled texts of your own, in any language: mails by topic, questions by kind. "
    f"{limits.FEWEST_CLASSES} to {limits.MOST_CLASSES} classes. All texts stay on this machine."
)
show_data_sets()
st.header("Add a data set")
if not show_adding():
    show_form()
