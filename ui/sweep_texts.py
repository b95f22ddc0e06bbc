"""What pages say about a sweep: its objective, what varies, a setting's values, and how a setting ended."""

import html

from imdb_core.sweeps.overview import Budget, Overview, Tried
from imdb_core.sweeps.space import Dimension, Value
from imdb_core.sweeps.sweep import SweepConfig
from ui.formats import counted, decimal, duration, percent
from ui.labels import choice, label

OBJECTIVES = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}
COSTS = {"seconds": "training time in seconds", "parameters": "parameters"}
STATES = {"open": "open", "complete": "complete", "pruned": "ended early", "failed": "failed"}
SAMPLERS = {
    "tpe": "by Optuna's sampler TPE, which learns from the settings tried so far",
    "random": "at random",
    "grid": "in order, from a grid",
}
PRUNERS = {
    "median": "Runs that are worse than the median of the others after the same epoch end early",
    "best_third": "Runs that are not among the best third after the same epoch end early",
    "none": "No run ends early",
}


def objective_text(config: SweepConfig, value: float | None) -> str:
    """The figure of a setting: 0.304, or 88.12 %."""
    return percent(value) if config.objective == "val_accuracy" else decimal(value)


def difference_text(config: SweepConfig, value: float) -> str:
    """A difference of two figures: 0.027, or 1.20 percentage points."""
    return f"{100 * value:.2f} percentage points" if config.objective == "val_accuracy" else f"{value:.3f}"


def cost_text(config: SweepConfig, value: float | None) -> str:
    """The second objective of a setting: 41 s, or 12,345."""
    if value is None:
        return ""
    return duration(value) if config.cost == "seconds" else f"{value:,.0f}"


def value_text(value: Value) -> str:
    """A value of a hyperparameter, rounded to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(choice(value))


def values_text(config: SweepConfig, tried: Tried) -> str:
    """All values of a setting: "Learning rate 0.003, Units 24"."""
    pairs = zip(config.space, tried.values, strict=True)
    return ", ".join(f"{label(dimension.name)} {value_text(value)}" for dimension, value in pairs)


def range_text(dimension: Dimension) -> str:
    """What a hyperparameter may be: "0.0001 to 0.1 (logarithmic)", "8 to 64 in steps of 8"."""
    if dimension.choices:
        return ", ".join(map(value_text, dimension.choices))
    text = f"{dimension.low:g} to {dimension.high:g}"
    if dimension.scale == "log":
        return f"{text} (logarithmic)"
    return f"{text} in steps of {dimension.step:g}" if dimension.step else text


def varied(config: SweepConfig) -> str:
    """The labels of what varies, with commas."""
    return ", ".join(label(dimension.name) for dimension in config.space)


def in_words(config: SweepConfig) -> str:
    """What the sweep does, in a few sentences."""
    ranges = "; ".join(f"{label(each.name)} {range_text(each)}" for each in config.space)
    goal = f"{'lowest' if config.minimizes else 'highest'} {OBJECTIVES[config.objective]}"
    if config.cost != "none":
        goal += " and little training time" if config.cost == "seconds" else " and few parameters"
    seeds = f" Each setting is trained with {config.seeds} seeds." if config.seeds > 1 else ""
    how = f"Values are chosen {SAMPLERS[config.sampler]}. {PRUNERS[config.pruner]}."
    return f"Varies: {ranges}. Wanted: {goal}. {how}{seeds}"


def budget_text(budget: Budget) -> str:
    """12 of 30 runs."""
    digits = 1 if budget.name == "hours" else 0
    return f"{budget.used:,.{digits}f} of {budget.most:,g} {budget.name}"


def progress_text(now: Overview) -> str:
    """How much of the budget is used, and the time left: "12 of 30 runs; about 3 min 20 s left"."""
    text = ", ".join(map(budget_text, now.budgets))
    if now.sweep.state != "running":
        return text
    if now.seconds_left is None:
        return f"{text}; the time left is not known yet"
    return f"{text}; about {duration(now.seconds_left)} left if no other runs wait"


def ending_text(tried: Tried) -> str:
    """How a setting ended, if not as planned; else ""."""
    return tried.remark.removesuffix(".") if tried.state in ("pruned", "failed") else ""


def hover_text(config: SweepConfig, tried: Tried) -> str:
    """What a chart says of a setting, for plotly, which reads HTML."""
    cost = f"<br>{cost_text(config, tried.cost)}" if config.cost != "none" else ""
    lines = [
        f"setting {tried.number}, {STATES[tried.state]}",
        f"{OBJECTIVES[config.objective]} {objective_text(config, tried.value)}{cost}",
        *html.escape(values_text(config, tried)).split(", "),
    ]
    return "<br>".join(lines)


def saved_text(now: Overview) -> str:
    """How many settings ended early, and what that saved."""
    count = now.count("pruned")
    return f"{count} (saved {counted(now.saved_epochs, 'epoch')})" if count else "0"
