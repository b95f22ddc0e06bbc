"""Find values that are allowed but probably mistakes, such as a learning rate of 5. Called by pages/train.py.

Most doubts follow from the usual range in the definition of a field. The other doubts concern several fields,
or a field and the data set.
"""

import math
from collections.abc import Iterator

from imdb_core import architectures
from imdb_core.config.fields import FACTS, hyperparameters
from imdb_core.config.problems import Problem
from imdb_core.config.run_config import RunConfig
from imdb_core.config.training_fields import TEACHING
from imdb_core.config.typed import text
from imdb_core.data import sources
from imdb_core.quantities import counted, duration

FEW_VALIDATION_TEXTS = 100
MANY_TIMES = 10  # from this multiple of the preset's value on, the sentence names the multiple
USUAL_SGD_RATE, LARGEST_SGD_RATE, SLOW_SGD_RATE = 0.1, 1.0, 0.01
LONG_SECONDS = 3600
# Doubts that are shown even if the user has not changed the value.
ABOUT_TEXTS = ("few_validation_texts", "one_batch", "long_average", "long_training")


def doubts(config: RunConfig, start: RunConfig, epoch_seconds: float | None = None) -> list[Problem]:
    """All doubts about `config`. Values that are as in `start` get only the doubts of ABOUT_TEXTS.

    `epoch_seconds` is the estimated time for one epoch, None if unknown.
    """
    problems = (
        *_unusual(config, start),
        *_without_effect(config, start),
        *_about_texts(config),
        *_idle_patience(config),
        *_long(config, epoch_seconds),
    )
    names = set(config.used())
    return [
        problem for problem in problems if _changed(problem, config, start) and set(problem.fields) <= names
    ]


def _changed(problem: Problem, config: RunConfig, start: RunConfig) -> bool:
    """Whether the user changed a field of the problem or the data set, or the code is in ABOUT_TEXTS."""
    changed = {name for name in (*problem.fields, "dataset") if getattr(config, name) != getattr(start, name)}
    return bool(changed) or problem.code in ABOUT_TEXTS


def _unusual(config: RunConfig, start: RunConfig) -> Iterator[Problem]:
    """Values outside the usual range of their field."""
    for name in hyperparameters(config.network):
        field, value, from_start = FACTS[name], getattr(config, name), getattr(start, name)
        if field.usual is None or value in (from_start, field.default):
            continue
        low, high = field.usual
        if name == "learning_rate" and config.optimizer == "sgd":
            low, high = SLOW_SGD_RATE, LARGEST_SGD_RATE
            if value < low:
                continue  # see _without_effect
        if value < low:
            values = {"value": text(value), "usual": text(low), "consequence": field.if_low}
            yield Problem("low", (name,), values)
        elif value > high:
            yield _high(name, value=value, from_start=from_start, high=high)


def _high(name: str, *, value: float, from_start: float, high: float) -> Problem:
    values = {"value": text(value), "consequence": FACTS[name].if_high}
    if from_start and value / from_start >= MANY_TIMES:
        times = f"{value / from_start:,.0f}"
        return Problem("very_high", (name,), {**values, "times": times, "start": text(from_start)})
    return Problem("high", (name,), {**values, "usual": text(high)})


def _without_effect(config: RunConfig, start: RunConfig) -> Iterator[Problem]:
    """Values that change nothing, or next to nothing, beside another value."""
    if config.optimizer != "adamw" and config.weight_decay != start.weight_decay:
        yield Problem("no_decay", ("weight_decay",), {})
    for name in TEACHING[1:]:
        if not config.teacher and getattr(config, name) != getattr(start, name):
            yield Problem("no_teacher", (name,), {})
    if config.device == "cpu" and config.precision == "mixed_bfloat16":
        yield Problem("no_mixed_precision", ("precision",), {})
    if config.optimizer == "sgd" and config.learning_rate < SLOW_SGD_RATE:
        values = {"value": text(config.learning_rate), "usual": text(USUAL_SGD_RATE)}
        yield Problem("slow_sgd", ("learning_rate", "optimizer"), values, {"learning_rate": USUAL_SGD_RATE})


def _about_texts(config: RunConfig) -> Iterator[Problem]:
    """Values that do not suit the number of texts."""
    texts = sources.get(config.dataset).training_reviews if sources.exists(config.dataset) else 0
    if not texts:
        return
    if architectures.predicts_words(config.network):
        return  # it learns from windows of words, not from texts
    validation = round(texts * config.validation_share)
    training = config.texts_per_epoch
    if config.batch_size >= training:
        yield Problem("one_batch", ("batch_size",), {"value": config.batch_size, "texts": training})
    if 0 < validation < FEW_VALIDATION_TEXTS:
        points = f"{100 / math.sqrt(validation):.0f}"  # half of a 95 % interval around 50 %
        yield Problem(
            "few_validation_texts",
            ("validation_share",),
            {"texts": counted(validation, "text"), "points": points},
        )
    batches = config.epochs * math.ceil(training / config.batch_size)
    averaged = round(1 / (1 - config.weight_averaging))
    if averaged > batches:
        values = {"batches": f"{averaged:,}", "all_batches": f"{batches:,}"}
        yield Problem("long_average", ("weight_averaging",), values)


def _idle_patience(config: RunConfig) -> Iterator[Problem]:
    if config.patience >= config.epochs:
        values = {"value": config.patience, "epochs": counted(config.epochs, "epoch")}
        yield Problem("idle_patience", ("patience", "epochs"), values)


def _long(config: RunConfig, epoch_seconds: float | None) -> Iterator[Problem]:
    seconds = (epoch_seconds or 0) * config.epochs
    if seconds > LONG_SECONDS:
        values = {"value": config.epochs, "duration": duration(seconds)}
        yield Problem("long_training", ("epochs",), values)
