"""The run doctor: what stands out in one run, with its numbers, and the one setting to change next.

Called by the Watch page. Each rule is a function (run) -> Finding or None; RULES lists them, the most severe
first. Rules read rows and predictions only.
"""

from imdb_core.evaluation import balance, guessing, remedies
from imdb_core.evaluation.class_rules import Finding, lopsided, never_predicted, no_better_than_guessing
from imdb_core.evaluation.run_config import config_of, texts_of
from imdb_core.runs.run import ENDED, Run

RISE = 0.1  # a training loss this far above its lowest value counts as rising
OVERFIT_RISE = 0.03  # validation loss above its best that counts as overfitting
STILL_FALLING = 0.005  # fall of the validation loss in the last epoch that counts as progress
JUMP = 0.03  # change of the validation accuracy between epochs that counts as a jump


def ready(run: Run) -> bool:
    """Whether the run can be judged: it has ended, or two epochs are done. Language models are not judged."""
    return (
        bool(run.config)
        and not run.predicts_words
        and not run.damaged
        and (run.state in ENDED or len(run.epochs) >= 2)
    )


def findings(run: Run) -> list[Finding]:
    """What stands out, the most severe first; [] for a healthy run. The run must be ready()."""
    return [finding for rule in RULES if (finding := rule(run))]


def healthy_sentence(run: Run) -> str:
    """The sentence if nothing stands out: the judged numbers, or that there are too few to judge."""
    if len(run.epochs) < 2:
        done = "Only one epoch is" if run.epochs else "No epoch is"
        return f"{done} done: too little to judge how the training goes."
    first, last, best = run.epochs[0], run.epochs[-1], run.best
    sentence = (
        f"Nothing stands out. Training loss went from {first['loss']:.3f} to {last['loss']:.3f}. Validation "
        f"loss is {last['val_loss']:.3f} after epoch {last['epoch']}; its lowest value was "
        f"{best['val_loss']:.3f} after epoch {best['epoch']}."
    )
    judged = guessing.tested(run, "validation")
    if judged and balance.class_balance(judged).uneven:
        return f"{sentence} {guessing.skill_sentence(judged)}"
    return sentence


def diverged(run: Run) -> Finding | None:
    """The loss became NaN (null in a row, or the failure), or it rose above the loss of guessing."""
    lost = next((row for row in run.metrics if row["loss"] is None or row.get("val_loss", 0) is None), None)
    last, lowest = run.epochs[-1] if run.epochs else {}, _lowest_loss_before(run)
    guess = guessing.guessing_loss(run)
    margin = guessing.margin(guess)
    if run.failure == "diverged" and run.message:
        sentence = run.message
    elif lost:
        step = f"step {lost['step']} of {lost['steps']}"
        sentence = f"The loss is no longer a number in epoch {lost['epoch']}, {step}."
    elif lowest is not None and last["loss"] > guess + margin and _at_least(last["loss"] - lowest, margin):
        sentence = (
            f"After epoch {last['epoch']} the training loss is {last['loss']:.3f}. It was {lowest:.3f} "
            f"before, and guessing costs only {guess:.3f}."
        )
    else:
        return None
    return Finding("Training diverged", sentence, remedies.smaller_steps(config_of(run)))


def rising(run: Run) -> Finding | None:
    """The training loss ended RISE or more above its lowest value, but not above the loss of guessing."""
    lowest, losses = _lowest_loss_before(run), guessing.training_losses(run)
    if lowest is None or diverged(run) or not _at_least(losses[-1] - lowest, RISE):
        return None
    sentence = (
        f"Training loss rose from {lowest:.3f} to {losses[-1]:.3f} after epoch {run.epochs[-1]['epoch']}. It "
        "should fall from epoch to epoch. The weight changes are too large."
    )
    return Finding("Training loss rises", sentence, remedies.smaller_steps(config_of(run)))


def stuck(run: Run) -> Finding | None:
    """The training loss is at chance level in every epoch, and no validation loss is below chance level.

    The training loss is a mean over an epoch. A network that begins to learn late in the epoch shows this in
    the validation loss first.
    """
    losses, guess = _losses_on_labels(run), guessing.guessing_loss(run)
    has_left = any(abs(loss - guess) > guessing.margin(guess) for loss in losses)
    if not losses or has_left or guessing.validation_beats_guessing(run, margins=1):
        return None
    last = run.epochs[-1]
    accuracy = f" Training accuracy is {last['accuracy']:.1%}." if last["accuracy"] is not None else ""
    sentence = (
        f"Training loss is {last['loss']:.3f} after epoch {last['epoch']} and was never below "
        f"{min(losses):.3f}; {guessing.cost_of_guessing(run)}.{accuracy} The network has not begun to learn."
    )
    return Finding("Stuck at chance", sentence, remedies.better_learning(config_of(run)))


