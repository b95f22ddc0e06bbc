"""What all figures share: the layout, and their numbers as columns for a CSV file."""

import html

import numpy as np
import plotly.graph_objects as go

MAP_ROOM = 0.08  # of a map's width and height, around all points
BUTTON_BAR = 28  # pixels: height of plotly's bar of buttons
# An axis of fixed margins: plotly does not measure its labels, which takes time at each drawing.
FIXED_AXIS = {"automargin": False, "ticklabeloverflow": "allow"}


def styled(figure: go.Figure, revision: str, height: int) -> go.Figure:
    """The figure with the shared layout; `height` in pixels. Zoom survives as long as `revision` stays."""
    figure.update_layout(shared_layout(revision, height))
    return figure


def shared_layout(revision: str, height: int) -> dict:
    """The layout as plotly's dictionary, for figures that are built in one piece."""
    # below the bar of buttons, which appears in the chart's upper right corner
    legend = {"orientation": "h", "yref": "container", "y": 1 - BUTTON_BAR / height, "yanchor": "top", "x": 0}
    return {
        "height": height,
        "uirevision": revision,  # while it stays, zoom and hidden lines survive new values
        "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
        "legend": legend,
        # in a narrow column more buttons would need a second line
        "modebar": {"remove": ["select", "lasso", "autoscale"]},
        "hovermode": "closest",
    }


def map_axes(figure: go.Figure, shares, *points) -> list[tuple[float, float]]:
    """Set the axes of a map of two principal components; returns the range of each, with room at the edges.

    `shares` (2,) of the variance along the axes; each of `points` is (points, 2).
    """
    every, ranges = np.concatenate(points), []
    for number, update in enumerate((figure.update_xaxes, figure.update_yaxes)):
        low, high = float(every[:, number].min()), float(every[:, number].max())
        room = MAP_ROOM * max(high - low, 0.01)
        ranges.append((low - room, high + room))
        title = f"direction {number + 1}: {shares[number]:.0%} of the variance"
        update(title=title, range=list(ranges[-1]), zeroline=False)
    return ranges


def line_columns(figure: go.Figure, heading: str) -> dict[str, list]:
    """The points of the named lines, one a row, for csv_download; `heading` is that of the names."""
    lines = [trace for trace in figure.data if trace.name]
    x, y = figure.layout.xaxis.title.text or "x", figure.layout.yaxis.title.text or "y"
    return {
        heading: [line.meta or html.unescape(line.name) for line in lines for _ in line.x],
        x: [value for line in lines for value in line.x],
        y: [value for line in lines for value in line.y],
    }
