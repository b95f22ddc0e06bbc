"""What stands out in one run, in plain words with its numbers, and the one setting to change next. Called by
the Watch page.

Each rule is a function (run) -> Finding or None; RULES lists them, the most severe first. Rules read rows and
predictions only.
"""

from dataclasses import dataclass

from imdb_core.evaluation import balance, chance, remedies
from imdb_core.runs.run import ENDED, Run

NO_BETTER = "No better than always the same answer"
RISE = 0.1  # a training loss this far above its lowest value counts as rising
OVERFIT_RISE = 0.03  # validation loss above its best that counts as overfitting
STILL_FALLING = 0.005  # fall of the validation loss in the last epoch that counts as progress
JUMP = 0.03  # change of the validation accuracy between epochs that counts as a jump
LOPSIDED = 0.10  # difference between the two classes' accuracies


@dataclass(frozen=True)
class Finding:
    """`explanation` holds the numbers; `try_next` exactly one hyperparameter with its new value, or None."""

    title: str
    explanation: str
    try_next: dict | None


def ready(run: Run) -> bool:
    """Whether there is enough to look at: the run has ended, or two epochs are done."""
    return bool(run.config) and not run.damaged and (run.state in ENDED or len(run.epochs) >= 2)


def findings(run: Run) -> list[Finding]:
    """What stands out, the most severe first; [] for a healthy run. The run must be `ready`."""
    return [found for rule in RULES if (found := rule(run))]


def healthy_sentence(run: Run) -> str:
    """What to say when nothing stands out: the numbers that were looked at, or that there are none yet."""
    if len(run.epochs) < 2:
        done = "Only one epoch is" if run.epochs else "No epoch is"
        return f"{done} done: too little to judge how the training goes."
    first, last, best = run.epochs[0], run.epochs[-1], run.best
    sentence = (
        f"Nothing stands out: training loss went from {first['loss']:.3f} to {last['loss']:.3f}, and validation loss is "
        f"{last['val_loss']:.3f} after epoch {last['epoch']}, its lowest being {best['val_loss']:.3f} after "
        f"epoch {best['epoch']}."
    )
    predictions = chance.scored(run, "validation")
    if predictions and balance.balance(predictions).uneven:
        return f"{sentence} {chance.skill_sentence(predictions)}"
    return sentence


def diverged(run: Run) -> Finding | None:
    """The loss became NaN (null in a row, or the failure), or it rose above the loss of guessing."""
    lost = next((row for row in run.metrics if row["loss"] is None or row.get("val_loss", 0) is None), None)
    last, lowest, guess = run.epochs[-1] if run.epochs else {}, _lowest_loss_before(run), chance.loss(run)
    margin = chance.near(guess)
    if run.failure == "diverged" and run.message:
        sentence = run.message
    elif lost:
        step = f"step {lost['step']} of {lost['steps']}"
        sentence = f"The loss is no number any more in epoch {lost['epoch']}, {step}."
    elif lowest is not None and last["loss"] > guess + margin and _at_least(last["loss"] - lowest, margin):
        sentence = (
            f"After epoch {last['epoch']} the training loss is {last['loss']:.3f}. It was {lowest:.3f} "
            f"before, and guessing costs only {guess:.3f}."
        )
    else:
        return None
    return Finding("Training diverged", sentence, remedies.calmer(run.config))


def guessing(run: Run) -> Finding | None:
    """The kept epoch gives all reviews the same answer, or is right no more often than a constant answer.

    A finding on the test reviews proposes nothing, because no setting may be chosen by the test reviews.
    """
    for part in ("validation", "test"):
        predictions = chance.scored(run, part)
        if predictions and (sentence := chance.no_better(predictions, part)):
            title = "It says one class only" if chance.says_one_class(predictions) else NO_BETTER
            return Finding(title, sentence, _against_guessing(run) if part == "validation" else None)
    if not chance.scored(run, "validation") and (sentence := chance.no_better_by_rows(run)):
        return Finding(NO_BETTER, sentence, _against_guessing(run))
    return None


