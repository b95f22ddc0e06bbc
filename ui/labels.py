"""The names users see for hyperparameters and for their choices, from the fields of RunConfig."""

from imdb_core import config as configs


def label(name: str) -> str:
    """A hyperparameter's name for people."""
    return configs.facts(name).label


def choice(value: str) -> str:
    """A choice's name for people."""
    return configs.choice_label(value)
