"""What a sweep may vary: for each hyperparameter a range or a list of values. Called by sweep and study."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.errors import ConfigError

Value = int | float | str
MOST_CHOICES = 50
MOST_GRID_POINTS = 100_000
FIXED = ("seed", "device", "place")  # a sweep has its own seeds; device and place change no result
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


def require_fits(space: tuple[Dimension, ...], base: RunConfig) -> None:
    """Raise ConfigError unless each dimension is a hyperparameter of the network with allowed values."""
    allowed = [name for name in configs.hyperparameters(base.network) if name not in FIXED]
    names = [dimension.name for dimension in space]
    for dimension in space:
        if dimension.name not in allowed:
            choices = ", ".join(allowed)
            raise ConfigError(f"{dimension.name} cannot vary with {base.network}. Choose from {choices}.")
        if names.count(dimension.name) > 1:
            raise ConfigError(f"{dimension.name} is named twice. Give each hyperparameter one range.")
        _require_range(dimension)
        for value in dimension.choices or (dimension.low, dimension.high):
            base.changed(**{dimension.name: value if dimension.choices else dimension.of_kind(float(value))})


def _require_range(dimension: Dimension) -> None:
    name, low, high = dimension.name, dimension.low, dimension.high
    if dimension.choices:
        return
    if configs.facts(name).low is None:
        raise ConfigError(f"{name} is no number: list its values, {name}=VALUE,VALUE.")
    if low >= high:
        raise ConfigError(f"{name} goes from {low:g} to {high:g}; the first number must be the smaller.")
    if dimension.scale == "log" and low <= 0:
        raise ConfigError(f"{name} begins at {low:g}; a logarithmic range must begin above 0.")
    if dimension.is_whole and not (low.is_integer() and high.is_integer() and dimension.step.is_integer()):
        raise ConfigError(f"{name} is a whole number, so its ends and its step must be whole numbers.")


def grid_points(space: tuple[Dimension, ...]) -> int:
    """How many settings a grid has. Raises ConfigError if it is endless or larger than MOST_GRID_POINTS."""
    endless = [dimension.name for dimension in space if not dimension.values]
    if endless:
        raise ConfigError(
            f"A grid needs a list of values or a step for {', '.join(endless)}, for example "
            f"{endless[0]}=LOW..HIGH:STEP."
        )
    points = math.prod(len(dimension.values) for dimension in space)
    if points > MOST_GRID_POINTS:
        raise ConfigError(
            f"The grid has {points:,} settings; at most {MOST_GRID_POINTS:,} are allowed. Make steps larger."
        )
    return points
