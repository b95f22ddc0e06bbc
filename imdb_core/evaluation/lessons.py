"""The registered networks side by side with what their pretrained runs measured. Called by the Learn page;
nothing is typed in.

A network's text belongs to its registration (imdb_core/architectures/); here are only the numbers that go
with it.
"""

from dataclasses import dataclass

from imdb_core import architectures, layer_shapes
from imdb_core import config as configs
from imdb_core.evaluation import comparisons, predictions
from imdb_core.runs.store import Run
from imdb_core.scoring import models


@dataclass(frozen=True)
class Studied:
    """A registered network with its pretrained run, if there is one; `config` is the run's, else the preset."""

    network: architectures.Architecture
    config: configs.RunConfig
    key: str = ""
    run: Run | None = None

    @property
    def title(self) -> str:
        return self.network.title

    @property
    def layers(self) -> list[layer_shapes.Layer]:
        return architectures.layer_table(self.config)

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def steps(self) -> int | None:
        """How many positions its LSTM reads of a review of full length; None without an LSTM."""
        before = [
            layer_shapes.words(self.config.review_length),
            *(layer.output_shape for layer in self.layers),
        ]
        return next(
            (shape[1] for shape, layer in zip(before, self.layers, strict=False) if layer.type == "LSTM"),
            None,
        )

    @property
    def accuracy(self) -> float | None:
        """On the test reviews, 0 to 1."""
        return self.run.test_accuracy if self.run else None

    @property
    def tested(self) -> int | None:
        """How many test reviews."""
        return self.run.event("finished").get("test_reviews") if self.run else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high) of the accuracy with 95 % confidence (Wilson)."""
        return comparisons.accuracy_interval(self.run) if self.run else None

    @property
    def epoch_seconds(self) -> float | None:
        """A typical epoch, validation included."""
        return self.run.epoch_seconds if self.run else None

    @property
    def gap(self) -> float | None:
        """Training minus validation accuracy in the last epoch, 0 to 1: how much was learned by heart."""
        last = self.run.epochs[-1] if self.run and self.run.epochs else {}
        known = last.get("accuracy") is not None and last.get("val_accuracy") is not None
        return last["accuracy"] - last["val_accuracy"] if known else None


def networks(names: list[str]) -> list[Studied]:
    """The networks of these names, each with its most accurate pretrained run on the IMDB reviews."""
    trained = [
        model for model in models.pretrained() if not model.run.damaged and model.run.config.dataset == "imdb"
    ]
    found = []
    for name in names:
        model = next((model for model in trained if model.run.network == name), None)
        config = model.run.config if model else configs.preset(name)
        found.append(Studied(architectures.get(name), config, *((model.key, model.run) if model else ())))
    return found


def against(first: Studied, others: list[Studied]) -> dict[str, comparisons.Pair]:
    """{network name: Pair} of each of the others with `first`, corrected for their number.

    Networks that were not tested are left out. Raises ModelError for damaged predictions.
    """
    pairs = {other.network.name: pair(other, first) for other in others}
    tested = {name: compared for name, compared in pairs.items() if compared}
    return dict(zip(tested, comparisons.corrected(list(tested.values())), strict=True))


def pair(one: Studied, other: Studied) -> comparisons.Pair | None:
    """Both on the same test reviews, or None where one was not tested; raises ModelError for damaged
    predictions.
    """
    both_there = all(studied.run and predictions.there(studied.run) for studied in (one, other))
    return comparisons.pair(one.run, other.run) if both_there else None


def most_alike(studied: list[Studied]) -> tuple[Studied, Studied, comparisons.Pair] | None:
    """Of neighbours in accuracy the two (better one first) whose difference is the likeliest to be chance;
    raises ModelError.
    """
    ranked = sorted((one for one in studied if one.accuracy is not None), key=lambda one: -one.accuracy)
    neighbours = zip(ranked, ranked[1:], strict=False)
    tested = [(better, worse, compared) for better, worse in neighbours if (compared := pair(better, worse))]
    pairs = comparisons.corrected([compared for _, _, compared in tested])
    rows = [(better, worse, compared) for (better, worse, _), compared in zip(tested, pairs, strict=True)]
    return max(rows, key=lambda row: row[2].p, default=None)


def learned_by_heart(studied: list[Studied]) -> tuple[Studied, dict, dict] | None:
    """The network whose validation loss grew most after its best epoch, with the rows of its best and its
    last epoch.
    """
    found = [(one, one.run.best, one.run.epochs[-1]) for one in studied if one.run and one.run.best]
    measured = [
        row for row in found if None not in (row[2]["val_loss"], row[1]["accuracy"], row[2]["accuracy"])
    ]
    worst = max(measured, key=lambda row: row[2]["val_loss"] - row[1]["val_loss"], default=None)
    return worst if worst and worst[2]["val_loss"] > worst[1]["val_loss"] else None
