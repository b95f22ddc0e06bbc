"""Three answers to "why", word by word: leave one out, integrated gradients, attention. Called by inside."""

import numpy as np
import streamlit as st

from imdb_core.data.reading import Reading
from imdb_core.inside.attention import attention
from imdb_core.inside.integrated import Integrated, integrated_gradients
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import TimeLimit
from ui.charts.answers_to_why import answer_rows
from ui.charts.component import show_chart
from ui.class_words import class_name
from ui.formats import counted, escaped, shortened, signed

LEAVE_ONE_OUT, INTEGRATED, ATTENTION = "leave one out", "integrated gradients", "attention"
STRONGEST = 3  # words that a sentence names
LONGEST_WORD = 30  # characters in a sentence
PAPER = "Sundararajan, Taly and Yan (2017)"


def show_answers_to_why(
    network: Predictor, reading: Reading, of: int, limit: TimeLimit, effects: np.ndarray
) -> None:
    """Show the answers as rows over the same words. Raises ModelError.

    `effects` are those of explanations.word_effects, empty if the text was too long to compute them.
    """
    words, name = list(reading.words[reading.cut :]), class_name(network.config.classes, of)
    parts = integrated_gradients(network, reading, limit, of=of)
    heads = attention(network, reading, limit)
    names = [ATTENTION] if len(heads) == 1 else [f"{ATTENTION}, head {n}" for n in range(1, len(heads) + 1)]
    looked, rows = dict(zip(names, heads, strict=True)), {INTEGRATED: parts.amounts}
    if len(effects):
        rows = {LEAVE_ONE_OUT: np.asarray(effects), **rows}
    if not parts.adds_up:
        st.warning(
            "The shares of integrated gradients do not add up here: they miss the change from the empty text "
            f"to this one by {abs(parts.gap):.2f} points of log-odds. Read them with care."
        )
    positions = reading.padding + len(reading.ids)
    st.markdown("\n".join(_lines(rows, looked, parts, words, positions, name)))
    show_chart(
        answer_rows(rows, looked, words),
        key="answers-to-why",
        alt=f"{counted(len(rows) + len(looked), 'answer')} to “why” over the {len(words)} words that were "
        f"read; {_strongest(rows[INTEGRATED], words)} by integrated gradients.",
    )
    st.caption(_why_they_differ(len(heads) > 0))
    with st.expander("How to read these rows", icon=":material/help:"):
        st.markdown(_explanation(heads, name))


def _lines(rows, looked, parts: Integrated, words, positions, name):
    """One line for each answer: its question, and the strongest words here. `name` is that of the class."""
    name = escaped(name)
    if LEAVE_ONE_OUT in rows:
        yield (
            f"- **Leave one out**: how much higher the log-odds of {name} are with the word than without it. "
            f"Strongest: {escaped(_strongest(rows[LEAVE_ONE_OUT], words))}."
        )
    else:
        yield "- **Leave one out** is shown once “Explain this long text” is on, above."
    sum_up = "The shares add up" if parts.adds_up else "The shares do not quite add up"
    yield (
        "- **Integrated gradients**: each word's share of the way from an empty text to this one. "
        f"{sum_up}: {escaped(signed(parts.empty, 2))} for the empty text, "
        f"{escaped(signed(float(parts.amounts.sum()), 2))} for the words, together "
        f"{escaped(signed(parts.whole, 2))}. Strongest: {escaped(_strongest(parts.amounts, words))}."
    )
    if looked:
        yield (
            "- **Attention**: how much the network looks at the word, not in which direction it counts. "
            f"Most: {escaped(_most(looked, words))}. Equal shares would be {1 / positions:.0%}."
        )


def _strongest(amounts, words):
    """“wonderful” +1.20, “boring” −0.85."""
    places = np.argsort(-np.abs(amounts), kind="stable")[:STRONGEST].tolist()
    return ", ".join(
        f"“{shortened(words[place], LONGEST_WORD)}” {signed(amounts[place], 2)}" for place in places
    )


def _most(looked, words):
    """“is” 11%, “wonderful” 10%; of several heads the first word of each: “is” 11% (head 1)."""
    if len(looked) == 1:
        [(_, shares)] = looked.items()
        places = np.argsort(-shares, kind="stable")[:STRONGEST].tolist()
        return ", ".join(_share(shares, place, words) for place in places)
    best = ((name, shares, int(shares.argmax())) for name, shares in looked.items())
    return ", ".join(
        f"{_share(shares, place, words)} ({name.removeprefix(f'{ATTENTION}, ')})"
        for name, shares, place in best
    )


def _share(shares, place, words):
    return f"“{shortened(words[place], LONGEST_WORD)}” {shares[place]:.0%}"


def _why_they_differ(has_attention):
    sentence = (
        "Why they differ: if two words say the same, leaving out one of them changes little, but integrated "
        "gradients gives each of them a share."
    )
    more = " Attention tells where the network looks, even if that changes nothing." if has_attention else ""
    return sentence + more


def _explanation(heads, name):
    lines = [
        f"- Blue: the word speaks for {escaped(name)}; orange: against it. Leave one out and integrated "
        "gradients share one scale, in log-odds: the largest number of both has the strongest colour. "
        "Point at a word to see it in the text.",
        "- **Leave one out** scores a real text, the one without the word. What several words say together, "
        "such as “not good”, is counted for each of them, so these numbers do not add up.",
        "- **Integrated gradients** begins with a text whose words all have the vector zero. From there all "
        "word vectors grow together to those of your text. Each small step changes the verdict a little, and "
        f"the gradient tells which word caused it. Method: {PAPER}.",
        "- Most texts on this way are no real texts: the network has never seen such word vectors. That is "
        "the price for shares that add up.",
    ]
    if len(heads) > 1:
        lines.append(
            "- **Attention**: in each head every position looks at every position. The row shows how much "
            "they look at a word on average. Start token and empty positions have the rest."
        )
    elif len(heads):
        lines.append("- **Attention**: the start token and empty positions have the rest of it.")
    return "\n".join(lines)