def rising(run: Run) -> Finding | None:
    """The training loss ended RISE or more above its lowest value, but not above the loss of guessing."""
    lowest, losses = _lowest_loss_before(run), _losses(run)
    if lowest is None or diverged(run) or not _at_least(losses[-1] - lowest, RISE):
        return None
    sentence = (
        f"Training loss rose from {lowest:.3f} to {losses[-1]:.3f} after epoch {run.epochs[-1]['epoch']}. It "
        "should fall from epoch to epoch: the weight changes are too large."
    )
    return Finding("Training loss rises", sentence, remedies.calmer(run.config))


def stuck(run: Run) -> Finding | None:
    """Every epoch's training loss lies at chance level, and no validation loss below it.

    The training loss is a mean over its epoch: a network that begins to learn late in it shows that in the
    validation first.
    """
    losses, guess = _losses(run), chance.loss(run)
    has_left = any(abs(loss - guess) > chance.near(guess) for loss in losses)
    if not losses or has_left or chance.validation_has_left(run, 1):
        return None
    last = run.epochs[-1]
    accuracy = f" Training accuracy is {last['accuracy']:.1%}." if last["accuracy"] is not None else ""
    sentence = (
        f"Training loss is {last['loss']:.3f} after epoch {last['epoch']} and was never below "
        f"{min(losses):.3f}; {chance.in_words(run)}.{accuracy} The network has not begun to learn."
    )
    return Finding("Stuck at chance", sentence, remedies.livelier(run.config))


def hardly_learning(run: Run) -> Finding | None:
    """The training loss never came far below the loss of guessing; the run is neither stuck nor diverged."""
    losses, guess = _losses(run), chance.loss(run)
    if not losses or min(losses) < guess - 2 * chance.near(guess) or chance.validation_has_left(run, 2):
        return None
    if diverged(run) or stuck(run):
        return None
    course = f"is {losses[0]:.4f}"
    if len(losses) > 1:
        course = f"went from {losses[0]:.4f} to {losses[-1]:.4f} in {len(losses)} epochs"
    sentence = f"Training loss {course}; {chance.in_words(run)}."
    return Finding("Hardly learning", sentence, remedies.livelier(run.config))


def unstable(run: Run) -> Finding | None:
    """The validation accuracy fell by a jump and rose by a jump later: too large steps, not too few reviews."""
    scores = [row["val_accuracy"] for row in run.epochs]
    if len(scores) < 3 or None in scores:
        return None
    reviews = chance.validation_reviews(run)
    jump = max(JUMP, chance.luck(reviews))
    for number in range(1, len(scores) - 1):
        fall, rise = scores[number - 1] - scores[number], max(scores[number + 1 :]) - scores[number]
        if _at_least(fall, jump) and _at_least(rise, jump):
            sentence = (
                f"Validation accuracy fell from {scores[number - 1]:.1%} to {scores[number]:.1%} in epoch "
                f"{run.epochs[number]['epoch']} and rose to {max(scores[number + 1 :]):.1%} later: more than the "
                f"{100 * jump:.1f} points that count as usual{f' with {reviews:,} reviews' if reviews else ''}. "
                "The weight changes are too large."
            )
            return Finding("Validation accuracy jumps", sentence, remedies.calmer(run.config))
    return None


