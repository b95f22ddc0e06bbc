"""The fields of RunConfig by name: their facts, and which of them a network uses. Called everywhere."""

from typing import Any

from imdb_core import architectures
from imdb_core.config.hyperparameter import Facts
from imdb_core.config.training_fields import TrainingFields


def _facts_of(field: Any) -> Facts:
    facts: Facts = field.json_schema_extra["facts"]
    return facts


FACTS = {name: _facts_of(field) for name, field in TrainingFields.model_fields.items()}


def facts(name: str) -> Facts:
    """Label, help, bounds and the other facts of a field of RunConfig. Raises KeyError for another name."""
    return FACTS[name]


def bounds(name: str) -> tuple[float | None, float | None]:
    """The smallest and the largest allowed value of a numeric field, both inclusive."""
    return facts(name).low, facts(name).high


def choices(name: str) -> tuple[str, ...]:
    """The allowed words of a field that is a choice, else ()."""
    return tuple(facts(name).choices)


def choice_label(value: Any) -> Any:
    """The name for people of a choice's `value`; any other value as it is, and "none" for an empty one."""
    labels = {word: label for field in FACTS.values() for word, label in field.choices.items()}
    return labels.get(value, value) if value != "" else "none"


def hyperparameters(network: str) -> list[str]:
    """The hyperparameters of `network` that the form shows, in the order of the fields."""
    not_used = unused(network)
    return [name for name, field in FACTS.items() if name not in not_used and not field.names_run]


def memory_hyperparameters(network: str) -> list[str]:
    """The hyperparameters of `network` that decide how much memory training needs."""
    return [name for name in hyperparameters(network) if facts(name).uses_memory]


def unused(network: str) -> set[str]:
    """The fields that only some networks use, and that `network` does not use."""
    used = architectures.hyperparameters(network)
    without_labels = architectures.predicts_words(network)
    return {
        name
        for name, field in FACTS.items()
        if (field.of_layers and name not in used) or (field.of_labels and without_labels)
    }
