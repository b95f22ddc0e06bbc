"""The run doctor's rules on a run's verdicts: no better than guessing, or much better for one class.

Called by doctor.
"""

from dataclasses import dataclass
from typing import Any

from imdb_core.evaluation import guessing, remedies
from imdb_core.evaluation.predictions import read_or_none
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run

NO_BETTER = "No better than always the same answer"
ONE_CLASS = "It says one class only"
LOPSIDED = 0.10  # a larger difference between the two classes' accuracies is reported


@dataclass(frozen=True)
class Finding:
    """`explanation` holds the numbers; `try_next` is one hyperparameter with its new value, or None."""

    title: str
    explanation: str
    try_next: dict[str, Any] | None


def no_better_than_guessing(run: Run) -> Finding | None:
    """The kept epoch gives all reviews the same answer, or is right no more often than a constant answer.

    A finding on the test reviews proposes nothing, because no setting may be chosen by the test reviews.
    """
    for part in ("validation", "test"):
        predictions = read_or_none(run, part)
        if predictions and (sentence := guessing.no_better_sentence(predictions, part)):
            title = ONE_CLASS if guessing.has_one_answer(predictions) else NO_BETTER
            return Finding(title, sentence, _against_guessing(run) if part == "validation" else None)
    if not read_or_none(run, "validation") and (sentence := guessing.no_better_by_rows_sentence(run)):
        return Finding(NO_BETTER, sentence, _against_guessing(run))
    return None


def lopsided(run: Run) -> Finding | None:
    """One class is judged much better than the other, on the validation reviews."""
    predictions, accuracies = read_or_none(run, "validation"), class_accuracies(run)
    if predictions is None or accuracies is None or guessing.has_one_answer(predictions):
        return None  # a network with one answer is reported by no_better_than_guessing()
    positive, negative, fewest = accuracies
    difference = abs(positive - negative)
    if difference <= max(LOPSIDED, guessing.chance_difference(fewest)) + 1e-9:
        return None
    leaning = "positive" if positive > negative else "negative"
    sentence = (
        f"Of the validation reviews, {positive:.1%} of the positive and {negative:.1%} of the negative ones "
        f"are judged right: {100 * difference:.1f} points apart. The network leans to “{leaning}”."
    )
    config = config_of(run)
    slower = remedies.change(config, remedies.learning_rate(config, 1 / 2))
    return Finding("One class is judged better", sentence, slower)


def class_accuracies(run: Run) -> tuple[float, float, int] | None:
    """(share judged right of the positive validation reviews, of the negative ones, size of the rarer class).

    None without usable predictions: they are written when a run finishes.
    """
    predictions = read_or_none(run, "validation")
    if predictions is None:
        return None
    right, positive = predictions.right(), predictions.positive
    if not positive.any() or positive.all():
        return None
    rarer = int(min(positive.sum(), (~positive).sum()))
    return float(right[positive].mean()), float(right[~positive].mean()), rarer


def _against_guessing(run: Run) -> dict[str, Any] | None:
    """Proposes less overfitting if the network has learned the training reviews, else better learning."""
    losses, guess, config = guessing.training_losses(run), guessing.guessing_loss(run), config_of(run)
    has_learned = losses and min(losses) < guess - 2 * guessing.margin(guess)
    return remedies.less_overfitting(config) if has_learned else remedies.better_learning(config)
