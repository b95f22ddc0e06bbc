"""The confusion matrix of more than two classes. The numbers come from imdb_core.evaluation.class_figures."""

import html
from collections import Counter

import numpy as np
import plotly.graph_objects as go

from ui.charts.layout import styled
from ui.charts.verdicts import pale
from ui.colors import ONE_RUN
from ui.formats import shortened

# not linear, so that a single error in a large class is visible
PALE_GRAYS = [
    [share, f"rgba(127,127,127,{opacity})"]
    for share, opacity in ((0, 0), (0.001, 0.15), (0.2, 0.35), (1, 0.6))
]
MOST_WITH_COUNTS, MOST_WITH_SHARES = 6, 15  # classes whose cells have room for numbers in a narrow window
LONGEST_AXIS_NAME = 18  # characters of a class's name on an axis
TALLEST = 1000  # pixels


def class_matrix(matrix: np.ndarray, classes: tuple[str, ...], things: str, *, revision: str) -> go.Figure:
    """Labels in rows, verdicts in columns; the colour is the share of the row.

    The diagonal, which is right, has the run's colour. Errors are gray and have a scale of their own, because
    few errors would be invisible beside the diagonal. Up to MOST_WITH_COUNTS classes have counts and shares
    in their cells, up to MOST_WITH_SHARES rounded shares in per cent; of more classes the hover text has the
    numbers.
    """
    names, count = axis_names(classes), len(classes)
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    is_right = np.eye(count, dtype=bool)
    largest_error = max(float(shares[~is_right].max(initial=0)), 0.01)
    figure = go.Figure()
    for mask, scale, largest in ((is_right, pale(ONE_RUN), 1.0), (~is_right, PALE_GRAYS, largest_error)):
        cells = [
            [float(share) if shown else None for share, shown in zip(*rows, strict=True)]
            for rows in zip(shares, mask, strict=True)
        ]
        figure.add_heatmap(
            x=names,
            y=names,
            z=cells,
            customdata=matrix.tolist(),
            zmin=0,
            zmax=largest,
            colorscale=scale,
            showscale=False,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            hovertemplate="label %{y}, verdict %{x}: %{customdata:,} "
            f"{html.escape(things)}, %{{z:.1%}} of the label's<extra></extra>",
        )
    _add_numbers(figure, matrix, shares)
    shared = {"type": "category", "showgrid": False, "automargin": True, "tickfont": {"size": 11}}
    angle = -60 if count > MOST_WITH_COUNTS else None
    figure.update_xaxes(title={"text": "verdict of the run", "standoff": 12}, tickangle=angle, **shared)
    figure.update_yaxes(title={"text": "label", "standoff": 12}, autorange="reversed", **shared)
    return styled(figure, revision, height=min(TALLEST, 190 + max(46 - count, 17) * count))


def axis_names(classes: tuple[str, ...]) -> list[str]:
    """The names of the classes, shortened and all different: a chart would join equal names."""
    names = [html.escape(shortened(name, LONGEST_AXIS_NAME)) for name in classes]
    counts = Counter(names)
    return [f"{number} {name}" if counts[name] > 1 else name for number, name in enumerate(names, 1)]


def _add_numbers(figure, matrix, shares):
    """Annotations, because a heatmap's own text would not follow the theme. Empty cells stay empty."""
    count = len(matrix)
    if count > MOST_WITH_SHARES:
        return
    for row, column in np.argwhere(matrix).tolist():
        number, share = int(matrix[row, column]), float(shares[row, column])
        with_counts = count <= MOST_WITH_COUNTS
        text = f"{number:,}<br>{share:.1%}" if with_counts else f"{100 * share:.0f}"
        figure.add_annotation(
            x=column, y=row, text=text, showarrow=False, font={"size": 12 if with_counts else 11}
        )
