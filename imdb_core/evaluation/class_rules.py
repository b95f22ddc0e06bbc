"""The run doctor's rules on a run's verdicts: no better than guessing, a class never chosen, or judged worse.

Called by doctor.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from imdb_core import answers
from imdb_core.evaluation import balance, guessing, remedies
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.evaluation.run_config import config_of, texts_of
from imdb_core.runs.run import Run

NO_BETTER = "No better than always the same answer"
ONE_CLASS = "It says one class only"
# A larger difference between two classes' accuracies is reported. With more than two classes the worst class
# is compared with the mean of all classes; some class is always the hardest, so the bound is larger.
LOPSIDED, LOPSIDED_MANY = 0.10, 0.20
MOST_NAMED = 5  # classes that a finding names


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
        judged = guessing.tested(run, part)
        if judged and (sentence := guessing.no_better_sentence(judged, part, texts_of(run))):
            title = ONE_CLASS if guessing.has_one_answer(judged) else NO_BETTER
            return Finding(title, sentence, _against_guessing(run) if part == "validation" else None)
    if not guessing.tested(run, "validation") and (sentence := guessing.no_better_by_rows_sentence(run)):
        return Finding(NO_BETTER, sentence, _against_guessing(run))
    return None


def never_predicted(run: Run) -> Finding | None:
    """The verdicts differ, but some classes of the validation reviews are never among the verdicts."""
    judged = guessing.tested(run, "validation")
    if judged is None or guessing.has_one_answer(judged):
        return None  # a network with one answer is reported by no_better_than_guessing()
    counts = balance.class_balance(judged).counts
    predicted = set(answers.verdicts(judged.shares).tolist())
    missing = [label for label, count in enumerate(counts) if count and label not in predicted]
    if not missing:
        return None
    named = [f"“{judged.classes[label]}” ({counts[label]:,} of the {len(judged):,})" for label in missing]
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    verb = "is" if len(named) == 1 else "are"
    sentence = (
        f"{', '.join(named[:MOST_NAMED])}{more} {verb} never its answer on the validation {texts_of(run)}. "
        f"{guessing.skill_sentence(judged)}"
    )
    title = "One class is never predicted" if len(named) == 1 else "Some classes are never predicted"
    return Finding(title, sentence, _for_rare_classes(run) or _against_guessing(run))


def lopsided(run: Run) -> Finding | None:
    """One class is judged much better or worse than the rest, on the validation reviews."""
    judged = guessing.tested(run, "validation")
    if judged is None or guessing.has_one_answer(judged):
        return None  # a network with one answer is reported by no_better_than_guessing()
    if answers.is_binary(judged.classes):
        return _leaning(run)
    return None if never_predicted(run) else _worst_class(run, judged)


def class_accuracies(run: Run) -> tuple[float, float, int] | None:
    """(share judged right of the positive validation reviews, of the negative ones, size of the rarer class).

    Of two classes only. None without usable predictions: they are written when a run finishes.
    """
    judged = guessing.tested(run, "validation")
    if judged is None or not answers.is_binary(judged.classes):
        return None
    right, positive = judged.right, judged.labels == 1
    if not positive.any() or positive.all():
        return None
    rarer = int(min(positive.sum(), (~positive).sum()))
    return float(right[positive].mean()), float(right[~positive].mean()), rarer


def _leaning(run: Run) -> Finding | None:
    """One of two classes is judged much better."""
    if (accuracies := class_accuracies(run)) is None:
        return None
    positive, negative, fewest = accuracies
    difference = abs(positive - negative)
    if difference <= max(LOPSIDED, guessing.chance_difference(fewest)) + 1e-9:
        return None
    config = config_of(run)
    first, second = config.classes
    leaning = second if positive > negative else first
    sentence = (
        f"Of the validation {texts_of(run)}, {positive:.1%} of the {second} and {negative:.1%} of the "
        f"{first} ones are judged right: {100 * difference:.1f} points apart. "
        f"The network leans to “{leaning}”."
    )
    slower = remedies.change(config, remedies.learning_rate(config, 1 / 2))
    return Finding("One class is judged better", sentence, slower)


def _worst_class(run: Run, judged: ClassPredictions) -> Finding | None:
    """One of many classes is judged much worse than the classes are on average."""
    counts = np.bincount(judged.labels, minlength=len(judged.classes))
    right = np.bincount(judged.labels[judged.right], minlength=len(judged.classes))
    present = np.flatnonzero(counts)
    accuracies = right[present] / counts[present]
    worst = int(present[accuracies.argmin()])
    behind = float(accuracies.mean() - accuracies.min())
    if behind <= max(LOPSIDED_MANY, guessing.chance_difference(int(counts[worst]))) + 1e-9:
        return None
    sentence = (
        f"Of the {counts[worst]:,} validation {texts_of(run)} of the class “{judged.classes[worst]}”, "
        f"{accuracies.min():.1%} are judged right; the mean of all classes is {accuracies.mean():.1%}."
    )
    config = config_of(run)
    slower = remedies.change(config, remedies.learning_rate(config, 1 / 2))
    is_rare = counts[worst] < counts.mean()
    return Finding("One class is judged worse", sentence, is_rare and _for_rare_classes(run) or slower)


def _for_rare_classes(run: Run) -> dict[str, Any] | None:
    """Proposes class weights if the classes are uneven and the run had none."""
    classes = guessing.class_balance(run)
    if classes is None or not classes.uneven:
        return None
    return remedies.change(config_of(run), ("class_weights", "balanced"))


def _against_guessing(run: Run) -> dict[str, Any] | None:
    """Proposes less overfitting if the network has learned the training reviews, else better learning.

    Class weights come first if the classes are uneven.
    """
    if weights := _for_rare_classes(run):
        return weights
    losses, guess, config = guessing.training_losses(run), guessing.guessing_loss(run), config_of(run)
    has_learned = losses and min(losses) < guess - 2 * guessing.margin(guess)
    return remedies.less_overfitting(config) if has_learned else remedies.better_learning(config)
