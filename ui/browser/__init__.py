"""Components written in JavaScript and CSS: NAME.html, NAME.css and NAME.js in this folder are one component.

All text is set as text (textContent), never as HTML. Colours come from the user's theme.
"""

from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent


def component(name: str, *, isolate_styles: bool = True, more: tuple[str, ...] = ()):
    """The component of this name, read once from its files. NAME.css may be missing.

    `more` names further scripts in this folder, whose functions NAME.js calls. every_component.css belongs to
    each component.
    """
    return st.components.v2.component(
        name,
        html=_content(f"{name}.html"),
        css=_content("every_component.css") + _content(f"{name}.css"),
        js="".join(_content(f"{script}.js") for script in (*more, name)),
        isolate_styles=isolate_styles,
    )


def _content(file_name):
    path = FOLDER / file_name
    return path.read_text("utf-8") if path.exists() else ""
