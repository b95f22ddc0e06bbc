"""The chart of the page "The networks": published beside measured accuracy. For pages/learn.py."""

import html
from collections.abc import Collection

import plotly.graph_objects as go

from imdb_core.evaluation.tutorial_figures import Studied
from ui import colors
from ui.charts.layout import styled
from ui.formats import interval, percent

ROW = 32  # pixels: a network's name with its points below


def published_and_measured(
    networks: list[Studied], baseline: tuple[str, float] | None, chosen: Collection[str] = ()
) -> go.Figure:
    """A row for each network: its published test accuracy, and the measured one with its 95 % interval.

    `baseline` (label, accuracy) is the dashed line. The `chosen` networks (names) have bold titles.
    """
    figure, rows = go.Figure(), list(range(len(networks) - 1, -1, -1))  # the first network is on top
    outline = {"symbol": "diamond-open", "size": 12, "color": colors.GRAY, "line": {"width": 2}}
    published = [pair for pair in zip(networks, rows, strict=True) if pair[0].network.published is not None]
    _add_points(
        figure,
        [network.network.published for network, _ in published],
        [row for _, row in published],
        name="published",
        marker=outline,
    )
    measured = [pair for pair in zip(networks, rows, strict=True) if pair[0].accuracy is not None]
    _add_measured(figure, measured)
    if baseline:
        line = {"color": colors.GRAY, "width": 1.5, "dash": "dash"}
        ends = {"x": [baseline[1]] * 2, "y": [-0.5, len(networks) - 0.3]}
        figure.add_scatter(**ends, mode="lines", name=html.escape(baseline[0]), line=line, hoverinfo="name")
    for network, row in zip(networks, rows, strict=True):
        title = html.escape(network.title)
        text = f"<b>{title}</b>" if network.network.name in chosen else title
        label = {"text": text, "xref": "paper", "x": 0, "y": row + 0.42}
        figure.add_annotation(**label, showarrow=False, xanchor="left")
    figure.update_xaxes(title="test accuracy", tickformat=".0%", range=_span(networks, baseline))
    figure.update_yaxes(visible=False, range=[-0.5, len(networks) - 0.3])
    return styled(figure, "learn", height=110 + ROW * len(networks))


def accuracies_text(networks: list[Studied]) -> str:
    """The chart of accuracies in one line."""
    return f"Test accuracy: {'; '.join(map(_accuracy_text, networks))}"


def accuracy_columns(networks: list[Studied], baseline: tuple[str, float] | None) -> dict[str, list]:
    """The chart's numbers, one row for each network, for csv_download."""
    intervals = [network.interval or (None, None) for network in networks]
    return {
        "network": [network.title for network in networks],
        "published": [network.network.published for network in networks],
        "here": [network.accuracy for network in networks],
        "low": [low for low, _ in intervals],
        "high": [high for _, high in intervals],
        "test reviews": [network.tested for network in networks],
        "baseline": [baseline[1] if baseline else None] * len(networks),
    }


def _accuracy_text(network):
    published, accuracy = network.network.published, network.accuracy
    figures = [f"published {percent(published)}"] if published is not None else []
    figures += [f"here {percent(accuracy)}"] if accuracy is not None else []
    text = f"{network.title} {', '.join(figures)}"
    return f"{text} ({interval(*network.interval)})" if network.interval else text


def _span(networks, baseline):
    """[from, to] of the axis: all that is drawn, and a little room."""
    published = [network.network.published for network in networks]
    drawn = [accuracy for accuracy in published if accuracy is not None]
    drawn += [edge for network in networks for edge in network.interval or ()]
    drawn += [network.accuracy for network in networks if network.accuracy is not None]
    drawn += [baseline[1]] if baseline else []
    return [min(drawn) - 0.005, max(drawn) + 0.005]


def _add_measured(figure, rows):
    """A filled circle with its interval for each (network, row)."""
    accuracies = [network.accuracy for network, _ in rows]
    intervals = [network.interval or (network.accuracy, network.accuracy) for network, _ in rows]
    bars = {
        "array": [high - accuracy for (_, high), accuracy in zip(intervals, accuracies, strict=True)],
        "arrayminus": [accuracy - low for (low, _), accuracy in zip(intervals, accuracies, strict=True)],
        "color": colors.GRAY,
    }
    marker = {"size": 11, "color": colors.ONE_RUN}
    name, y = "here, with its 95 % interval", [row for _, row in rows]
    _add_points(figure, accuracies, y, name=name, marker=marker, error_x=bars)


def _add_points(figure, x, y, *, name, **style):
    hover = f"{name}: %{{x:.2%}}<extra></extra>"
    figure.add_scatter(x=x, y=y, mode="markers", name=name, hovertemplate=hover, **style)
