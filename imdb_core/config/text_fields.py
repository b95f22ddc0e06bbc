"""The fields of RunConfig for the run itself: its network and name, and the texts that it learns from."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from imdb_core.answers import FEWEST_CLASSES, MOST_CLASSES
from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.data import sources, tokenizers
from imdb_core.data.reviews import TWO_CLASSES

LONGEST_CLASS = 80  # characters of a class's name
MOST_PROBES = 5  # reviews that a run may score after each epoch


class TextFields(BaseModel):
    """The first part of RunConfig's fields; config.json keeps their order."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    network: str = hyperparameter("cnn_lstm", "Network", "The network to train.", names_run=True)
    name: str = hyperparameter(
        "", "Name", "Your name for the run. You can change it later.", longest=80, names_run=True
    )
    dataset: str = hyperparameter(
        "imdb",
        "Data set",
        "The data set to learn from.",
        choices=sources.TITLES,
        choices_grow=True,
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        names_run=True,
        epoch_cost="by value",
    )
    classes: tuple[str, ...] = hyperparameter(
        TWO_CLASSES,
        "Classes",
        "The classes that the network tells apart.",
        format=f"{FEWEST_CLASSES} to {MOST_CLASSES} different names of at most {LONGEST_CLASS} characters",
        names_run=True,
        of_source=True,
        epoch_cost="by value",
    )
    tokenizer: str = hyperparameter(
        "keras_imdb",
        "Tokenizer",
        "How a text is cut into words: as the IMDB reviews were, by Unicode's rules, or into frequent pieces "
        "of words.",
        choices={name: tokenizers.get(name).title for name in tokenizers.names()},
        names_run=True,
        of_source=True,
        epoch_cost="by value",
    )
    probes: str = hyperparameter(
        "",
        "Probe texts",
        f"Texts to score after each epoch: one a line, at most {MOST_PROBES}.",
        longest=2000,
        names_run=True,
    )

    @field_validator("classes", mode="before")
    @classmethod
    def _as_tuple(cls, classes: Any) -> Any:
        return tuple(classes) if isinstance(classes, list) else classes

    @field_validator("classes")
    @classmethod
    def _are_classes(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        sizes = [len(name) for name in classes]
        allowed = FEWEST_CLASSES <= len(classes) <= MOST_CLASSES and len(set(classes)) == len(classes)
        if not allowed or min(sizes) < 1 or max(sizes) > LONGEST_CLASS:
            raise ValueError("no classes")  # config/problems.py words it for users
        return classes
