"""The networks a review can be scored with: pretrained/ and every run with an exported model. Called by
pages, CLI.
"""

from dataclasses import dataclass
from pathlib import Path

from imdb_core import paths
from imdb_core.errors import ModelError, RunError
from imdb_core.evaluation import balance
from imdb_core.runs import layout, store


@dataclass(frozen=True)
class Model:
    """One choice: `key` is "pretrained/NAME" or a run's id, `run` its folder read as a run."""

    key: str
    run: store.Run

    @property
    def title(self) -> str:
        """Name, where it comes from, and its test accuracy if it was measured."""
        origin = "pretrained" if self.key.startswith("pretrained/") else "your run"
        accuracy = self.run.test_accuracy
        measured = f"{accuracy:.2%} right" if accuracy is not None else "not tested"
        skill = balance.beside_accuracy(self.run, thorough=False)
        if skill and skill.balanced_accuracy is not None:  # where the classes are uneven
            measured += f", balanced {skill.balanced_accuracy:.2%}"
        about = measured if self.run.config.dataset == "imdb" else f"{measured}, demo reviews"
        return f"{self.run.name} · {origin} · {about}"

    @property
    def folder(self) -> Path:
        return self.run.folder


def pretrained() -> list[Model]:
    """The networks that come with the project, the most accurate first."""
    runs = [store.read(path.parent) for path in sorted(paths.PRETRAINED.glob(f"*/{layout.MODEL_FACTS}"))]
    found = [Model(f"pretrained/{run.id}", run) for run in runs if run.config]
    return sorted(found, key=lambda model: -(model.run.test_accuracy or 0))


def available() -> list[Model]:
    """Pretrained networks first, then runs with a model, newest first."""
    return pretrained() + [
        Model(run.id, run) for run in store.runs() if run.config and not run.damaged and run.has_model
    ]


def run(key: str) -> store.Run:
    """The run behind "pretrained/NAME" or a run's id, with or without a model; raises RunError."""
    return next((model.run for model in pretrained() if model.key == key), None) or store.find(key)


def find(key: str) -> Model:
    """The model called `key`, also as a shell completes it (./pretrained/NAME/); raises ModelError."""
    key = key.removeprefix("./").rstrip("/")
    try:
        found = run(key)
    except RunError as error:
        known = ", ".join(model.key for model in pretrained()) or "none"
        raise ModelError(
            f"There is no model {key[:60]!r}: pretrained are {known}; a run is named by its id."
        ) from error
    if found.damaged or not found.has_model:
        raise ModelError(
            f"Run {key} has no trained model ({found.damaged or found.state}); train it to an end first."
        )
    return Model(key, found)
