"""Components written in JavaScript and CSS: NAME.html, NAME.css and NAME.js in this folder are one component.

All text is set as text (textContent), never as HTML. Colours come from the user's theme.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent


def component(name: str, *, isolate_styles: bool = True, more: tuple[str, ...] = ()):
    """The component of this name, read once from its files. NAME.css may be missing.

    `more` names further scripts in this folder, whose functions NAME.js calls. every_component.css belongs to
    each component. A dict in the data of a call reaches NAME.js as JSON, see sendable().
    """
    show = st.components.v2.component(
        name,
        html=_content(f"{name}.html"),
        css=_content("every_component.css") + _content(f"{name}.css"),
        js="".join(_content(f"{script}.js") for script in (*more, name)),
        isolate_styles=isolate_styles,
    )
    return lambda *, data=None, **options: show(data=data and sendable(data), **options)


def sendable(data: Mapping[str, object]) -> dict[str, object]:
    """The data of a component with a tuple for each list and a text of JSON for each dict in it.

    For a list or a dict, Streamlit loads pandas, to look whether it is a table. It does not look deeper.
    """
    return {name: _without_table(value) for name, value in data.items()}


def _without_table(value):
    if isinstance(value, dict):
        return json.dumps(value)
    return tuple(value) if isinstance(value, list) else value


def _content(file_name):
    path = FOLDER / file_name
    return path.read_text("utf-8") if path.exists() else ""
