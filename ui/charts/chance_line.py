"""The line of guessing on the learning curves of the Watch page and on the chart of the Compare page.

Even two classes have no such line: everybody knows that guessing is right on half of the texts.
"""

import plotly.graph_objects as go

from imdb_core import answers
from imdb_core.evaluation import guessing
from imdb_core.evaluation.balance import Balance
from imdb_core.runs.store import Run
from ui import colors


def chance(run: Run, measure: str) -> float | None:
    """The validation "loss" or "accuracy" of giving every text the same answer.

    None for even two classes, and for a language model, which gives texts no answer.

    The loss is the entropy of the classes' shares, ln k for k even classes. The accuracy is the share of the
    largest class.
    """
    if run.predicts_words:
        return None
    classes = guessing.class_balance(run, "validation") or guessing.even(run)
    if has_even_halves(classes):
        return None
    return classes.chance_loss() if measure == "loss" else classes.share


def has_even_halves(balance: Balance) -> bool:
    """Whether these are two classes of about the same size, like the classes of the film reviews."""
    return answers.is_binary(balance.classes) and not balance.uneven


def chance_lines(run: Run, measure: str) -> list[dict]:
    """The line as a list of plotly's traces, which is empty if there is nothing to show."""
    value = chance(run, measure)
    if value is None:
        return []
    return [
        {
            "type": "scatter",
            "x": [0, 1.03 * run.config.epochs],
            "y": [value, value],
            "mode": "lines",
            "name": "guessing",
            "line": {"color": colors.GRAY, "width": 1.5, "dash": "dot"},
        }
    ]


def chance_text(run: Run, measure: str) -> str:
    """The end of the chart's text alternative; "" without a line."""
    value = chance(run, measure)
    if value is None:
        return ""
    return f"; guessing: {value:.3f}"


def add_chance_lines(figure: go.Figure, measure: str, runs: list[Run]) -> None:
    """Add a dotted line for each loss or accuracy of guessing on the data sets of several runs."""
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


def chance_lines_text(measure: str, runs: list[Run]) -> str:
    """The end of the text alternative of a chart of several runs: what its dotted lines show, or nothing."""
    return "".join(f"; dotted line: guessing, {level:.3f}" for level in _levels(measure, runs))


def _levels(measure, runs):
    """The different heights, the lowest first."""
    kind = "accuracy" if "accuracy" in measure else "loss"
    levels = {level for run in runs if (level := chance(run, kind)) is not None}
    return sorted({round(level, 3) for level in levels})
