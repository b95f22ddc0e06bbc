"""Compares the losses and accuracies of a run with what guessing would give. Called by doctor.

Guessing means one answer for all reviews. What it gives depends on how even the classes are.
"""

import math

from imdb_core.errors import ModelError
from imdb_core.evaluation import balance
from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.predictions import Predictions
from imdb_core.evaluation.predictions import read as read_predictions
from imdb_core.runs.run import Run

EVEN = Balance(1, 2)  # assumed if a run does not know its classes: half of the IMDB reviews are positive
NEAR = 0.02  # a loss within this distance of ln 2 counts as guessing; the distance is less for uneven classes


def scored(run: Run, part: str) -> Predictions | None:
    """The kept epoch's predictions on the "validation" or "test" reviews; None if the run has none yet."""
    try:
        return read_predictions(run, part)
    except ModelError:
        return None


def classes(run: Run, part: str = "training") -> Balance | None:
    """How even the classes of the "training" or "validation" reviews are; None if the run does not know.

    Runs of older versions did not count their classes. After such a run has ended, the classes are counted in
    its validation predictions: the split gives training and validation reviews the same shares.
    """
    prefix = "" if part == "training" else "validation_"
    for event in run.events:
        positive, reviews = event.get(f"positive_{prefix}reviews"), event.get(f"{prefix}reviews")
        is_counted = isinstance(positive, int) and isinstance(reviews, int)
        if is_counted and 0 <= positive <= reviews and reviews > 0:
            return Balance(positive, reviews)
    predictions = scored(run, "validation")
    return balance.balance(predictions) if predictions else None


def loss(run: Run, part: str = "training") -> float:
    """The loss of guessing on the "training" or "validation" reviews.

    Only the training loss is computed with label smoothing.
    """
    smoothing = run.config.label_smoothing if part == "training" else 0.0
    return (classes(run, part) or EVEN).chance_loss(smoothing)


def near(guess: float) -> float:
    """The distance from `guess`, the loss of guessing, within which a loss counts as guessing too."""
    return NEAR * guess / EVEN.chance_loss()


def in_words(run: Run) -> str:
    """The training loss of guessing in this run, as a part of a sentence."""
    guess, shares = loss(run), classes(run)
    if shares and shares.uneven:
        because = f"because {shares.share:.1%} of the training reviews are {shares.larger}"
        return f"guessing costs {guess:.3f}, {because}"
    return f"guessing costs {'ln 2 = ' if abs(guess - math.log(2)) < 0.0005 else ''}{guess:.3f}"


def validation_has_left(run: Run, times: int) -> bool:
    """Whether the lowest validation loss is below the loss of guessing by more than `times` near()."""
    guess = loss(run, "validation")
    return bool(run.best) and run.best["val_loss"] < guess - times * near(guess)


def says_one_class(predictions: Predictions) -> bool:
    """Whether all reviews get the same verdict."""
    is_positive = predictions.probabilities > 0.5
    return bool(is_positive.all() or not is_positive.any())


def no_better(predictions: Predictions, part: str) -> str | None:
    """A sentence if the verdicts on the "validation" or "test" reviews are no better than guessing."""
    shares, accuracy = balance.balance(predictions), float(predictions.right().mean())
    if shares.share == 1:
        return None
    reviews = f"{len(predictions):,} {part} reviews"
    if says_one_class(predictions):
        answer = "positive" if predictions.probabilities[0] > 0.5 else "negative"
        sentence = f"It calls each of the {reviews} “{answer}”, and so is right on {accuracy:.1%}."
        return f"{sentence} {skill_sentence(predictions)}"
    if accuracy > _reached_by_guessing(shares, len(predictions)):
        return None
    return (
        f"{accuracy:.1%} of the {reviews} are judged right; to call all of them “{shares.larger}” is right "
        f"on {shares.share:.1%}. {skill_sentence(predictions)}"
    )


def no_better_by_rows(run: Run) -> str | None:
    """Like no_better() for a run without predictions: judges the validation accuracy of the kept epoch."""
    accuracy, shares = run.best.get("val_accuracy"), classes(run, "validation")
    if accuracy is None or accuracy > _reached_by_guessing(shares or EVEN, validation_reviews(run)):
        return None
    always = "the larger class has at least half of them"
    if shares:
        always = f"{shares.share:.1%} of them are {shares.larger}"
    return (
        f"After epoch {run.best['epoch']}, which is kept, {accuracy:.1%} of the validation reviews are "
        f"judged right, but {always}: one and the same answer to all would be right as often."
    )


def skill_sentence(predictions: Predictions) -> str:
    """Balanced accuracy and the area under the ROC curve, and what guessing would give for both."""
    skill = balance.skill(predictions)
    shares = skill.balance
    if skill.balanced_accuracy is None or skill.roc_area is None:
        return f"All of these reviews are {shares.larger}."
    look_at = "Look at"
    if shares.uneven:
        look_at = f"The classes are uneven, {shares.share:.1%} {shares.larger}: look at"
    return (
        f"{look_at} balanced accuracy, {skill.balanced_accuracy:.1%}, and the area under the ROC curve, "
        f"{skill.roc_area:.2f} (guessing: 50 % and 0.5)."
    )


def validation_reviews(run: Run) -> int:
    """How many validation reviews the run has; 0 if no event says so."""
    counts = [event.get("validation_reviews") for event in run.events]
    return next((count for count in counts if isinstance(count, int)), 0)


def luck(reviews: int) -> float:
    """The largest difference of two shares, both measured on `reviews` reviews, that chance may explain.

    Two standard errors of that difference, for shares of one half.
    """
    return 2 * math.sqrt(0.5 / reviews) if reviews > 0 else 0.0


def _reached_by_guessing(shares: Balance, reviews: int) -> float:
    """The accuracy up to which a network counts as no better than guessing.

    With even classes, chance may add two standard errors of one share. luck() is larger by the square root of
    2, because it is for the difference of two shares.
    """
    return shares.share + (0 if shares.uneven else luck(reviews) / math.sqrt(2)) + 1e-9
