"""What is wrong with a sweep: all problems at once, each with the fields of the form at which it stands.

A hyperparameter that varies has the fields slot(name, "low") and slot(name, "high"), or only
slot(name, "choices"). Called by sweep.py and by the form.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from imdb_core import config as configs
from imdb_core.config import Problem, RunConfig
from imdb_core.config import problems as run_problems
from imdb_core.data import sources
from imdb_core.errors import ConfigError
from imdb_core.scoring import language_models
from imdb_core.sweeps.fields import FACTS
from imdb_core.sweeps.space import FIXED, MOST_CHOICES, MOST_GRID_POINTS, Dimension

Raw = Mapping[str, Any]  # a Dimension's fields; in the form, an end or a choice may be text that is no number


def slot(name: str, part: str) -> str:
    """The name of a field of a hyperparameter that varies; `part` is low, high or choices."""
    return f"{name}{run_problems.PART}{part}"


def of_sweep(values: Raw, base: RunConfig) -> list[Problem]:
    """All problems of a sweep with these values of SweepConfig's fields; `base` holds what does not vary."""
    space: Sequence[Raw] = values.get("space", ())
    wrong = [problem for raw in space for problem in of_dimension(raw, base)]
    names = [raw["name"] for raw in space]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    wrong += [Problem("varies_twice", (slot(name, "low"),), {}) for name in twice]
    if not space:
        wrong.append(Problem("nothing_varies", (), {}))
    settings = {name: values.get(name, facts.default) for name, facts in FACTS.items()}
    unsound = [problem for name, value in settings.items() for problem in _of_setting(name, value)]
    named = {name for problem in unsound for name in problem.fields}
    wrong += unsound
    wrong += [each for each in _contradictions(settings, space, base) if not named & set(each.fields)]
    if not wrong and settings["sampler"] == "grid":
        wrong += of_grid([Dimension.model_validate(raw) for raw in space])
    return wrong


def of_dimension(raw: Raw, base: RunConfig) -> list[Problem]:
    """The problems of one hyperparameter that varies, which belongs to a sweep of `base`."""
    name = raw["name"]
    allowed = [each for each in configs.hyperparameters(base.network) if each not in FIXED]
    if name not in allowed:
        values = {"network": base.network, "known": ", ".join(allowed)}
        return [Problem("cannot_vary", (slot(name, "low"),), values)]
    if of_start := _of_start(name, base):
        return of_start
    if choices := raw.get("choices", ()):
        wrong = [each for value in choices for each in _of_value(name, "choices", value, base)]
        if len(choices) > MOST_CHOICES:
            counts = {"count": len(choices), "most": MOST_CHOICES}
            wrong.append(Problem("many_choices", (slot(name, "choices"),), counts))
        return wrong
    if configs.facts(name).low is None or "low" not in raw:
        return [Problem("no_choices", (slot(name, "choices"),), {})]
    ends = [(part, raw[part]) for part in ("low", "high")]
    return [each for part, value in ends for each in _of_value(name, part, value, base)] or _of_range(raw)


def _of_start(name: str, base: RunConfig) -> list[Problem]:
    """A problem if this size may not vary: all runs start from a language model, which has one size."""
    if not base.start_from or name not in language_models.sizes(base):
        return []
    return [Problem("size_of_start", (slot(name, "low"), slot(name, "choices")), {})]


def of_grid(space: Sequence[Dimension]) -> list[Problem]:
    """The problems of a grid: it is endless, or larger than MOST_GRID_POINTS."""
    endless = [each.name for each in space if not each.values]
    if endless:
        return [Problem("endless_grid", (slot(name, "low"),), {}) for name in endless]
    points = math.prod(len(each.values) for each in space)
    if points <= MOST_GRID_POINTS:
        return []
    values = {"points": f"{points:,}", "most": f"{MOST_GRID_POINTS:,}"}
    return [Problem("large_grid", tuple(slot(each.name, "low") for each in space), values)]


def in_slot(problem: Problem, name: str, part: str) -> Problem:
    """`problem`, which names the field of a run, at the field of the range."""
    code = f"range_{problem.code}" if f"range_{problem.code}" in run_problems.CODES else problem.code
    better = {slot(name, part): value for each, value in problem.better.items() if each == name}
    fields = tuple(slot(name, part) if each == name else each for each in problem.fields)
    return replace(problem, code=code, fields=fields, better=better)


def _of_value(name: str, part: str, value: Any, base: RunConfig) -> list[Problem]:
    """The problems of a run in which only this hyperparameter differs from `base`."""
    if configs.facts(name).kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # a Dimension's ends are floats
    try:
        config = base.changed(**{name: value})
        if sources.exists(base.dataset):
            configs.require_known_vocabulary(config)
        return []
    except ConfigError as error:
        return [in_slot(problem, name, part) for problem in error.problems]


def _of_range(raw: Raw) -> list[Problem]:
    name, low, high = raw["name"], float(raw["low"]), float(raw["high"])
    facts, both = configs.facts(name), (slot(raw["name"], "low"), slot(raw["name"], "high"))
    whole = (low.is_integer(), high.is_integer(), float(raw.get("step", 0)).is_integer())
    if low >= high:
        return [Problem("range_reversed", both, {"low": f"{low:g}", "high": f"{high:g}"})]
    if raw.get("scale") == "log" and low <= 0:
        return [Problem("log_from_zero", both[:1], {"low": f"{low:g}"})]
    return [Problem("range_not_whole", both, {})] if facts.kind is int and not all(whole) else []


def _of_setting(name: str, value: Any) -> Iterator[Problem]:
    facts = FACTS[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if facts.choices:
        fits = value in facts.choices
    else:
        fits = is_number and facts.low <= value <= facts.high
        fits = fits and (facts.kind is float or float(value).is_integer())
    if not fits:
        received = run_problems.received_value(value)
        default = run_problems.shown(facts.default)
        values = {"received": received, "allowed": facts.allowed, "default": default}
        yield Problem("of_sweep", (name,), values, {name: facts.default})


def _contradictions(settings: Raw, space: Sequence[Raw], base: RunConfig) -> Iterator[Problem]:
    """The settings of a sweep that are allowed each, but not together."""
    if settings["cost"] != "none" and settings["pruner"] != "none":
        yield Problem("cost_and_pruner", ("pruner", "cost"), {}, {"pruner": "none", "cost": "none"})
    epochs = min([base.epochs, *(raw["low"] for raw in space if raw["name"] == "epochs" and _has_range(raw))])
    if _is_below(settings["most_epochs"], epochs) and settings["most_epochs"] != 0:
        values = {"value": settings["most_epochs"], "epochs": f"{epochs:g}"}
        yield Problem("few_epochs", ("most_epochs",), values, {"most_epochs": 0})
    if _is_below(settings["most_runs"], settings["seeds"]):
        values = {"value": settings["most_runs"], "seeds": settings["seeds"]}
        yield Problem("few_runs", ("most_runs", "seeds"), values)


def _has_range(raw: Raw) -> bool:
    return not raw.get("choices") and isinstance(raw.get("low"), int | float)


def _is_below(first: Any, second: Any) -> bool:
    numbers = isinstance(first, int | float) and isinstance(second, int | float)
    return numbers and bool(first < second)
