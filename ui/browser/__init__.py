"""Components written in JavaScript and CSS: NAME.html, NAME.css and NAME.js in this folder are one component.

All text is set as text (textContent), never as HTML. Colours come from the user's theme.
"""

from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent


def component(name: str, *, isolate_styles: bool = True):
    """The component of this name, read once from its files. NAME.css may be missing."""
    return st.components.v2.component(
        name,
        html=_content(f"{name}.html"),
        css=_content(f"{name}.css"),
        js=_content(f"{name}.js"),
        isolate_styles=isolate_styles,
    )


def _content(file_name):
    path = FOLDER / file_name
    return path.read_text("utf-8") if path.exists() else None
