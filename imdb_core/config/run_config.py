"""RunConfig: what one run trains, checked. Called by everything that reads or makes a config."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, model_validator

from imdb_core import architectures
from imdb_core.config import problems
from imdb_core.config.contradictions import contradictions, probe_reviews
from imdb_core.config.fields import FACTS, unused
from imdb_core.config.training_fields import TrainingFields
from imdb_core.data import sources


class RunConfig(TrainingFields):
    """What one run trains: written to config.json, never changed afterwards."""

    @model_validator(mode="after")
    def _values_fit_together(self) -> "RunConfig":
        if wrong := contradictions(self):
            raise problems.error(wrong)
        return self

    @property
    def probe_reviews(self) -> list[str]:
        """The reviews to score after each epoch."""
        return probe_reviews(self)

    @property
    def texts_per_epoch(self) -> int:
        """The number of texts that an epoch trains on: texts with labels, and texts that a teacher labels.

        A language model reads all training texts and all texts without labels. It is 0 if the data set was
        deleted.
        """
        source = sources.find(self.dataset)
        if source is None:
            return 0
        labelled = source.training_reviews - round(source.training_reviews * self.validation_share)
        if architectures.predicts_words(self.network):
            return labelled + source.unlabelled_reviews
        taught = round(source.unlabelled_reviews * self.teacher_share) if self.teacher else 0
        return min(labelled, self.labelled_texts or labelled) + taught

    def changed(self, **changes: Any) -> "RunConfig":
        """A checked copy with `changes`; raises ConfigError."""
        return checked({**self.model_dump(), **changes})

    def used(self) -> dict[str, Any]:
        """Only the values that this network uses: these are shown and compared."""
        not_used = unused(self.network)
        return {name: value for name, value in self.model_dump().items() if name not in not_used}


def checked(values: Mapping[str, Any]) -> RunConfig:
    """A RunConfig from plain values, or a ConfigError with all that is wrong, in the order of the values."""
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        wrong = problems.of_pydantic(error.errors())
    raise problems.error([*wrong, *_contradictions_of_others(values, wrong)])


def read(text: str) -> RunConfig:
    """A RunConfig from JSON text; raises ConfigError."""
    try:
        return RunConfig.model_validate_json(text)
    except ValidationError as error:
        raise problems.error(problems.of_pydantic(error.errors())) from None


def _contradictions_of_others(values: object, wrong: list[problems.Problem]) -> list[problems.Problem]:
    """The contradictions between the values that are allowed each; fields of `wrong` get their defaults."""
    names = {name for problem in wrong for name in problem.fields}
    if "network" in names or not isinstance(values, Mapping):
        return []
    allowed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in FACTS and name not in names
    }
    return contradictions(RunConfig.model_construct(**allowed), names)
