"""One network on the Learn page: diagram, figures, what it does in plain words, and links to use it."""

import streamlit as st

from imdb_core.evaluation.tutorial_figures import Studied
from ui.charts.component import show_chart
from ui.charts.networks import diagram, diagram_text
from ui.formats import escaped
from ui.panels import tutorial_sentences

WIDTH = 176  # pixels; as many side by side as fit, two on a phone


def show_card(network: Studied, height: int) -> None:
    """Show the network; its diagram is `height` pixels high."""
    with st.container(width=WIDTH):
        st.markdown(f":small[**{escaped(network.title)}**]")
        name = network.network.name
        show_chart(diagram(network, height=height), key=f"layers-{name}", alt=diagram_text(network))
        st.markdown(tutorial_sentences.figures(network))
        st.markdown(escaped(network.network.in_plain_words))
        if network.run:
            _links(network.key)
        else:
            st.page_link("pages/train.py", label="Train it", icon=":material/model_training:")


def _links(key):
    st.page_link(
        "pages/classify.py",
        label="Type a review",
        icon=":material/edit_note:",
        query_params={"model": key},
    )
    st.page_link(
        "pages/watch.py",
        label="Watch its curves",
        icon=":material/monitoring:",
        query_params={"run": key},
    )
    st.page_link(
        "pages/train.py",
        label="Train a variant",
        icon=":material/tune:",
        query_params={"from": key},
    )
