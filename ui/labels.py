"""The names users see for hyperparameters and for their choices, from the fields of RunConfig.

The fields of a sweep and of a range (imdb_core/sweeps/) have names, too.
"""

from collections.abc import Sequence

from imdb_core import config as configs
from imdb_core.config.problems import PART, plain_name
from imdb_core.sweeps import fields as sweep_fields

PARTS = {"low": "from", "high": "to", "scale": "scale", "choices": "values"}  # of a range


def facts(name: str) -> configs.Facts:
    """The facts of a hyperparameter, of a part of its range, or of a setting of a sweep."""
    plain = plain_name(name)  # a hyperparameter comes first: a run and a sweep both have a "seed"
    return configs.facts(plain) if plain in configs.RunConfig.model_fields else sweep_fields.FACTS[name]


def label(name: str) -> str:
    """A field's name for people."""
    part = PARTS.get(name.partition(PART)[2])
    return f"{facts(name).label} ({part})" if part else facts(name).label


def choice(value: str) -> str:
    """A choice's name for people."""
    return configs.choice_label(value)


def choice_of(name: str, value: str) -> str:
    """The name for people of a choice of the field `name`."""
    return facts(name).choices.get(value, value)


def listed(names: Sequence[str]) -> str:
    """Labels within a sentence: "Epochs", "Epochs and Units", "Epochs, Units and Dropout"."""
    words = [label(name) for name in names]
    return " and ".join([part for part in (", ".join(words[:-1]), *words[-1:]) if part])
