"""The figures of the Inspect page: verdicts in numbers, both curves with the chosen point, calibration,
accuracy by length.

Each draws what imdb_core.evaluation.verdicts computed; ui.components.chart shows it.
"""

import plotly.graph_objects as go

from imdb_core.evaluation.verdicts import Calibration, Confusion, Curve, LengthBin
from ui import words
from ui.charts import styled

SHARE = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def confusion_matrix(found: Confusion, revision: str) -> go.Figure:
    """Two by two: what the run says over what the label is, as counts and as shares of the label's reviews."""
    counts = [[found.false_positive, found.true_negative], [found.true_positive, found.false_negative]]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    figure = go.Figure(
        go.Heatmap(
            x=["says positive", "says negative"],
            y=["is negative", "is positive"],
            z=shares,
            zmin=0,
            zmax=1,
            customdata=counts,
            colorscale=[
                [0, "rgba(0,114,178,0.05)"],
                [1, "rgba(0,114,178,0.45)"],
            ],  # pale: the text is dark or light by theme
            showscale=False,
            xgap=3,
            ygap=3,
            hovertemplate="%{y}, the run %{x}: %{customdata:,} reviews, %{z:.1%} of those whose label %{y}<extra></extra>",
        )
    )
    for row in (0, 1):  # annotations, because a heatmap's own text would not follow the theme
        for column in (0, 1):
            text = f"{counts[row][column]:,}<br>{shares[row][column]:.1%}"
            figure.add_annotation(x=column, y=row, text=text, showarrow=False, font={"size": 16})
    figure.update_xaxes(title="verdict of the run", showgrid=False)
    figure.update_yaxes(title="label of the review", showgrid=False, tickangle=-90)
    return styled(figure, revision, height=340)


def roc(curve: Curve, at: Confusion, color: str, revision: str) -> go.Figure:
    """False over true positives for every threshold; the marker is the chosen one, the dashed line is
    guessing.
    """
    figure = go.Figure()
    _add_guess(figure, [0, 1], "guessing")
    _add_line(figure, curve, color, "false-positive rate %{x:.1%}, recall %{y:.1%}<extra></extra>")
    _add_point(figure, at.false_positive_rate, at.recall, color)
    figure.update_xaxes(title="false-positive rate", **SHARE)
    figure.update_yaxes(title="recall", **SHARE)
    return styled(figure, revision, height=340)


def precision_recall(curve: Curve, at: Confusion, color: str, revision: str) -> go.Figure:
    """Precision over recall for every threshold; the marker is the chosen one, the dashed line is guessing."""
    figure = go.Figure()
    positive = (at.true_positive + at.false_negative) / max(1, sum(vars(at).values()))
    _add_guess(figure, [positive, positive], "guessing")
    _add_line(figure, curve, color, "recall %{x:.1%}, precision %{y:.1%}<extra></extra>")
    if at.precision is not None:
        _add_point(figure, at.recall, at.precision, color)
    figure.update_xaxes(title="recall", **SHARE)
    figure.update_yaxes(title="precision", **SHARE)
    return styled(figure, revision, height=340)


def calibrated(found: Calibration, color: str, revision: str) -> go.Figure:
    """How often a review is positive over how probable the run called that; on the dashed line words and
    facts agree.
    """
    figure = go.Figure()
    _add_guess(figure, [0, 1], "as said")
    figure.add_scatter(
        x=found.mean_probability.tolist(),
        y=found.positive_share.tolist(),
        customdata=found.reviews.tolist(),
        mode="lines+markers",
        name="this run",
        line={"color": color, "width": 2.5},
        marker={"size": 9},
        hovertemplate="said %{x:.1%}, positive were %{y:.1%} of %{customdata:,} reviews<extra></extra>",
    )
    figure.update_xaxes(title="mean probability the run gave", **SHARE)
    figure.update_yaxes(title="share of positive reviews", **SHARE)
    return styled(figure, revision, height=340)


def by_length(found: list[LengthBin], accuracy: float, color: str, revision: str) -> go.Figure:
    """Accuracy with its 95 % interval over groups of reviews of similar length; the dashed line is all
    reviews together.
    """
    figure = go.Figure(
        go.Scatter(
            x=[label(group) for group in found],
            y=[group.accuracy for group in found],
            error_y={
                "array": [group.high - group.accuracy for group in found],
                "arrayminus": [group.accuracy - group.low for group in found],
                "color": color,
            },
            customdata=[[group.reviews, group.low, group.high] for group in found],
            mode="markers",
            name="this run",
            marker={"color": color, "size": 10},
            hovertemplate="%{x} words: %{y:.1%} right (%{customdata[1]:.1%} to %{customdata[2]:.1%}) "
            "of %{customdata[0]:,} reviews<extra></extra>",
        )
    )
    figure.add_hline(y=accuracy, line={"color": words.GRAY, "width": 1, "dash": "dash"})
    figure.update_xaxes(title="words in the review", type="category")
    figure.update_yaxes(title="accuracy", tickformat=".0%")
    return styled(figure, revision, height=340)


def label(group: LengthBin) -> str:
    """6 to 89; or one number when all are equally long."""
    return f"{group.shortest} to {group.longest}" if group.longest > group.shortest else str(group.shortest)


def _add_line(figure, curve, color, hover):
    line = {"color": color, "width": 2.5}
    x, y = curve.x.tolist(), curve.y.tolist()
    figure.add_scatter(x=x, y=y, mode="lines", name="this run", line=line, hovertemplate=hover)


def _add_guess(figure, y, name):
    line = {"color": words.GRAY, "width": 1, "dash": "dash"}
    figure.add_scatter(x=[0, 1], y=y, mode="lines", name=name, line=line, hoverinfo="skip")


def _add_point(figure, x, y, color):
    marker = {"color": color, "size": 14, "symbol": "diamond", "line": {"width": 2, "color": "white"}}
    hover = "at the threshold: %{x:.1%}, %{y:.1%}<extra></extra>"
    figure.add_scatter(
        x=[x], y=[y], mode="markers", name="at the threshold", marker=marker, hovertemplate=hover
    )
