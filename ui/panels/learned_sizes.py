"""The answers on validation and the sizes per layer after an epoch. Called by watch_it_learn."""

import streamlit as st

from imdb_core import answers
from imdb_core.data.nouns import nouns
from imdb_core.inside import learning
from imdb_core.inside.learning import BINS, Learning
from imdb_core.runs.store import Run
from ui.charts.component import show_chart
from ui.charts.learning import answer_spread, layer_sizes
from ui.class_words import class_names
from ui.formats import escaped

SURE = 2  # bins at each end of the scale: below 10 % and above 90 %
UNSURE = range(BINS * 2 // 5, BINS * 3 // 5)  # bins in the middle: 40 % to 60 %


def show_answer_spread(run: Run, _epochs: list[int], epoch: int) -> None:
    """Show how the probabilities of the validation texts are spread. Raises ModelError."""
    shown = _read(run, epoch)
    classes, things = run.config.classes, escaped(nouns(run.config.dataset).many)
    names = class_names(classes)
    total = sum(map(sum, shown.probabilities))
    binary = answers.is_binary(classes)
    sure, unsure = _share(shown, _sure_bins(binary), total), _share(shown, UNSURE, total)
    show_chart(
        answer_spread(shown, names),
        key="answer-spread",
        alt=f"Probabilities of {total:,} validation texts after epoch {epoch}, {BINS} bins.",
    )
    of = f"{escaped(names[1])}" if binary else "the true class"
    ends = "below 10% or above 90%" if binary else "above 90%"
    st.caption(
        f"After epoch {epoch} the probability of {of} is {ends} for {sure:.0%} of the {total:,} validation "
        f"{things}, and between 40% and 60% for {unsure:.0%}. At the start of a training all lie in the "
        "middle; then they move apart. Late in a training the network often becomes surer without becoming "
        "more often right: then the validation loss rises."
    )


def show_layer_sizes(run: Run, epochs: list[int], epoch: int) -> None:
    """Show the size of the weights of each layer and of their gradients. Raises ModelError."""
    shown, known = _read(run, epoch), _known(run, epochs, epoch)
    things = escaped(nouns(run.config.dataset).many)
    show_chart(
        layer_sizes(shown, known[0], known),
        key="layer-sizes",
        alt=f"Sizes of {len(shown.layers)} arrays of weights and of their gradients after epoch {epoch}.",
    )
    measured = f"The gradients are those of {shown.texts} validation {things}, without dropout. "
    st.caption(
        "A marker is the size of a typical number (root mean square) in one array of weights, or in its "
        f"gradient; open markers are the first epoch. {measured if shown.texts else _NO_GRADIENTS}"
        "Where the gradient is many times smaller than the weights, the array hardly learns any more."
    )


_NO_GRADIENTS = "Gradients were not measured: this needs TensorFlow as Keras's backend. "


def _read(run, epoch):
    return learning.of_epoch(run.folder, epoch, run.config.classes)


def _known(run, epochs, epoch):
    """The Learning of the first, the chosen and the newest epoch that have one."""
    having = [each for each in epochs if learning.exists(run.folder, each)]
    return [_read(run, each) for each in dict.fromkeys((*having[:1], epoch, *having[-1:]))]


def _sure_bins(binary):
    high = range(BINS - SURE, BINS)
    return [*range(SURE), *high] if binary else high


def _share(shown: Learning, bins, total):
    return sum(counts[place] for counts in shown.probabilities for place in bins) / max(1, total)
