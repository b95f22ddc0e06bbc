"""“Let it vary” in the training form: one button at each field, and the fields of a range in its place.

Called by ui/hyperparameter_fields.py. The range of a field is a Dimension's values as they were typed
(imdb_core/sweeps/space.py); imdb_core/sweeps/problems.py names their fields and what is wrong with them.
"""

import math

import streamlit as st

from imdb_core import config as configs
from imdb_core.config import typed
from imdb_core.sweeps.problems import slot
from imdb_core.sweeps.space import FIXED, Dimension, usual
from ui import labels, messages

LISTED = "list"  # instead of a scale: the values are listed
SCALES = {"linear": "even", "log": "logarithmic", LISTED: "listed values"}
RANGE_WIDTH = 368  # pixels: two fields and the gap between them, a phone's width
SCALE_WIDTH = 180
_VARIED = "varied"  # key of st.session_state: network -> the hyperparameters that vary


def varied(network: str) -> tuple[str, ...]:
    """The hyperparameters that the user lets vary, in the order of the clicks."""
    return st.session_state.get(_VARIED, {}).get(network, ())


def show_button(network: str, name: str) -> None:
    """The button that lets a hyperparameter vary, or gives it one value again. None for the fixed ones."""
    if name in FIXED:
        return
    label, on = labels.label(name), name in varied(network)
    st.button(
        f"One value for {label}" if on else f"Let {label} vary",
        type="tertiary",
        icon=":material/close:" if on else ":material/arrow_range:",
        help=f"Train with one value of {label}."
        if on
        else f"Let {label} vary: a sweep tries several values.",
        key=f"vary-{name}",
        on_click=messages.clicked,
        args=(_toggle, network, name),
    )


def show_range(fields, name: str) -> dict:
    """The fields of a range; returns the Dimension's values as typed. `fields` is the form's Fields."""
    start = usual(name, fields.start)
    with st.container(key=f"range-{name}", width=RANGE_WIDTH, gap="xxsmall"):
        values = st.container(horizontal=True, gap="xsmall")
        problems = st.container(gap="xxsmall")
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
            scale = None if configs.facts(name).choices else _scale(fields, start)
            show_button(fields.network, name)
        with values:
            if scale is None:
                return {"name": name, "choices": _words(fields, start, problems)}
            if scale == LISTED:
                return {"name": name, "choices": _listed(fields, start, problems)}
            ends = {part: _end(fields, start, part, problems) for part in ("low", "high")}
            return {"name": name, "scale": scale, **ends}


def flat(ranges: dict[str, dict]) -> dict:
    """The typed values of the ranges by the name of their field."""
    parts = ("low", "high", "choices")
    return {slot(name, part): raw[part] for name, raw in ranges.items() for part in parts if part in raw}


def _toggle(network: str, name: str) -> None:
    names = varied(network)
    changed = tuple(each for each in names if each != name) if name in names else (*names, name)
    st.session_state[_VARIED] = {**st.session_state.get(_VARIED, {}), network: changed}


def _scale(fields, start: Dimension) -> str:
    return st.selectbox(
        labels.label(slot(start.name, "scale")),
        list(SCALES),
        list(SCALES).index(start.scale),
        SCALES.get,
        help="How the values are spread. Logarithmic: each doubling is equally probable, which suits "
        "learning rates and sizes. Listed: only the values that you name.",
        width=SCALE_WIDTH,
        key=f"vary.{fields.network}.{start.name}.scale",
    )


def _end(fields, start: Dimension, part: str, problems) -> int | float | str:
    """One end of a range, as typed."""
    value = start.of_kind(getattr(start, part))
    text = _text_input(fields, start.name, part, typed.text(value), problems)
    fields.starts[slot(start.name, part)] = value
    return typed.value(start.name, text)


def _listed(fields, start: Dimension, problems) -> tuple:
    """The values of a number, separated by commas."""
    low, high = start.low, start.high
    middle = math.sqrt(low * high) if start.scale == "log" else (low + high) / 2
    values = [start.of_kind(float(f"{value:.2g}")) for value in (low, middle, high)]
    text = _text_input(fields, start.name, "choices", ", ".join(map(typed.text, values)), problems)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(typed.value(start.name, part) for part in parts)


def _words(fields, start: Dimension, problems) -> tuple[str, ...]:
    name, facts = slot(start.name, "choices"), configs.facts(start.name)
    with fields.place(name, width="stretch", problems=problems):
        chosen = st.multiselect(
            labels.label(name),
            list(facts.choices),
            list(start.choices),
            format_func=labels.choice,
            help=facts.help,
            key=f"vary.{fields.network}.{name}",
        )
    return tuple(chosen)


def _text_input(fields, name: str, part: str, value: str, problems) -> str:
    field, facts = slot(name, part), configs.facts(name)
    fields.keys[field] = key = f"vary.{fields.network}.{field}"
    with fields.place(field, width="stretch", problems=problems):
        return st.text_input(labels.label(field), value, help=facts.help, key=key)
