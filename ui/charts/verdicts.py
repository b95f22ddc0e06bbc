"""The figures of the Inspect page: confusion matrix, two curves, calibration, accuracy by length.

The numbers come from imdb_core.evaluation.verdicts.
"""

import html

import plotly.graph_objects as go

from imdb_core.data.nouns import Nouns
from imdb_core.evaluation.verdicts import Calibration, Confusion, Curve, LengthBin
from ui import colors
from ui.charts.layout import styled
from ui.class_words import ClassWords
from ui.formats import shortened

SHARE = {"range": [-0.02, 1.02], "tickformat": ".0%"}
LONGEST_AXIS_NAME = 12  # characters of a class's name on an axis


def confusion_matrix(
    confusion: Confusion, words: ClassWords, verdict_colors: tuple[str, str], *, revision: str
) -> go.Figure:
    """Two by two: the run's verdict over the label, as counts and as shares of the label's reviews.

    `verdict_colors` are the colours of the class and of the rest: a column has the colour of its verdict.
    """
    name, rest = (html.escape(shortened(name, LONGEST_AXIS_NAME)) for name in (words.name, words.rest))
    counts = [
        [confusion.false_positive, confusion.true_negative],
        [confusion.true_positive, confusion.false_negative],
    ]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    figure = go.Figure()
    for column, color in enumerate(verdict_colors):
        _add_verdicts(figure, column, counts, shares, color=color, things=html.escape(words.things.many))
    for row in (0, 1):  # annotations, because a heatmap's own text would not follow the theme
        for column in (0, 1):
            verdict = "right" if row != column else "wrong"
            text = f"<b>{counts[row][column]:,}</b><br>{shares[row][column]:.1%} {verdict}"
            figure.add_annotation(x=column, y=row, text=text, showarrow=False, font={"size": 15})
    figure.update_xaxes(
        title="verdict of the run",
        showgrid=False,
        tickvals=[0, 1],
        ticktext=[f"says {name}", f"says {rest}"],
        range=[-0.5, 1.5],
    )
    figure.update_yaxes(
        title=f"label of the {words.things.one}",
        showgrid=False,
        tickangle=-90,
        tickvals=[0, 1],
        ticktext=[f"is {rest}", f"is {name}"],
    )
    return styled(figure, revision, height=300)


