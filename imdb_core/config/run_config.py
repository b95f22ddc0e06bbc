"""RunConfig: what one run trains, checked. Called by everything that reads or makes a config."""

from typing import Any

from pydantic import ValidationError, model_validator

from imdb_core import architectures
from imdb_core.config.hyperparameter import Facts
from imdb_core.config.memory import require_memory
from imdb_core.config.network_fields import MOST_PROBES
from imdb_core.config.sentences import sentence
from imdb_core.config.training_fields import TrainingFields
from imdb_core.errors import ConfigError


class RunConfig(TrainingFields):
    """What one run trains: written to config.json, never changed afterwards."""

    @model_validator(mode="after")
    def _values_fit_together(self) -> "RunConfig":
        if len(self.probe_reviews) > MOST_PROBES:
            raise ConfigError(
                f"probes has {len(self.probe_reviews)} texts; at most {MOST_PROBES} are allowed, one a line."
            )
        _require_windows_within_review(self)
        require_memory(self, memory_hyperparameters(self.network))
        return self

    @property
    def probe_reviews(self) -> list[str]:
        """The reviews to score after each epoch."""
        return [line.strip() for line in self.probes.split("\n") if line.strip()]

    def changed(self, **changes: Any) -> "RunConfig":
        """A checked copy with `changes`; raises ConfigError."""
        return checked({**self.model_dump(), **changes})

    def used(self) -> dict[str, Any]:
        """Only the values that this network uses: these are shown and compared."""
        unused = _unused(self.network)
        return {name: value for name, value in self.model_dump().items() if name not in unused}


def _facts_of(field: Any) -> Facts:
    facts: Facts = field.json_schema_extra["facts"]
    return facts


_FACTS = {name: _facts_of(field) for name, field in RunConfig.model_fields.items()}


def facts(name: str) -> Facts:
    """Label, help, bounds and the other facts of a field of RunConfig. Raises KeyError for another name."""
    return _FACTS[name]


def bounds(name: str) -> tuple[float | None, float | None]:
    """The smallest and the largest allowed value of a numeric field, both inclusive."""
    return facts(name).low, facts(name).high


def choices(name: str) -> tuple[str, ...]:
    """The allowed words of a field that is a choice, else ()."""
    return tuple(facts(name).choices)


def choice_label(value: Any) -> Any:
    """The name for people of a choice's `value`; any other value as it is."""
    labels = {word: label for field in _FACTS.values() for word, label in field.choices.items()}
    return labels.get(value, value)


def hyperparameters(network: str) -> list[str]:
    """The hyperparameters of `network` that the form shows, in the order of the fields."""
    unused = _unused(network)
    return [name for name, field in _FACTS.items() if name not in unused and not field.names_run]


def memory_hyperparameters(network: str) -> list[str]:
    """The hyperparameters of `network` that decide how much memory training needs."""
    return [name for name in hyperparameters(network) if facts(name).uses_memory]


def checked(values: dict[str, Any]) -> RunConfig:
    """A RunConfig from plain values, or a ConfigError that names the first field that is wrong."""
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError(sentence(error.errors()[0], _FACTS)) from None


def read(text: str) -> RunConfig:
    """A RunConfig from JSON text; raises ConfigError."""
    try:
        return RunConfig.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(sentence(error.errors()[0], _FACTS)) from None


def _unused(network: str) -> set[str]:
    """The fields that only layers use, and that no layer of `network` uses."""
    used = architectures.hyperparameters(network)
    return {name for name, field in _FACTS.items() if field.of_layers and name not in used}


def _require_windows_within_review(config: RunConfig) -> None:
    """Raise ConfigError if a window of the network (kernel or pool) is wider than a whole review."""
    unused = _unused(config.network)
    for name, field in _FACTS.items():
        if not field.at_most or name in unused:
            continue
        value, limit = getattr(config, name), getattr(config, field.at_most)
        if value > limit:
            raise ConfigError(
                f"{name} is {value}, but a text has only {limit} words ({field.at_most}); "
                f"make {name} smaller or {field.at_most} larger."
            )
