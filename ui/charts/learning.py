"""The charts of "Watch it learn": sizes per layer, the gradient by distance, the spread of the answers.

The numbers come from imdb_core.inside.learning. Called by the panels watch_it_learn and gradient_reach.
"""

import html
import math
from collections.abc import Sequence

import plotly.graph_objects as go

from imdb_core.inside.learning import BINS, Learning
from ui import colors
from ui.charts.layout import styled
from ui.formats import shortened

HEIGHT, ROW, AROUND = 320, 30, 130  # pixels: a chart; a row of the sizes, and what is around all rows
LONGEST_NAME = 28  # characters of a class in a legend


def gradient_reach(learned: dict[str, Learning]) -> go.Figure:
    """One line for each title -> Learning: the gradient at each word from the end, of the last word's.

    The first line is the watched run. The axis is logarithmic; a gradient of zero has no point.
    """
    figure = go.Figure()
    for number, (title, learning) in enumerate(learned.items()):
        shares = [share or None for share in learning.relative]
        figure.add_scatter(
            x=list(range(1, len(shares) + 1)),
            y=[None if share is None else float(f"{share:.4g}") for share in shares],
            mode="lines",
            name=html.escape(shortened(title, 40)),
            line=colors.run_line(number) | {"width": 2.5},
            hovertemplate="word %{x} from the end: %{y:.2%}<extra></extra>",
        )
    figure.add_hline(y=1, line={"color": colors.GRAY, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="place of the word, counted from the end", rangemode="tozero")
    lowest = min((each for line in figure.data for each in line.y if each), default=1)
    highest = max((each for line in figure.data for each in line.y if each), default=1)
    ends = [min(-1, math.floor(math.log10(lowest))), max(0.1, math.log10(highest) + 0.1)]
    figure.update_yaxes(title="share of the last word's", type="log", tickformat="~%", dtick=1, range=ends)
    figure = styled(figure, "gradient-reach", height=HEIGHT)
    return figure.update_layout(showlegend=len(learned) > 1)


def layer_sizes(learning: Learning, first: Learning, known: Sequence[Learning]) -> go.Figure:
    """The sizes of each array of weights and of its gradients, from the input (top) to the answer.

    Open markers are the sizes of the `first` epoch. The axis holds all sizes of `known`, so that it stays
    while the epoch changes.
    """
    names = [f"{number}. {layer.layer}: {layer.array}" for number, layer in enumerate(learning.layers, 1)]
    figure = go.Figure()
    for number, (name, field) in enumerate((("weights", "weights"), ("gradients", "gradients"))):
        for epoch, symbol in ((first, "-open"), (learning, "")):
            is_first = bool(symbol)
            figure.add_scatter(
                x=[getattr(layer, field) or None for layer in epoch.layers],
                y=names,
                mode="markers",
                name=f"{name}, first epoch" if is_first else name,
                marker={
                    "color": colors.PARTS[number],
                    "symbol": ("circle", "diamond")[number] + symbol,
                    "size": 10,
                    "line": {"width": 2, "color": colors.PARTS[number]},
                },
                hovertemplate=f"{name}: %{{x:.2g}}<extra></extra>",
            )
    axis = {"type": "log", "dtick": 1, "exponentformat": "power", "range": _powers(known)}
    figure.update_xaxes(title="root mean square", **axis)
    figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=names, automargin=True)
    return styled(figure, "layer-sizes", height=AROUND + ROW * len(names))


def _powers(known):
    """The powers of ten around all sizes of `known`."""
    sizes = [size for each in known for layer in each.layers for size in (layer.weights, layer.gradients)]
    positive = [size for size in sizes if size]
    if not positive:
        return [-1, 1]
    return [math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))]


def answer_spread(learning: Learning, names: Sequence[str]) -> go.Figure:
    """How many validation texts have a probability in each bin.

    Of two classes: the probability of the second, with bars of the colour of the true class. Of more: the
    probability of the true class.
    """
    figure, binary = go.Figure(), len(names) == 2
    sums = [sum(counts) for counts in zip(*learning.probabilities, strict=True)]
    titles = [f"truly {name}" for name in names] if binary else ["all classes"]
    for number, counts in enumerate(learning.probabilities if binary else [sums]):
        figure.add_bar(
            x=[(place + 0.5) / BINS for place in range(BINS)],
            y=counts,
            width=1 / BINS,
            name=html.escape(shortened(titles[number], LONGEST_NAME)),
            marker={"color": colors.CLASSES[number] if binary else colors.GRAY, "opacity": 0.65},
            hovertemplate="about %{x:.0%}: %{y:,}<extra></extra>",
        )
    of = f"probability of {names[1]}" if binary else "probability of the true class"
    ticks = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    figure.update_xaxes(title=html.escape(of), range=[-0.02, 1.02], **ticks)
    figure.update_yaxes(title="validation texts", rangemode="tozero")
    styled(figure, "answer-spread", height=HEIGHT)
    return figure.update_layout(barmode="overlay", showlegend=binary)
