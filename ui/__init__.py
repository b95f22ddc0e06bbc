"""What pages share: colours and words, figures, and small components. Shows; never computes."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# A server whose very first visitor follows a link to a page would run that file alone, without app.py's navigation, because
# Streamlit's old rule for a folder called pages/ holds until st.navigation was called once. Then: once more, through app.py.
if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()
