"""Single units of a network's memory over the words of a typed text. Called by inside."""

import numpy as np
import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.data.reading import Reading
from imdb_core.data.reviews import PAD, START
from imdb_core.inside.trace import trace
from imdb_core.inside.units import AROUND, PLACES
from imdb_core.inside.walk import map_of, walk, words_of
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.component import show_chart
from ui.charts.memory import SHOWN_UNITS, unit_gates, unit_memory
from ui.charts.word_strip import word_strip
from ui.class_words import class_name
from ui.formats import escaped, signed
from ui.linked_widgets import linked_option

PAPER = "Radford et al. (2017)"


def show_memory_units(network: Predictor, reading: Reading, limit: TimeLimit) -> None:
    """Show the units that tell most as a strip over the words, and one unit with its gates and places."""
    memory_map = map_of(network)
    traced = trace(network, reading, limit)
    assert traced is not None
    walk(traced, memory_map)  # raises ModelError if the map is of another network
    words, classes, alone = words_of(traced, reading.words), network.config.classes, memory_map.alone
    order = np.argsort(-alone.accuracy, kind="stable")
    best, things = int(order[0]), escaped(nouns(network.config.dataset).many)
    shown = order[:SHOWN_UNITS]
    st.markdown(_meaning(memory_map, classes, best, len(order), len(shown), things))
    values = traced.steps.memory[:, shown].T * alone.sign[shown, None]
    rows = [f"{unit} · {alone.accuracy[unit]:.1%}" for unit in shown]
    show_chart(
        word_strip(values, rows, words, title="unit, right alone", where="after", revision="unit-strip"),
        key="unit-strip",
        alt=f"The {len(shown)} units of the memory that tell most, over the {len(words)} steps of the text.",
    )
    titles = {str(unit): _title(memory_map, classes, unit) for unit in order.tolist()}
    unit = int(linked_option("Open a unit", titles, link="unit"))
    _show_unit(network, traced, memory_map, unit, words)


def _meaning(memory_map, classes, best, units, shown, things):
    told = f"tells the {memory_map.texts:,} validation {things} apart"
    if answers.is_binary(classes):
        colors = f"Blue means that the unit leans to {escaped(class_name(classes, 1))}, orange to "
        colors += f"{escaped(class_name(classes, 0))}: the signs of units that work the other way are turned."
        share = f"{memory_map.alone.accuracy[best]:.1%} right"
    else:
        colors = (
            "Blue means that the unit leans to the class that it tells best, orange to the other classes."
        )
        name = escaped(class_name(classes, int(memory_map.alone.label[best])))
        share = f"balanced accuracy {memory_map.alone.accuracy[best]:.1%} for {name} against the rest"
    return (
        f"**Unit {best} alone {told}: {share}**, with the best threshold for these {things}. The strip shows "
        f"the {shown} of {units} units that tell most, over the words of your text. {colors} {PAPER} found "
        "a single unit that told the sentiment of a text. In small networks many units share the task."
    )


def _title(memory_map, classes, unit):
    share = f"unit {unit}: {memory_map.alone.accuracy[unit]:.1%} alone"
    if answers.is_binary(classes):
        return share
    return f"{share}, {class_name(classes, int(memory_map.alone.label[unit]))} against the rest"


def _show_unit(network, traced, memory_map, unit, words):
    steps = traced.steps
    show_chart(
        unit_memory(steps, unit, words), key="unit-memory", alt=f"What unit {unit} holds after each step."
    )
    if steps.gates:
        alt = f"How far the gates of unit {unit} are open."
        show_chart(unit_gates(steps, unit, words), key="unit-gates", alt=alt)
    st.caption(_GATES[traced.layer.kind])
    things = escaped(nouns(network.config.dataset).many)
    st.markdown(f"**Where unit {unit} moves most** in validation {things}, by how much")
    changes, contexts = memory_map.changes[unit], memory_map.contexts[unit]
    for column, part in zip(st.columns(2), (slice(0, PLACES), slice(PLACES, None)), strict=True):
        places = zip(changes[part].tolist(), contexts[part].tolist(), strict=True)
        size = traced.layer.words_per_step
        lines = [_place(network.vocabulary, change, ids, size) for change, ids in places if change]
        column.markdown("\n".join(lines) or "There are no such places.")


_GATES = {
    "LSTM": "Input gate: how much of the new word is written into the cell. Forget gate: how much of the "
    "cell is kept; closed, the unit forgets. Output gate: how much of the cell the memory shows to the next "
    "step and to the verdict.",
    "GRU": "Update gate: how much of the memory stays as it is; closed, the new word replaces it. Reset "
    "gate: how much of the memory takes part in the new value.",
    "RNN": "A plain RNN has no gates: each step computes the whole memory anew, from the memory before "
    "and the new word.",
}


def _place(vocabulary, change, ids, size):
    """- **+0.45** the 80's sudden impact **lacks** a bit of the."""
    texts = vocabulary.decode(ids)
    shown = [
        f"**{escaped(text)}**" if AROUND - size < place <= AROUND else escaped(text)
        for place, (id, text) in enumerate(zip(ids, texts, strict=True))
        if id not in (PAD, START)
    ]
    return f"- {escaped(signed(change, 2))}: {' '.join(shown)}"
