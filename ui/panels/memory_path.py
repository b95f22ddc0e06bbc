"""The path of a typed text through the memory of a recurrent layer, on the epoch's map. Called by inside."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.data.reading import Reading
from imdb_core.inside.trace import trace
from imdb_core.inside.walk import map_of, walk, words_of
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.component import show_chart
from ui.charts.memory import memory_path
from ui.class_words import class_names
from ui.formats import escaped, shortened

LONGEST_WORD = 30  # characters in a sentence
MOST_CROSSINGS = 4  # words that a sentence names
PAPER = "Maheswaranathan et al. (NeurIPS 2019)"


def show_memory_path(network: Predictor, reading: Reading, limit: TimeLimit) -> None:
    """Show the path, word by word, and say what it shows. Raises ModelError, also without a map."""
    memory_map = map_of(network)
    traced = trace(network, reading, limit)
    assert traced is not None
    path, words = walk(traced, memory_map), words_of(traced, reading.words)
    classes, total = network.config.classes, len(reading.words)
    names = class_names(classes)
    from_end = [(total - first, total - end + 1) for first, end in traced.words]
    show_chart(
        memory_path(memory_map, path, words, from_end, names),
        key="memory-path",
        alt=_alt(path, words, names),
    )
    st.caption(" ".join(_sentences(traced, path, words, memory_map, network, names)))
    with st.expander("How to read this map", icon=":material/help:"):
        st.markdown(_explanation(traced, memory_map, network))


def _alt(path, words, names):
    end = ""
    if path.heights is not None:
        end = f" It ends {names[1] if path.heights[-1] > 0 else names[0]}."
    farthest = ", ".join(shortened(words[number - 1], LONGEST_WORD) for number in path.named[:6])
    return f"Path of the memory over the map, {len(words)} steps; it moves far at: {farthest}.{end}"


def _sentences(traced, path, words, memory_map, network, names):
    """What this path shows."""
    if path.heights is None:
        yield "Labels beside the path name the words at which the memory moves farthest."
        return
    crossings = path.crossings
    end = names[1] if path.heights[-1] > 0 else names[0]
    if not crossings:
        yield f"The memory stays {escaped(end)} after every word."
    else:
        shown = crossings[-MOST_CROSSINGS:]
        turns = ", ".join(f"“{escaped(shortened(words[number - 1], LONGEST_WORD))}”" for number in shown)
        times = "once" if len(crossings) == 1 else f"{len(crossings)} times"
        last = "" if len(crossings) == len(shown) else f" (the last {len(shown)})"
        yield f"The memory turns {times}, at {turns}{last}; it ends {escaped(end)}."
    if path.ends_across:
        yield "On the map it ends across the line: here directions decide that the map does not show."
    if traced.words and traced.layer.words_per_step > 1:
        size = traced.layer.words_per_step
        yield f"Each step reads {size} words, because pooling comes before the memory."


def _explanation(traced, memory_map, network):
    things = escaped(nouns(network.config.dataset).many)
    first, second = memory_map.plane.shares
    lines = [
        f"- The memory of this {traced.layer.kind} is {traced.layer.units} numbers. The map shows the plane "
        f"in which the memories of {memory_map.texts:,} validation {things} differ most (principal "
        f"components). Its two axes hold {first:.0%} and {second:.0%} of the variance; the rest is not "
        "visible.",
        f"- Each dot is the memory at the end of one of these {things}, in the colour of its label. The path "
        "is your text, from “start”, before its first word, to “end”.",
        _line_sentence(traced, memory_map, network, things),
        "- Move the epoch slider: after the first epochs all memories lie close together. Training pulls "
        "them apart, mostly along one direction. A word then pushes the memory along this direction, and the "
        f"memory stays there until another word pushes it: the network counts evidence. {PAPER} found this "
        "in networks that judge sentiment and called it a line attractor.",
        "- The axes of an epoch are turned to fit the epoch before (orthogonal Procrustes), so that the map "
        "moves and does not jump.",
    ]
    if traced.layer.directions > 1:
        lines.append(
            "- This network also has a second memory that reads from the end, and it judges by both, at all "
            "words. The map shows the memory that reads forwards."
        )
    return "\n".join(filter(None, lines))


def _line_sentence(traced, memory_map, network, things):
    """Where the verdict turns, and how far one can trust the line."""
    if not answers.is_binary(network.config.classes):
        return "- With more than two classes there is no single line where the verdict turns."
    if memory_map.line is None:
        return "- There is no line: after this epoch the network gives all these texts the same verdict."
    right = f"On {memory_map.agreement:.1%} of the {things} the side of the line is the network's verdict."
    if memory_map.exact:
        return (
            "- The dashed line is where the verdict turns. The last layer judges the last memory directly, "
            f"so the line is exact for memories whose other directions have their mean. {right}"
        )
    return (
        "- The dashed line is an estimate of where the verdict turns: further layers follow the memory, so a "
        f"logistic regression on this plane has learned the network's verdicts. {right}"
    )
