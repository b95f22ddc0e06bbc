"""What a sweep may vary: for each hyperparameter a range or a list of values. Called by sweep and study."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.data import sources
from imdb_core.errors import ConfigError

Value = int | float | str
MOST_CHOICES = 50
MOST_GRID_POINTS = 100_000
DIGITS = 4  # of a proposed value, so that a run's name can be read
MANY_TIMES = 100  # from this factor between its ends on, a range is logarithmic at first
# A sweep has seeds of its own; device and place change no result; networks have no common scale.
FIXED = ("seed", "device", "place", "teacher", "start_from")
FORM = "NAME=LOW..HIGH, NAME=LOW..HIGH:log, NAME=LOW..HIGH:STEP or NAME=VALUE,VALUE,..."


class Dimension(BaseModel):
    """One hyperparameter of a sweep: either `choices`, or all values from `low` to `high`.

    With `scale` "log", each doubling is equally probable. A `step` above 0 allows only low, low + step and so
    on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    low: float = 0.0
    high: float = 0.0
    scale: Literal["linear", "log"] = "linear"
    step: float = Field(0.0, ge=0)
    choices: tuple[Value, ...] = Field((), max_length=MOST_CHOICES)

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are allowed."""
        return configs.facts(self.name).kind is int

    @property
    def values(self) -> tuple[Value, ...]:
        """All values, if there are finitely many; else ()."""
        if self.choices:
            return self.choices
        step = self.step or (1.0 if self.is_whole and self.scale == "linear" else 0.0)
        if not step:
            return ()
        count = math.floor((self.high - self.low) / step + 1e-9) + 1
        return tuple(self.of_kind(self.low + place * step) for place in range(count))

    def of_kind(self, number: float) -> Value:
        """The number as the hyperparameter's type, without the rounding error of binary fractions."""
        return round(number) if self.is_whole else float(f"{number:.12g}")

    def proposed(self, value: float | Value) -> Value:
        """A sampled value as a run gets it: a fraction without a step is rounded to DIGITS digits."""
        if self.choices or isinstance(value, str):
            return value
        if self.is_whole or self.step:
            return self.of_kind(value)
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)

    @property
    def text(self) -> str:
        """The dimension as parsed() reads it, without its name."""
        if self.choices:
            return ",".join(map(str, self.choices))
        ending = ":log" if self.scale == "log" else f":{self.step:g}" if self.step else ""
        return f"{self.low:g}..{self.high:g}{ending}"


def parsed(text: str) -> Dimension:
    """The dimension that `text` describes (see FORM). Raises ConfigError."""
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not values.strip() or name not in RunConfig.model_fields:
        raise ConfigError(f"{text[:80]!r} does not say what may vary. Write {FORM}.")
    try:
        if ".." not in values:
            kind = configs.facts(name).kind
            return Dimension(name=name, choices=tuple(kind(value.strip()) for value in values.split(",")))
        ends, _, ending = values.partition(":")
        low, high = map(float, ends.split("..", 1))
        if ending.strip() == "log":
            return Dimension(name=name, low=low, high=high, scale="log")
        return Dimension(name=name, low=low, high=high, step=float(ending or 0))
    except ValueError:
        raise ConfigError(f"{text[:80]!r} holds a value that {name} cannot have. Write {FORM}.") from None


def usual(name: str, base: RunConfig) -> Dimension:
    """The range to begin with: a field's usual range, or all its words.

    It is logarithmic if its ends differ by a factor of MANY_TIMES or more. The data set of `base` limits the
    vocabulary.
    """
    facts = configs.facts(name)
    if facts.low is None or facts.high is None:
        return Dimension(name=name, choices=tuple(facts.choices))
    low, high = facts.usual or (facts.low, facts.high)
    if name == "vocabulary_size" and sources.exists(base.dataset):
        high = min(high, sources.get(base.dataset).largest_vocabulary or high)
        low = min(low, high // 2)
    if facts.at_most:
        high = min(high, getattr(base, facts.at_most))
    scale: Literal["linear", "log"] = "log" if low > 0 and high / low >= MANY_TIMES else "linear"
    return Dimension(name=name, low=low, high=high, scale=scale)


def grid_points(space: tuple[Dimension, ...]) -> int:
    """How many settings a grid of dimensions with finitely many values has."""
    return math.prod(len(dimension.values) for dimension in space)
