"""What one run's losses and accuracies are worth beside guessing, given how even its classes are.

Called by doctor.
"""

import math

from imdb_core.errors import ModelError
from imdb_core.evaluation import balance, predictions
from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.predictions import Predictions
from imdb_core.runs.run import Run

EVEN = Balance(1, 2)  # assumed of runs that do not know their classes: half of the IMDB reviews are positive
NEAR = 0.02  # a loss within this distance of ln 2 counts as guessing; less for uneven classes


def scored(run: Run, part: str) -> Predictions | None:
    """What the kept epoch said of the "validation" or "test" reviews; None without usable predictions, as
    before the end.
    """
    try:
        return predictions.read(run, part)
    except ModelError:
        return None


def classes(run: Run, part: str = "training") -> Balance | None:
    """How even the classes of the "training" or "validation" reviews are; None for a run of an older version,
    until it ends.

    The split keeps the shares, so the validation reviews speak for the training reviews where these were not
    counted.
    """
    names = ("positive_reviews", "reviews") if part == "training" else ("positive_validation_reviews", "validation_reviews")
    for event in run.events:
        positive, reviews = (event.get(name) for name in names)
        if isinstance(positive, int) and isinstance(reviews, int) and 0 <= positive <= reviews and reviews > 0:
            return Balance(positive, reviews)
    found = scored(run, "validation")
    return balance.balance(found) if found else None


def loss(run: Run, part: str = "training") -> float:
    """The loss of the best answer that is always the same.

    Only the training loss knows of label smoothing.
    """
    smoothing = run.config.label_smoothing if part == "training" else 0.0
    return (classes(run, part) or EVEN).chance_loss(smoothing)


def near(guess: float) -> float:
    """How near to the loss `guess` of guessing a loss counts as guessing too."""
    return NEAR * guess / EVEN.chance_loss()


def in_words(run: Run) -> str:
    """What guessing costs in this run, as a part of a sentence."""
    guess, counted = loss(run), classes(run)
    if counted and counted.uneven:
        return f"guessing costs {guess:.3f}, because {counted.share:.1%} of the training reviews are {counted.larger}"
    return f"guessing costs {'ln 2 = ' if abs(guess - math.log(2)) < 0.0005 else ''}{guess:.3f}"


def validation_has_left(run: Run, times: int) -> bool:
    """Whether the lowest validation loss lies further below guessing than `times` the usual distance."""
    guess = loss(run, "validation")
    return bool(run.best) and run.best["val_loss"] < guess - times * near(guess)


def says_one_class(found: Predictions) -> bool:
    """Whether each review gets the same verdict."""
    called = found.probabilities > 0.5
    return bool(called.all() or not called.any())


def no_better(found: Predictions, part: str) -> str | None:
    """The sentence if the verdicts on the reviews of this part are no better than one answer to all; None if
    they are.
    """
    counted, accuracy = balance.balance(found), float(found.right().mean())
    if counted.share == 1:
        return None
    if says_one_class(found):
        answer = "positive" if found.probabilities[0] > 0.5 else "negative"
        called = f"It calls each of the {len(found):,} {part} reviews “{answer}”, and so is right on {accuracy:.1%}"
        return f"{called}. {skill_sentence(found)}"
    if accuracy > _reached_by_one_answer(counted, len(found)):
        return None
    return (
        f"{accuracy:.1%} of the {len(found):,} {part} reviews are judged right; to call all of them "
        f"“{counted.larger}” is right "
        f"on {counted.share:.1%}. {skill_sentence(found)}"
    )


def no_better_by_rows(run: Run) -> str | None:
    """As no_better, by the validation accuracy of the epoch that is kept; for a run without predictions."""
    accuracy, counted = run.best.get("val_accuracy"), classes(run, "validation")
    if accuracy is None or accuracy > _reached_by_one_answer(counted or EVEN, validation_reviews(run)):
        return None
    always = f"{counted.share:.1%} of them are {counted.larger}" if counted else "the larger class has at least half of them"
    return (
        f"After epoch {run.best['epoch']}, which is kept, {accuracy:.1%} of the validation reviews are "
        "judged right, but "
        f"{always}: one and the same answer to all would be right as often."
    )


def skill_sentence(found: Predictions) -> str:
    """The two figures that uneven classes leave as they are, with what guessing would give."""
    skill = balance.skill(found)
    counted = skill.balance
    if skill.balanced_accuracy is None or skill.roc_area is None:
        return f"All of these reviews are {counted.larger}."
    uneven = f"The classes are uneven, {counted.share:.1%} {counted.larger}: look at" if counted.uneven else "Look at"
    return (
        f"{uneven} balanced accuracy, {skill.balanced_accuracy:.1%}, and the area under the ROC curve, "
        f"{skill.roc_area:.2f} "
        "(guessing: 50 % and 0.5)."
    )


def validation_reviews(run) -> int:
    """How many validation reviews the run has; 0 if no event says so."""
    counts = [event.get("validation_reviews") for event in run.events]
    return next((count for count in counts if isinstance(count, int)), 0)


def _reached_by_one_answer(counted: Balance, reviews: int) -> float:
    """The accuracy up to which a network counts as no better than one answer; with even classes luck may add
    something.
    """
    return counted.share + (0 if counted.uneven else luck(reviews) / math.sqrt(2)) + 1e-9


def luck(reviews: int) -> float:
    """A difference of two shares of `reviews` each that luck rarely exceeds: two standard errors at a share
    of one half.
    """
    return 2 * math.sqrt(0.5 / reviews) if reviews > 0 else 0.0
