"""List the networks that can score a text: pretrained/ and runs with a model. Called by pages, commands."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from imdb_core import paths
from imdb_core.config import RunConfig, facts
from imdb_core.data import sources
from imdb_core.errors import ModelError, RunError
from imdb_core.evaluation import balance
from imdb_core.runs import layout, store
from imdb_core.runs.names import PRETRAINED, display_names


@dataclass(frozen=True)
class Model:
    """A network to choose. `key` is "pretrained/NAME" or a run's id; `run` is its folder, read as a run.

    `name` differs from the names of the other networks in a list; a network alone has the run's name.
    """

    key: str
    run: store.Run
    name: str = ""

    @property
    def title(self) -> str:
        """Its name, its origin, and its test accuracy if it was measured."""
        origin = "pretrained" if self.key.startswith("pretrained/") else "your run"
        name = self.name.removesuffix(PRETRAINED) or self.run.name
        accuracy = self.run.test_accuracy
        measured = f"{accuracy:.2%} right" if accuracy is not None else "not tested"
        skill = balance.beside_accuracy(self.run, thorough=False)
        if skill and skill.balanced_accuracy is not None:  # only of uneven classes
            measured += f", balanced {skill.balanced_accuracy:.2%}"
        if self.config.dataset != facts("dataset").default:  # most networks learned from the default reviews
            measured += f", {sources.title(self.config.dataset)}"
        return f"{name} · {origin} · {measured}"

    @property
    def folder(self) -> Path:
        return self.run.folder

    @property
    def question(self) -> tuple[str, tuple[str, ...]]:
        """(what the texts are, the classes): the question that the network answers.

        Networks with the same question can be compared on one text. What the texts are is the data set's
        subject, or the data set's name if it has no subject.
        """
        source = sources.find(self.config.dataset)
        return (source and source.subject) or self.config.dataset, self.config.classes

    @property
    def config(self) -> RunConfig:
        """The run's config, without which a run is not listed as a model."""
        if self.run.config is None:
            raise ModelError(
                f"The model {self.key} has no valid {layout.CONFIG}. Train it again, or choose another model."
            )
        return self.run.config


def pretrained() -> list[Model]:
    """The networks in pretrained/, the most accurate first."""
    runs = [store.read(path.parent) for path in sorted(paths.PRETRAINED.glob(f"*/{layout.MODEL_FACTS}"))]
    networks = [Model(f"pretrained/{run.id}", run) for run in runs if run.config]
    return sorted(networks, key=lambda model: -(model.run.test_accuracy or 0))


def available(zone: tzinfo | None = None) -> list[Model]:
    """First the pretrained networks, then the runs with a model, the newest first.

    Their names differ; `zone` is the visitor's time zone, as for names.display_names.
    """
    runs = {model.key: model.run for model in pretrained()}
    runs |= {run.id: run for run in store.runs() if run.config and not run.damaged and run.has_model}
    names = display_names(runs, zone)
    return [Model(key, run, names[key]) for key, run in runs.items()]


def run(key: str) -> store.Run:
    """The run with the key "pretrained/NAME" or a run's id, also without a model; raises RunError."""
    return next((model.run for model in pretrained() if model.key == key), None) or store.find(key)


def find(key: str) -> Model:
    """The model with this key, or with ./KEY/ as a shell completes it; raises ModelError."""
    key = key.removeprefix("./").rstrip("/")
    try:
        model_run = run(key)
    except RunError as error:
        keys = ", ".join(model.key for model in pretrained()) or "none"
        raise ModelError(
            f"There is no model {key[:60]!r}. Give the id of a run, or a pretrained model: {keys}."
        ) from error
    if model_run.predicts_words:
        raise ModelError(f"Run {key} is a language model, which judges no texts. Choose another network.")
    if model_run.damaged or not model_run.has_model:
        raise ModelError(
            f"Run {key} has no trained model ({model_run.damaged or model_run.state}); "
            "train it to the end first."
        )
    return Model(key, model_run)
