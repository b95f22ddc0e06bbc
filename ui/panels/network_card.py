"""One network of the page "The networks": diagram, what it does in plain words, and links to use it.

Called by pages/learn.py.
"""

import streamlit as st

from imdb_core.evaluation import network_differences
from imdb_core.evaluation.tutorial_figures import Studied
from ui.charts.component import show_chart
from ui.charts.network_diagram import diagram, diagram_text
from ui.formats import escaped
from ui.links import show_link


def show_card(network: Studied, beside: Studied | None = None) -> None:
    """Show a network in one of several columns; its layers are compared with the layers of `beside`."""
    origin = "from a tutorial" if network.network.published is not None else "beyond the tutorials"
    st.markdown(f"**{escaped(network.title)}**  \n:small[{origin}]")
    show_diagram(network, beside)
    st.markdown(escaped(network.network.in_plain_words))
    show_links(network)


def show_diagram(network: Studied, beside: Studied | None = None) -> None:
    """Show the layers, and mark the layers that differ from the network `beside`."""
    marks = network_differences.layer_marks(network.layers, beside.layers) if beside else []
    name, alt = network.network.name, diagram_text(network, marks)
    show_chart(diagram(network, marks), key=f"layers-{name}", alt=alt)


def show_words(network: Studied) -> None:
    """Show what the network does, and what it teaches."""
    st.markdown(f"**What it does.** {escaped(network.network.in_plain_words)}")
    if network.network.teaches:
        st.markdown(escaped(network.network.teaches))


def show_links(network: Studied) -> None:
    """Show links to pages that use the network, or to the training form if it has no pretrained run."""
    with st.container(horizontal=True):
        if network.run:
            show_link("classify", "Type with it", model=network.key)
            show_link("watch", "Watch its curves", run=network.key)
            show_link("train", "Train a variant", icon="tune", **{"from": network.key})
        else:
            show_link("train", "Train it", network=network.network.name)