def pale(color: str, most: float = 0.5) -> list[list]:
    """A scale of a colour from hardly visible to `most`; pale, because the text on it follows the theme."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return [[share, f"rgba({red},{green},{blue},{alpha})"] for share, alpha in ((0, 0.05), (1, most))]


def _add_verdicts(figure, column, counts, shares, *, color, things):
    """One column of the matrix."""
    figure.add_heatmap(
        x=[column],
        y=[0, 1],
        z=[[row[column]] for row in shares],
        zmin=0,
        zmax=1,
        customdata=[[row[column]] for row in counts],
        colorscale=pale(color),
        showscale=False,
        xgap=3,
        ygap=3,
        hovertemplate=f"%{{customdata:,}} {things}, %{{z:.1%}} of those with this label<extra></extra>",
    )


def roc(curve: Curve, confusion: Confusion, color: str, revision: str) -> go.Figure:
    """Recall over the false-positive rate. The marker is the threshold, the dashed line is guessing."""
    figure = go.Figure()
    _add_reference(figure, [0, 1], "guessing")
    _add_line(figure, curve, color, "false-positive rate %{x:.1%}, recall %{y:.1%}<extra></extra>")
    _add_threshold(figure, confusion.false_positive_rate, confusion.recall, color)
    figure.update_xaxes(title="false-positive rate", **SHARE)
    figure.update_yaxes(title="recall", **SHARE)
    return styled(figure, revision, height=340)


def precision_recall(curve: Curve, confusion: Confusion, color: str, revision: str) -> go.Figure:
    """Precision over recall. The marker is the chosen threshold, the dashed line is guessing."""
    figure = go.Figure()
    positive = (confusion.true_positive + confusion.false_negative) / max(1, sum(vars(confusion).values()))
    _add_reference(figure, [positive, positive], "guessing")
    _add_line(figure, curve, color, "recall %{x:.1%}, precision %{y:.1%}<extra></extra>")
    if confusion.precision is not None:
        _add_threshold(figure, confusion.recall, confusion.precision, color)
    figure.update_xaxes(title="recall", **SHARE)
    figure.update_yaxes(title="precision", **SHARE)
    return styled(figure, revision, height=340)


def calibration(bins: Calibration, words: ClassWords, color: str, *, revision: str) -> go.Figure:
    """The share of a class's texts over the run's probability. On the dashed line both are equal."""
    figure = go.Figure()
    name, things = html.escape(words.name), html.escape(words.things.many)
    _add_reference(figure, [0, 1], "as said")
    figure.add_scatter(
        x=bins.mean_probability.tolist(),
        y=bins.positive_share.tolist(),
        customdata=bins.reviews.tolist(),
        mode="lines+markers",
        name="this run",
        line={"color": color, "width": 2.5},
        marker={"size": 9},
        hovertemplate="probability %{x:.1%}: %{y:.1%} of %{customdata:,} "
        f"{things} {name}<extra></extra>",
    )
    figure.update_xaxes(title="mean probability given by the run", **SHARE)
    texts = html.escape(words.texts if words.is_adjective else words.name)
    figure.update_yaxes(title=f"share of {texts}", **SHARE)
    return styled(figure, revision, height=340)


def accuracy_by_length(
    groups: list[LengthBin], accuracy: float, things: Nouns, *, color: str, revision: str
) -> go.Figure:
    """Accuracy with its 95 % interval by groups of similar length; the dashed line is all reviews."""
    interval = {
        "array": [group.high - group.accuracy for group in groups],
        "arrayminus": [group.accuracy - group.low for group in groups],
        "color": color,
    }
    figure = go.Figure(
        go.Scatter(
            x=[length_range(group) for group in groups],
            y=[group.accuracy for group in groups],
            error_y=interval,
            customdata=[[group.reviews, group.low, group.high] for group in groups],
            mode="markers",
            name="this run",
            marker={"color": color, "size": 10},
            hovertemplate="%{x} words: %{y:.1%} right (%{customdata[1]:.1%} to %{customdata[2]:.1%}) "
            f"of %{{customdata[0]:,}} {html.escape(things.many)}<extra></extra>",
        )
    )
    figure.add_hline(y=accuracy, line={"color": colors.GRAY, "width": 1, "dash": "dash"})
    figure.update_xaxes(title=f"words in the {things.one}", type="category")
    figure.update_yaxes(title="accuracy", tickformat=".0%")
    return styled(figure, revision, height=340)


def length_range(group: LengthBin) -> str:
    """6 to 89; or one number when all reviews of the group are equally long."""
    return f"{group.shortest} to {group.longest}" if group.longest > group.shortest else str(group.shortest)


def _add_line(figure, curve, color, hover):
    line = {"color": color, "width": 2.5}
    x, y = curve.x.tolist(), curve.y.tolist()
    figure.add_scatter(x=x, y=y, mode="lines", name="this run", line=line, hovertemplate=hover)


def _add_reference(figure, y, name):
    """A dashed line from the left to the right edge."""
    line = {"color": colors.GRAY, "width": 1, "dash": "dash"}
    figure.add_scatter(x=[0, 1], y=y, mode="lines", name=name, line=line, hoverinfo="skip")


def _add_threshold(figure, x, y, color):
    marker = {"color": color, "size": 14, "symbol": "diamond", "line": {"width": 2, "color": "white"}}
    hover, name = "at the threshold: %{x:.1%}, %{y:.1%}<extra></extra>", "at the threshold"
    figure.add_scatter(x=[x], y=[y], mode="markers", name=name, marker=marker, hovertemplate=hover)
