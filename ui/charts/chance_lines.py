"""The dotted line of guessing on the chart of the Compare page, for more than two classes.

Guessing gives each class the same share: its loss is ln k, its accuracy 1 / k. Two classes have no line,
because everybody knows one half.
"""

import plotly.graph_objects as go

from imdb_core import answers
from imdb_core.runs.store import Run
from ui import colors


def add_chance_lines(figure: go.Figure, measure: str, runs: list[Run]) -> None:
    """Add a dotted line for each number of classes that the runs tell apart."""
    line = {"color": colors.GRAY, "width": 1.5, "dash": "dot"}
    for count, level in _levels(measure, runs).items():
        annotation = {"text": f"guessing one of {count}", "xanchor": "right", "yanchor": "bottom", "x": 1}
        figure.add_hline(y=level, line=line, annotation=annotation | {"font": {"size": 12}})


def chance_line_text(measure: str, runs: list[Run]) -> str:
    """The end of a chart's text alternative: what its dotted lines show, or nothing."""
    levels = _levels(measure, runs).items()
    return "".join(f"; dotted line: guessing one of {count} classes, {level:.3f}" for count, level in levels)


def _levels(measure, runs):
    """Number of classes -> loss or accuracy of guessing, the fewest classes first."""
    classes = {len(names): names for run in runs if not answers.is_binary(names := run.config.classes)}
    return {
        count: 1 / count if "accuracy" in measure else answers.chance_loss(names)
        for count, names in sorted(classes.items())
    }
