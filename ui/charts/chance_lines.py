"""The dotted lines of guessing on the chart of the Compare page; chance_line.py is for the Watch page."""

import plotly.graph_objects as go

from imdb_core.runs.store import Run
from ui import colors
from ui.charts.chance_line import chance


def add_chance_lines(figure: go.Figure, measure: str, runs: list[Run]) -> None:
    """Add a dotted line for each loss or accuracy of guessing on the data sets of the runs."""
    line = {"color": colors.GRAY, "width": 1.5, "dash": "dot"}
    for level in _levels(measure, runs):
        annotation = {
            "text": "guessing",
            "xanchor": "right",
            "yanchor": "bottom",
            "x": 1,
            "font": {"size": 12},
        }
        figure.add_hline(y=level, line=line, annotation=annotation)


def chance_line_text(measure: str, runs: list[Run]) -> str:
    """The end of a chart's text alternative: what its dotted lines show, or nothing."""
    return "".join(f"; dotted line: guessing, {level:.3f}" for level in _levels(measure, runs))


def _levels(measure, runs):
    """The different heights, the lowest first."""
    kind = "accuracy" if "accuracy" in measure else "loss"
    levels = {level for run in runs if (level := chance(run, kind)) is not None}
    return sorted({round(level, 3) for level in levels})
