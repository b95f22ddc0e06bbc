"""The training form shows what was chosen and typed when the visitor comes back. Called by pages/train.py.

Streamlit forgets the values of a page's widgets when another page is shown. So the form keeps a copy of the
values, with the parameters of its link. If another link opens the form, such as "Train a variant", the copy
is not used.
"""

import streamlit as st

from imdb_core import architectures

_KEPT = "kept form"  # key of st.session_state: what the link asked for, and {key of a widget: value}
_ASKS = ("from", "network", "change", "dataset")  # parameters of the link (ui/training_links.py)
_WIDGETS = ("network", "values", "place", "dataset", "name", "seeds", "generations")  # not the buttons
_OF_NETWORKS = (f"{name}." for name in architectures.all_names())
_BEGINNINGS = ("tokenizer.", "probes.", "vary.", "sweep.", *_OF_NETWORKS)


def restore() -> None:
    """Give the widgets their values again, before they are drawn, if the form has just been opened."""
    asked, values = st.session_state.get(_KEPT, (None, {}))
    if asked == _asked() and "network" not in st.session_state:
        st.session_state.update(values)


def keep() -> None:
    """Keep the values of the widgets that were drawn."""
    values = {
        key: value
        for key, value in st.session_state.items()
        if key in _WIDGETS or str(key).startswith(_BEGINNINGS)
    }
    st.session_state[_KEPT] = _asked(), values


def _asked() -> list[list[str]]:
    return [st.query_params.get_all(name) for name in _ASKS]
