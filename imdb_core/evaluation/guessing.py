"""Compares the losses and accuracies of a run with the results of guessing. Called by doctor.

Guessing means the same answer for all reviews. Its results depend on how even the classes are.
"""

import math

from imdb_core.evaluation import balance
from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.predictions import Predictions, read_or_none
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run

# Assumed for a run that has not counted its classes: half of the IMDB reviews are positive.
EVEN = Balance(1, 2)
MARGIN = 0.02  # a loss within this distance of ln 2 counts as guessing; uneven classes have a smaller margin


def class_balance(run: Run, part: str = "training") -> Balance | None:
    """How even the classes of the "training" or "validation" reviews are; None if not recorded.

    Older versions did not count the classes. For their finished runs, the validation predictions are counted
    instead: the split gives training and validation reviews the same shares.
    """
    prefix = "" if part == "training" else "validation_"
    for event in run.events:
        positive, reviews = event.get(f"positive_{prefix}reviews"), event.get(f"{prefix}reviews")
        if isinstance(positive, int) and isinstance(reviews, int) and 0 <= positive <= reviews > 0:
            return Balance(positive, reviews)
    predictions = read_or_none(run, "validation")
    return balance.class_balance(predictions) if predictions else None


def guessing_loss(run: Run, part: str = "training") -> float:
    """The loss of guessing on the "training" or "validation" reviews.

    Only the training loss is computed with label smoothing.
    """
    smoothing = config_of(run).label_smoothing if part == "training" else 0.0
    return (class_balance(run, part) or EVEN).chance_loss(smoothing)


def margin(guess: float) -> float:
    """The distance from `guess`, the loss of guessing, within which a loss still counts as guessing."""
    return MARGIN * guess / EVEN.chance_loss()


def cost_of_guessing(run: Run) -> str:
    """The training loss of guessing in this run, as a part of a sentence."""
    guess, classes = guessing_loss(run), class_balance(run)
    if classes and classes.uneven:
        because = f"because {classes.share:.1%} of the training reviews are {classes.larger}"
        return f"guessing costs {guess:.3f}, {because}"
    return f"guessing costs {'ln 2 = ' if abs(guess - math.log(2)) < 0.0005 else ''}{guess:.3f}"


def validation_beats_guessing(run: Run, *, margins: int) -> bool:
    """Whether the lowest validation loss is more than `margins` times margin() below guessing."""
    guess = guessing_loss(run, "validation")
    return bool(run.best) and run.best["val_loss"] < guess - margins * margin(guess)


def has_one_answer(predictions: Predictions) -> bool:
    """Whether all reviews get the same verdict."""
    is_positive = predictions.probabilities > 0.5
    return bool(is_positive.all() or not is_positive.any())


def no_better_sentence(predictions: Predictions, part: str) -> str | None:
    """A sentence if the verdicts on the "validation" or "test" reviews are no better than guessing."""
    classes, accuracy = balance.class_balance(predictions), float(predictions.right().mean())
    if classes.share == 1:
        return None
    reviews = f"{len(predictions):,} {part} reviews"
    if has_one_answer(predictions):
        answer = "positive" if predictions.probabilities[0] > 0.5 else "negative"
        sentence = f"It calls each of the {reviews} “{answer}”, and so is right on {accuracy:.1%}."
        return f"{sentence} {skill_sentence(predictions)}"
    if accuracy > _reached_by_guessing(classes, len(predictions)):
        return None
    return (
        f"It judges {accuracy:.1%} of the {reviews} right. Calling all of them “{classes.larger}” is right "
        f"on {classes.share:.1%}. {skill_sentence(predictions)}"
    )


def no_better_by_rows_sentence(run: Run) -> str | None:
    """As no_better_sentence() for a run without predictions: judges the kept epoch's accuracy."""
    accuracy, classes = run.best.get("val_accuracy"), class_balance(run, "validation")
    if accuracy is None or accuracy > _reached_by_guessing(classes or EVEN, validation_reviews(run)):
        return None
    always = "the larger class has at least half of them"
    if classes:
        always = f"{classes.share:.1%} of them are {classes.larger}"
    return (
        f"After epoch {run.best['epoch']}, which is kept, {accuracy:.1%} of the validation reviews are "
        f"judged right, but {always}: giving all of them the same answer would be right as often."
    )


def skill_sentence(predictions: Predictions) -> str:
    """Balanced accuracy and the area under the ROC curve, and what guessing would give for both."""
    skill = balance.skill(predictions)
    classes = skill.balance
    if skill.balanced_accuracy is None or skill.roc_area is None:
        return f"All of these reviews are {classes.larger}."
    look_at = "Look at"
    if classes.uneven:
        look_at = f"The classes are uneven, {classes.share:.1%} {classes.larger}: look at"
    return (
        f"{look_at} balanced accuracy, {skill.balanced_accuracy:.1%}, and the area under the ROC curve, "
        f"{skill.roc_area:.2f} (guessing: 50 % and 0.5)."
    )


def validation_reviews(run: Run) -> int:
    """How many validation reviews the run has; 0 if no event says so."""
    counts = [event.get("validation_reviews") for event in run.events]
    return next((count for count in counts if isinstance(count, int)), 0)


def chance_difference(reviews: int) -> float:
    """The largest difference of two shares, both measured on `reviews` reviews, that chance may explain.

    Two standard errors of that difference, for shares of one half.
    """
    return 2 * math.sqrt(0.5 / reviews) if reviews > 0 else 0.0


def _reached_by_guessing(classes: Balance, reviews: int) -> float:
    """The accuracy up to which a network counts as no better than guessing.

    With even classes, chance may add two standard errors of one share. chance_difference() is larger by the
    square root of 2, because it bounds the difference of two shares.
    """
    by_chance = 0 if classes.uneven else chance_difference(reviews) / math.sqrt(2)
    return classes.share + by_chance + 1e-9


def training_losses(run: Run) -> list[float]:
    """The training loss of each epoch; [] if a loss became NaN (null in a row)."""
    losses = [row["loss"] for row in run.epochs]
    return [] if None in losses else losses
