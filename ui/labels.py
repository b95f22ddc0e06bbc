"""The names users see for hyperparameters and for their choices, from the fields of RunConfig."""

from collections.abc import Sequence

from imdb_core import config as configs


def label(name: str) -> str:
    """A hyperparameter's name for people."""
    return configs.facts(name).label


def choice(value: str) -> str:
    """A choice's name for people."""
    return configs.choice_label(value)


def listed(names: Sequence[str]) -> str:
    """Labels within a sentence: "Epochs", "Epochs and Units", "Epochs, Units and Dropout"."""
    words = [label(name) for name in names]
    return " and ".join([part for part in (", ".join(words[:-1]), *words[-1:]) if part])
