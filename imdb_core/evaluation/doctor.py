"""What stands out in one run, in plain words with its numbers, and the one setting to change next. Called by the Watch page.

Each rule is a function (run) -> Finding or None; RULES lists them, the most severe first. Rules read rows and predictions only.
"""

import math
from dataclasses import dataclass

from imdb_core import config as configs
from imdb_core.errors import ConfigError, ModelError
from imdb_core.evaluation import predictions
from imdb_core.runs.run import ENDED, Run

CHANCE_LOSS = math.log(2)  # 0.693: what an answer of 50 % to every review costs
NEAR_CHANCE = 0.02  # a training loss within this distance of CHANCE_LOSS counts as guessing
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
    return (
        f"Nothing stands out: training loss went from {first['loss']:.3f} to {last['loss']:.3f}, and validation loss is "
        f"{last['val_loss']:.3f} after epoch {last['epoch']}, its best being {best['val_loss']:.3f} after epoch {best['epoch']}."
    )


def diverged(run: Run) -> Finding | None:
    """The loss became NaN (null in a row, or the worker's message), or training ended worse than guessing."""
    lost = next((row for row in run.metrics if row["loss"] is None or row.get("val_loss", 0) is None), None)
    message = run.ending.get("message") or ""
    last = run.epochs[-1] if run.epochs else {}
    if run.ending.get("event") == "failed" and "diverged" in message:
        said = message
    elif lost:
        said = f"The loss is no number any more in epoch {lost['epoch']}, step {lost['step']} of {lost['steps']}."
    elif last and last["loss"] > CHANCE_LOSS + NEAR_CHANCE:
        said = f"After epoch {last['epoch']} the training loss is {last['loss']:.3f}; guessing costs only {CHANCE_LOSS:.3f}."
    else:
        return None
    return Finding("Training diverged", said, _calmer(run.config))


def stuck(run: Run) -> Finding | None:
    """Every epoch's training loss lies at chance level, and no validation loss below it.

    The training loss is a mean over its epoch: a network that begins to learn late in it shows that in the validation first.
    """
    losses = [row["loss"] for row in run.epochs]
    if not losses or None in losses or any(abs(loss - CHANCE_LOSS) > NEAR_CHANCE for loss in losses):
        return None
    if run.best and run.best["val_loss"] < CHANCE_LOSS - NEAR_CHANCE:
        return None
    config, last = run.config, run.epochs[-1]
    said = (
        f"Training loss is {last['loss']:.3f} after epoch {last['epoch']} and was never below {min(losses):.3f}; guessing costs "
        f"ln 2 = {CHANCE_LOSS:.3f}. Training accuracy is {last['accuracy']:.1%}. The network has not begun to learn."
    )
    candidates = [(knob, 0.2) for knob in ("recurrent_dropout", "dropout") if getattr(config, knob) >= 0.6]
    if config.optimizer == "sgd":  # without adapting to each weight, its changes are tiny
        candidates.append(("optimizer", "adam"))
    factor = 0.1 if config.learning_rate >= 0.01 else 3 if config.learning_rate >= 0.001 else 10
    return Finding("Stuck at chance", said, _change(config, *candidates, _rate(config, factor)))


def unstable(run: Run) -> Finding | None:
    """The validation accuracy fell by a jump and rose by a jump later: too large steps, not too few reviews."""
    scores = [row["val_accuracy"] for row in run.epochs]
    if len(scores) < 3 or None in scores:
        return None
    reviews = _validation_reviews(run)
    jump = max(JUMP, _luck(reviews))
    for number in range(1, len(scores) - 1):
        fall, rise = scores[number - 1] - scores[number], max(scores[number + 1 :]) - scores[number]
        if _at_least(fall, jump) and _at_least(rise, jump):
            said = (
                f"Validation accuracy fell from {scores[number - 1]:.1%} to {scores[number]:.1%} in epoch "
                f"{run.epochs[number]['epoch']} and rose to {max(scores[number + 1 :]):.1%} later: more than the "
                f"{100 * jump:.1f} points that count as usual{f' with {reviews:,} reviews' if reviews else ''}. "
                "The weight changes are too large."
            )
            return Finding("Validation accuracy jumps", said, _calmer(run.config))
    return None