def hardly_learning(run: Run) -> Finding | None:
    """The training loss never came far below the loss of guessing; the run is neither stuck nor diverged."""
    losses, guess = _losses_on_labels(run), guessing.guessing_loss(run)
    if not losses or min(losses) < guess - 2 * guessing.margin(guess):
        return None
    if guessing.validation_beats_guessing(run, margins=2):
        return None
    if diverged(run) or stuck(run):
        return None
    course = f"is {losses[0]:.4f}"
    if len(losses) > 1:
        course = f"went from {losses[0]:.4f} to {losses[-1]:.4f} in {len(losses)} epochs"
    sentence = f"Training loss {course}; {guessing.cost_of_guessing(run)}."
    return Finding("Hardly learning", sentence, remedies.better_learning(config_of(run)))


def _losses_on_labels(run: Run) -> list[float]:
    """The training losses; [] for a run with a teacher: the loss on its answers does not end at 0."""
    return [] if config_of(run).teacher else guessing.training_losses(run)


def unstable(run: Run) -> Finding | None:
    """The validation accuracy fell and later rose by more than chance: the steps are too large."""
    scores = [row["val_accuracy"] for row in run.epochs]
    if len(scores) < 3 or None in scores:
        return None
    reviews = guessing.validation_reviews(run)
    jump = max(JUMP, guessing.chance_difference(reviews))
    for number in range(1, len(scores) - 1):
        previous, lowest, highest_later = scores[number - 1], scores[number], max(scores[number + 1 :])
        if _at_least(previous - lowest, jump) and _at_least(highest_later - lowest, jump):
            with_reviews = f" with {reviews:,} {texts_of(run)}" if reviews else ""
            sentence = (
                f"Validation accuracy fell from {previous:.1%} to {lowest:.1%} in epoch "
                f"{run.epochs[number]['epoch']} and rose to {highest_later:.1%} later. Up to "
                f"{100 * jump:.1f} points are normal{with_reviews}. The weight changes are too large."
            )
            return Finding("Validation accuracy jumps", sentence, remedies.smaller_steps(config_of(run)))
    return None


def overfitting(run: Run) -> Finding | None:
    """Validation loss rises after its best epoch while training loss still falls."""
    best, last = run.best, run.epochs[-1] if run.epochs else {}
    if not best or None in (last["val_loss"], last["loss"], best["loss"]):
        return None
    rise = last["val_loss"] - best["val_loss"]
    if not _at_least(rise, OVERFIT_RISE) or last["loss"] >= best["loss"]:
        return None
    sentence = (
        f"Since epoch {best['epoch']} validation loss rose from {best['val_loss']:.3f} to "
        f"{last['val_loss']:.3f} while training loss fell from {best['loss']:.3f} to {last['loss']:.3f}: a "
        f"gap of {last['val_loss'] - last['loss']:.3f} after epoch {last['epoch']}. The network learns the "
        f"training {texts_of(run)} by heart; the weights of epoch {best['epoch']} are kept."
    )
    return Finding("Overfitting", sentence, remedies.less_overfitting(config_of(run)))


def still_improving(run: Run) -> Finding | None:
    """The last planned epoch was clearly the best."""
    epochs = config_of(run).epochs
    if len(run.epochs) < 2 or run.epochs[-1]["epoch"] < epochs or run.best != run.epochs[-1]:
        return None
    previous, last = run.epochs[-2]["val_loss"], run.epochs[-1]["val_loss"]
    if previous is None or not _at_least(previous - last, STILL_FALLING):
        return None
    sentence = (
        f"In the last epoch, number {epochs}, validation loss still fell by {previous - last:.3f}, from "
        f"{previous:.3f} to {last:.3f}. The training ended too early."
    )
    return Finding("Still improving at the end", sentence, remedies.more_epochs(config_of(run)))


RULES = (
    diverged,
    no_better_than_guessing,
    never_predicted,
    rising,
    stuck,
    hardly_learning,
    unstable,
    overfitting,
    lopsided,
    still_improving,
)


def _lowest_loss_before(run: Run) -> float | None:
    """The lowest training loss before the end of the last epoch; None if no earlier loss is known.

    The first loss measured inside an epoch counts too, so that a rise within the only epoch is noticed.
    """
    losses = guessing.training_losses(run)
    first = [row["loss"] for row in run.metrics[:1] if row["kind"] == "batch" and row["loss"] is not None]
    return min([*first, *losses[:-1]], default=None) if losses else None


def _at_least(value: float, threshold: float) -> bool:
    return value >= threshold - 1e-9  # 0.53 - 0.5 is a little less than 0.03
