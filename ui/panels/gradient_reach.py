"""How far back the gradient of a run's network reaches, beside that of another network.

Called by watch_it_learn.
"""

import streamlit as st

from imdb_core.data.nouns import nouns
from imdb_core.errors import ModelError
from imdb_core.inside import learning
from imdb_core.inside.learning import Learning
from imdb_core.runs.store import Run
from imdb_core.scoring import models
from ui.charts.component import show_chart
from ui.charts.learning import gradient_reach
from ui.formats import escaped
from ui.linked_widgets import linked_option

NOBODY = "none"
CLEARLY = 2  # times as much
COMPARED = 50  # words from the end: the sentence is about this place, or about the farthest one


def show_gradient_reach(run: Run, _epochs: list[int], epoch: int) -> None:
    """Show the gradient by distance from the end of the text. Raises ModelError."""
    own = learning.of_epoch(run.folder, epoch, run.config.classes)
    if not own.relative:
        raise ModelError(
            "The gradient was not measured in this epoch: this needs TensorFlow as Keras's backend, and a "
            "gradient that is neither zero nor infinite. Choose another epoch, or train the run again."
        )
    learned = {f"{run.name}, epoch {epoch}": own}
    if other := _other(run):
        learned[other[0]] = other[1]
    show_chart(gradient_reach(learned), key="gradient-reach", alt=_sentence(learned))
    st.markdown(escaped(_sentence(learned)))
    with st.expander("Why this matters, and how it was measured", icon=":material/help:"):
        st.markdown(_explanation(run, own))


def _other(run) -> tuple[str, Learning] | None:
    """(title, Learning) of the network to compare with, chosen among those that have one."""
    having = {
        model.key: model
        for model in models.available()
        if model.run.id != run.id and model.run.best and learning.exists(model.folder, _best(model.run))
    }
    if not having:
        st.caption("To compare, train a second network, for instance Plain RNN beside LSTM.")
        return None
    titles = {NOBODY: "no other network"} | {key: model.title for key, model in having.items()}
    key = linked_option("Compare with", titles, link="with")
    if key == NOBODY:
        return None
    model = having[key]
    epoch = _best(model.run)
    return f"{model.run.name}, epoch {epoch}", learning.of_epoch(model.folder, epoch, model.config.classes)


def _best(run):
    return run.best["epoch"]


def _sentence(learned):
    """What the lines show at one place that all of them have."""
    place = min(COMPARED, *(len(each.relative) for each in learned.values()))
    shares = {title: each.relative[place - 1] for title, each in learned.items()}
    parts = [f"{_percent(share)} in “{title}”" for title, share in shares.items()]
    return (
        f"At word {place} from the end, the gradient is {' and '.join(parts)}, of that at the last word."
        + _conclusion(shares)
    )


def _conclusion(shares):
    """Which of two networks learns more from words far back; empty if both do about the same."""
    known = sorted((share, title) for title, share in shares.items() if share is not None)
    if len(known) < 2 or known[1][0] < CLEARLY * known[0][0]:
        return ""
    return f" So “{known[1][1]}” learns more from words that far back."


def _percent(share):
    if share is None:
        return "not measured"
    if 0 < share < 0.0001:
        return f"1 part in {1 / share:,.0f}"
    return f"{share:.2%}" if share < 0.1 else f"{share:.0%}"


def _explanation(run, own):
    things = escaped(nouns(run.config.dataset).many)
    return "\n".join(
        [
            "- After each batch, training changes each word's vector along its gradient: how much the loss "
            "changes with this vector. From a word with a tiny gradient the network learns almost nothing.",
            "- The answer comes after the last word. The gradient of an earlier word is multiplied at each "
            "step on its way back. If the factors are below 1, it **vanishes**; above 1, it **explodes**.",
            "- A plain RNN multiplies by the same weights at each step, whatever the words are. The gates of "
            "an LSTM or a GRU decide at each step what is kept: where the forget gate is open, the factor is "
            "close to 1. A network that looks at all places at once, such as a CNN with pooling, has no such "
            "way back.",
            "- Watch the first epochs: at the start the forget gate is about three quarters open (0.73), so "
            "the LSTM's gradient vanishes as well: 0.73 to the power of 50 is almost 0. It has to learn to "
            "keep something. A plain RNN has no gate to open.",
            "- At the first words that a network reads, the gradient may be larger again: its memory is "
            "almost empty there, and an empty memory changes easily.",
            f"- Measured on {own.texts} validation {things}, the same after each epoch, without dropout: the "
            "length of the gradient of the loss for the vector of each word. The line is the median, because "
            "a few texts whose gradient explodes would hide what happens in all others.",
        ]
    )