def overfitting(run: Run) -> Finding | None:
    """Validation loss rises after its best epoch while training loss goes on falling."""
    best, last = run.best, run.epochs[-1] if run.epochs else {}
    if not best or None in (last["val_loss"], last["loss"], best["loss"]):
        return None
    rise = last["val_loss"] - best["val_loss"]
    if not _at_least(rise, OVERFIT_RISE) or last["loss"] >= best["loss"]:
        return None
    sentence = (
        f"Since epoch {best['epoch']} validation loss rose from {best['val_loss']:.3f} to {last['val_loss']:.3f} while training "
        f"loss fell from {best['loss']:.3f} to {last['loss']:.3f}: a gap of {last['val_loss'] - last['loss']:.3f} after epoch "
        f"{last['epoch']}. The network learns the training reviews by heart; the weights of epoch "
        f"{best['epoch']} are kept."
    )
    return Finding("Overfitting", sentence, remedies.less_by_heart(run.config))


def lopsided(run: Run) -> Finding | None:
    """One kind of review is judged much better than the other, on the validation reviews."""
    predictions, accuracies = chance.scored(run, "validation"), class_accuracies(run)
    if accuracies is None or chance.says_one_class(predictions):  # guessing() names a network with one answer
        return None
    positive, negative, fewest = accuracies
    difference = abs(positive - negative)
    if difference <= max(LOPSIDED, chance.luck(fewest)) + 1e-9:
        return None
    leaning = "positive" if positive > negative else "negative"
    sentence = (
        f"Of the validation reviews, {positive:.1%} of the positive and {negative:.1%} of the negative ones are judged right: "
        f"{100 * difference:.1f} points apart. The network leans to “{leaning}”."
    )
    slower = remedies.change(run.config, remedies.rate(run.config, 1 / 2))
    return Finding("One class is judged better", sentence, slower)


def still_improving(run: Run) -> Finding | None:
    """The last planned epoch was the best so far, and clearly."""
    if len(run.epochs) < 2 or run.epochs[-1]["epoch"] < run.config.epochs or run.best != run.epochs[-1]:
        return None
    before, last = run.epochs[-2]["val_loss"], run.epochs[-1]["val_loss"]
    if before is None or not _at_least(before - last, STILL_FALLING):
        return None
    sentence = (
        f"In the last epoch, number {run.config.epochs}, validation loss still fell by {before - last:.3f}, from {before:.3f} "
        f"to {last:.3f}. The training ended too early."
    )
    return Finding("Still improving at the end", sentence, remedies.longer(run.config))


RULES = (diverged, guessing, rising, stuck, hardly_learning, unstable, overfitting, lopsided, still_improving)


def class_accuracies(run: Run) -> tuple[float, float, int] | None:
    """Shares judged right of the positive and of the negative validation reviews, and how many the rarer
    class has.

    None without usable predictions: they are written when a run finishes.
    """
    predictions = chance.scored(run, "validation")
    if predictions is None:
        return None
    right, labels = predictions.right(), predictions.positive
    if not labels.any() or labels.all():
        return None
    return float(right[labels].mean()), float(right[~labels].mean()), int(min(labels.sum(), (~labels).sum()))


def _losses(run: Run) -> list[float]:
    """The training loss of each epoch; [] if a loss became NaN."""
    losses = [row["loss"] for row in run.epochs]
    return [] if None in losses else losses


def _lowest_loss_before(run: Run) -> float | None:
    """The lowest training loss before the end of the last epoch; None if no earlier loss is known.

    The first loss measured inside an epoch counts too, so that a rise within the only epoch is noticed.
    """
    losses = _losses(run)
    first = [row["loss"] for row in run.metrics[:1] if row["kind"] == "batch" and row["loss"] is not None]
    return min([*first, *losses[:-1]], default=None) if losses else None


def _against_guessing(run: Run) -> dict | None:
    """Proposes less overfitting if the network has learned the training reviews, else better learning."""
    losses, guess = _losses(run), chance.loss(run)
    has_learned = losses and min(losses) < guess - 2 * chance.near(guess)
    return remedies.less_by_heart(run.config) if has_learned else remedies.livelier(run.config)


def _at_least(value: float, threshold: float) -> bool:
    return value >= threshold - 1e-9  # 0.53 - 0.5 is a little less than 0.03
