"""The charts of the text box: one text through several networks, and its score word by word."""

import html
import math

import plotly.graph_objects as go

from ui import colors
from ui.charts.layout import FIXED_AXIS, styled
from ui.formats import shortened

LABELLED_WORDS = 30  # up to this many words are written below the axis; a longer axis has numbers
AXIS_STEPS = (10, 20, LABELLED_WORDS, 60, 125, 250, 500, 1000)  # lengths of the axis of words
RUNNING_HEIGHT = 260  # pixels


def probabilities(scored: list[tuple[str, str, float, str]], name: str, even: float) -> go.Figure:
    """One bar for each (title, network, share of the class `name`, remark), the first on top.

    Each bar stands below its title. The order stays while the shares change. `even` is the share if all
    classes were equally probable.
    """
    ordered = scored[::-1]  # plotly begins at the bottom
    figure = go.Figure(
        go.Bar(
            x=[share for _, _, share, _ in ordered],
            y=list(range(len(ordered))),
            width=0.45,
            orientation="h",
            marker={"color": [_side(share, even) for _, _, share, _ in ordered]},
            text=[f"{share:.1%}{html.escape(remark)}" for _, _, share, remark in ordered],
            textposition="outside",
            hoverinfo="skip",
        )
    )
    for place, (title, *_) in enumerate(ordered):
        label = {"text": html.escape(shortened(title, 56)), "xref": "paper", "x": 0, "y": place + 0.42}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    middle = {"color": colors.GRAY, "width": 1, "dash": "dash"}
    figure.add_vline(x=even, line=middle, opacity=0.6, layer="below")
    ticks = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    room = 1.15 + 0.02 * max(len(remark) for *_, remark in ordered)
    figure.update_xaxes(title=f"probability of {axis_name(name)}", range=[0, room], **ticks)
    figure.update_yaxes(visible=False, range=[-0.5, len(ordered) - 0.2])
    return styled(figure, "all-models", height=90 + 58 * len(ordered))


def _side(share, even):
    return colors.POSITIVE if share >= even else colors.NEGATIVE


def axis_name(name: str) -> str:
    """The name of a class as plotly, which reads HTML, shows it on an axis."""
    return html.escape(shortened(name, 24))


def running_score(
    words: tuple[str, ...], positions: list[int], shares, *, name: str, even: float
) -> go.Figure:
    """The share of the class `name` after each word; `positions` are indices into `words`, perhaps none.

    Blue above `even`, the share if all classes were equally probable, and orange below it. Hovering names the
    word. Height, margins and axes are fixed, so that nothing moves while the visitor types; the axis of words
    grows in steps.
    """
    numbers, values = [position + 1 for position in positions], [float(share) for share in shares]
    first = positions[0] if positions else 0
    last = next(step for step in (*AXIS_STEPS, math.inf) if step >= len(words) - first)
    last = len(words) - first if last == math.inf else last
    points = go.Scatter(
        x=numbers,
        y=values,
        mode="markers",
        marker={"size": 5, "color": [_side(share, even) for share in values]},
        text=[html.escape(words[position]) for position in positions],
        hovertemplate="after “%{text}”: %{y:.1%}<extra></extra>",
    )
    figure = go.Figure([*_sides(numbers, values, even), points][::-1])
    figure.add_hline(y=even, line={"color": colors.GRAY, "width": 1, "dash": "dash"})
    span = [first + 0.5, first + last + 0.5]
    labelled = {"tickvals": numbers, "ticktext": [html.escape(shortened(words[i], 10)) for i in positions]}
    ticks = labelled if last <= LABELLED_WORDS else {"tickformat": ",d", "nticks": 12}
    figure.update_xaxes(range=span, tickangle=-90, tickfont={"size": 10}, **ticks, **FIXED_AXIS)
    figure.update_yaxes(title=axis_name(name), range=[-0.03, 1.03], tickformat=".0%", **FIXED_AXIS)
    styled(figure, f"running-score-{last}", height=RUNNING_HEIGHT)
    return figure.update_layout(showlegend=False, margin={"l": 62, "r": 10, "t": 12, "b": 66})


def _sides(numbers, shares, even):
    """Two lines, the parts of the curve above and below `even`; each part ends where the curve crosses."""
    above, below = ([], []), ([], [])
    for place, (x, y) in enumerate(zip(numbers, shares, strict=True)):
        if place and (y >= even) != (shares[place - 1] >= even):
            before, y_before = numbers[place - 1], shares[place - 1]
            crossing = before + (x - before) * (even - y_before) / (y - y_before)
            ends, begins = (above, below) if y < even else (below, above)
            _extend(ends, [crossing, crossing], [even, None])
            _extend(begins, [crossing], [even])
        _extend(above if y >= even else below, [x], [y])
    lines = zip((above, below), (colors.POSITIVE, colors.NEGATIVE), strict=True)
    return [
        go.Scatter(x=x, y=y, mode="lines", line={"color": color, "width": 2}, hoverinfo="skip")
        for (x, y), color in lines
    ]


def _extend(line, xs, ys):
    line[0].extend(xs)
    line[1].extend(ys)
