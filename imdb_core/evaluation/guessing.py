"""Compares the losses and accuracies of a run with the results of guessing. Called by doctor.

Guessing means the same answer for all reviews. Its results depend on how even the classes are.
"""

import math

from imdb_core import answers
from imdb_core.errors import ModelError
from imdb_core.evaluation import balance, predictions
from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.predictions import ClassPredictions
from imdb_core.evaluation.run_config import config_of, texts_of
from imdb_core.runs.run import Run

# A loss within this distance of ln 2, the loss of guessing two even classes, counts as guessing. For other
# classes the distance grows and shrinks with the loss of guessing.
MARGIN = 0.02


def tested(run: Run, part: str) -> ClassPredictions | None:
    """The run's predictions on the "test" or "validation" reviews, or None before they are written."""
    try:
        return predictions.read_classes(run, part)
    except ModelError:
        return None


def even(run: Run) -> Balance:
    """Even classes, assumed for a run that has not counted its classes: the IMDB classes are even."""
    classes = config_of(run).classes
    return Balance((1,) * len(classes), classes)


def class_balance(run: Run, part: str = "training") -> Balance | None:
    """How even the classes of the "training" or "validation" reviews are; None if not recorded.

    Older versions did not count the classes. For their finished runs, the validation predictions are counted
    instead: the split gives training and validation reviews the same shares.
    """
    field = "class_counts" if part == "training" else "validation_class_counts"
    for event in run.events:
        if counted := balance.recorded_balance(run, event.get(field)):
            return counted
    judged = tested(run, "validation")
    return balance.class_balance(judged) if judged else None


def guessing_loss(run: Run, part: str = "training") -> float:
    """The loss of guessing on the "training" or "validation" reviews.

    Only the training loss is computed with label smoothing and with class weights. Balanced weights make all
    classes count the same.
    """
    config = config_of(run)
    if part == "training" and config.class_weights == "balanced":
        return even(run).chance_loss()
    smoothing = config.label_smoothing if part == "training" else 0.0
    return (class_balance(run, part) or even(run)).chance_loss(smoothing)


def margin(guess: float) -> float:
    """The distance from `guess`, the loss of guessing, within which a loss still counts as guessing."""
    return MARGIN * guess / math.log(2)


def cost_of_guessing(run: Run) -> str:
    """The training loss of guessing in this run, as a part of a sentence."""
    guess, classes, config = guessing_loss(run), class_balance(run), config_of(run)
    chance = answers.chance_loss(config.classes)
    if classes and classes.uneven and config.class_weights == "none":
        because = f"because {classes.share:.1%} of the training {texts_of(run)} are {classes.larger}"
        return f"guessing costs {guess:.3f}, {because}"
    number = f"ln {len(config.classes)} = " if abs(guess - chance) < 0.0005 else ""
    return f"guessing costs {number}{guess:.3f}"


def validation_beats_guessing(run: Run, *, margins: int) -> bool:
    """Whether the lowest validation loss is more than `margins` times margin() below guessing."""
    guess = guessing_loss(run, "validation")
    return bool(run.best) and run.best["val_loss"] < guess - margins * margin(guess)


def has_one_answer(judged: ClassPredictions) -> bool:
    """Whether all reviews get the same verdict."""
    verdicts = answers.verdicts(judged.shares)
    return bool((verdicts == verdicts[0]).all())


def no_better_sentence(judged: ClassPredictions, part: str, many: str) -> str | None:
    """A sentence if the verdicts on the "validation" or "test" texts, `many`, are no better than guessing."""
    classes, accuracy = balance.class_balance(judged), float(judged.right.mean())
    if classes.share == 1:
        return None
    reviews = f"{len(judged):,} {part} {many}"
    if has_one_answer(judged):
        answer = judged.classes[int(answers.verdicts(judged.shares[:1])[0])]
        sentence = f"It calls each of the {reviews} “{answer}”, and so is right on {accuracy:.1%}."
        return f"{sentence} {skill_sentence(judged)}"
    if accuracy > _reached_by_guessing(classes, len(judged)):
        return None
    return (
        f"It judges {accuracy:.1%} of the {reviews} right. Calling all of them “{classes.larger}” is right "
        f"on {classes.share:.1%}. {skill_sentence(judged)}"
    )


def no_better_by_rows_sentence(run: Run) -> str | None:
    """As no_better_sentence() for a run without predictions: judges the kept epoch's accuracy."""
    accuracy, classes = run.best.get("val_accuracy"), class_balance(run, "validation")
    if accuracy is None or accuracy > _reached_by_guessing(classes or even(run), validation_reviews(run)):
        return None
    always = f"the largest class has at least {1 / len(config_of(run).classes):.0%} of them"
    if classes:
        always = f"{classes.share:.1%} of them are {classes.larger}"
    return (
        f"After epoch {run.best['epoch']}, which is kept, {accuracy:.1%} of the validation "
        f"{texts_of(run)} are judged right, but {always}: giving all of them the same answer would be "
        "right as often."
    )


def skill_sentence(judged: ClassPredictions) -> str:
    """Balanced accuracy and a second figure for uneven classes, and what guessing would give."""
    skill = balance.skill(judged)
    classes = skill.balance
    if skill.balanced_accuracy is None or skill.macro_f1 is None:
        return f"All of these are {classes.larger}."
    look_at = "Look at"
    if classes.uneven:
        look_at = f"The classes are uneven, {classes.share:.1%} {classes.larger}: look at"
    figure = f"{look_at} balanced accuracy, {skill.balanced_accuracy:.1%},"
    if skill.roc_area is not None:
        return f"{figure} and the area under the ROC curve, {skill.roc_area:.2f} (guessing: 50 % and 0.5)."
    guess = f"{100 / len(classes.classes):.0f} %"
    return f"{figure} and macro F1, {skill.macro_f1:.2f} (guessing: a balanced accuracy of {guess})."


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