def overfitting(run: Run) -> Finding | None:
    """Validation loss rises after its best epoch while training loss goes on falling."""
    best, last = run.best, run.epochs[-1] if run.epochs else {}
    if not best or None in (last["val_loss"], last["loss"], best["loss"]):
        return None
    rise = last["val_loss"] - best["val_loss"]
    if not _at_least(rise, OVERFIT_RISE) or last["loss"] >= best["loss"]:
        return None
    said = (
        f"Since epoch {best['epoch']} validation loss rose from {best['val_loss']:.3f} to {last['val_loss']:.3f} while training "
        f"loss fell from {best['loss']:.3f} to {last['loss']:.3f}: a gap of {last['val_loss'] - last['loss']:.3f} after epoch "
        f"{last['epoch']}. The network learns the training reviews by heart; the kept weights are those of epoch {best['epoch']}."
    )
    config = run.config
    stronger = [(knob, round(min(0.5, getattr(config, knob) + 0.2), 2)) for knob in ("dropout", "recurrent_dropout")]
    stronger = [(knob, value) for knob, value in stronger if value > getattr(config, knob)]
    smaller = [(knob, getattr(config, knob) // 2) for knob in ("units", "embedding_size")]
    return Finding("Overfitting", said, _change(config, *stronger, *smaller))


def lopsided(run: Run) -> Finding | None:
    """One kind of review is judged much better than the other, on the validation reviews."""
    shares = class_accuracies(run)
    if shares is None:
        return None
    positive, negative, fewest = shares
    difference = abs(positive - negative)
    if difference <= max(LOPSIDED, _luck(fewest)) + 1e-9:
        return None
    leaning = "positive" if positive > negative else "negative"
    said = (
        f"Of the validation reviews, {positive:.1%} of the positive and {negative:.1%} of the negative ones are judged right: "
        f"{100 * difference:.1f} points apart. The network leans to “{leaning}”."
    )
    return Finding("One class is judged better", said, _change(run.config, _rate(run.config, 1 / 2)))


def still_improving(run: Run) -> Finding | None:
    """The last planned epoch was the best so far, and clearly."""
    if len(run.epochs) < 2 or run.epochs[-1]["epoch"] < run.config.epochs or run.best != run.epochs[-1]:
        return None
    before, last = run.epochs[-2]["val_loss"], run.epochs[-1]["val_loss"]
    if before is None or not _at_least(before - last, STILL_FALLING):
        return None
    said = (
        f"In the last epoch, number {run.config.epochs}, validation loss still fell by {before - last:.3f}, from {before:.3f} "
        f"to {last:.3f}. The training ended too early."
    )
    longer = min(2 * run.config.epochs, int(configs.bounds("epochs")[1]))
    return Finding("Still improving at the end", said, _change(run.config, ("epochs", longer)))


RULES = (diverged, stuck, unstable, overfitting, lopsided, still_improving)


def class_accuracies(run: Run) -> tuple[float, float, int] | None:
    """Shares judged right of the positive and of the negative validation reviews, and how many the rarer class has.

    None without usable predictions: they are written when a run finishes.
    """
    try:
        found = predictions.read(run, "validation")
    except ModelError:
        return None
    right, labels = found.right(), found.positive
    if not labels.any() or labels.all():
        return None
    return float(right[labels].mean()), float(right[~labels].mean()), int(min(labels.sum(), (~labels).sum()))


def _calmer(config) -> dict | None:
    """Smaller weight changes: clip the gradient first, unless the learning rate is plainly large or a limit is there already."""
    smaller = _rate(config, 1 / 10 if config.learning_rate > 0.005 else 1 / 3)
    clipped = ("gradient_clipping", 1.0)
    clip_first = config.learning_rate <= 0.005 and not 0 < config.gradient_clipping <= 1
    return _change(config, *((clipped, smaller) if clip_first else (smaller, clipped)))


def _change(config, *candidates) -> dict | None:
    """The first of the (name, value) pairs that this network uses, that is new, and that the config's checks accept."""
    for name, value in candidates:
        if name not in configs.settings(config.network) or value == getattr(config, name):
            continue
        try:
            config.changed(**{name: value})
        except ConfigError:
            continue
        return {name: value}
    return None


def _validation_reviews(run) -> int:
    """How many validation reviews the run has; 0 if no event says so."""
    counts = [event.get("validation_reviews") for event in run.events]
    return next((count for count in counts if isinstance(count, int)), 0)


def _luck(reviews: int) -> float:
    """A difference of two shares of `reviews` each that luck rarely exceeds: two standard errors at a share of one half."""
    return 2 * math.sqrt(0.5 / reviews) if reviews > 0 else 0.0


def _at_least(value: float, threshold: float) -> bool:
    return value >= threshold - 1e-9  # 0.53 - 0.5 is a little less than 0.03


def _rate(config, factor: float) -> tuple[str, float]:
    """The learning rate times `factor`, in two significant digits: 0.00033, not 0.000333…"""
    return "learning_rate", float(f"{config.learning_rate * factor:.2g}")
