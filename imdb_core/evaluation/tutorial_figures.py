"""The figures of the page "The networks": the registered networks with the results of their pretrained runs.

All figures are measured, none is typed in. The registration of a network holds its text.
"""

from dataclasses import dataclass
from typing import Any

from imdb_core import architectures, layer_shapes
from imdb_core import config as configs
from imdb_core.evaluation import comparisons, predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.runs.run import Run
from imdb_core.scoring import models

PUBLISHED_ON = "imdb"  # the tutorials measured their published accuracies on the IMDB reviews


@dataclass(frozen=True)
class Studied:
    """A registered network and its pretrained run, if it has one.

    `key` is the pretrained model's key. `config` is the run's config, or else the network's preset.
    """

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
        """How many positions of a review of full length the LSTM reads; None without an LSTM."""
        inputs = [layer_shapes.words(self.config.review_length)]
        inputs += [layer.output_shape for layer in self.layers]
        lstm_inputs = [
            shape for shape, layer in zip(inputs, self.layers, strict=False) if layer.type == "LSTM"
        ]
        return lstm_inputs[0][1] if lstm_inputs else None

    @property
    def has_accuracy(self) -> bool:
        """Whether a test accuracy was published or measured."""
        return self.accuracy is not None or self.network.published is not None

    @property
    def accuracy(self) -> float | None:
        """The accuracy on the test reviews, 0 to 1."""
        return self.run.test_accuracy if self.run else None

    @property
    def tested(self) -> int | None:
        """The number of test reviews."""
        return self.run.event("finished").get("test_reviews") if self.run else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high) of the accuracy with 95 % confidence (Wilson)."""
        return comparisons.accuracy_interval(self.run) if self.run else None

    @property
    def epoch_seconds(self) -> float | None:
        """The seconds of a typical epoch, validation included."""
        return self.run.epoch_seconds if self.run else None

    @property
    def gap(self) -> float | None:
        """Training minus validation accuracy in the last epoch: how much was learned by heart."""
        last = self.run.epochs[-1] if self.run and self.run.epochs else {}
        accuracy, val_accuracy = last.get("accuracy"), last.get("val_accuracy")
        return None if accuracy is None or val_accuracy is None else float(accuracy - val_accuracy)


def networks(names: list[str]) -> list[Studied]:
    """The networks of these names, each with its most accurate pretrained run on the IMDB reviews."""
    sound = [model for model in models.pretrained() if not model.run.damaged]
    trained = [model for model in sound if config_of(model.run).dataset == PUBLISHED_ON]
    studied = []
    for name in names:
        network = architectures.get(name)
        model = next((model for model in trained if model.run.network == name), None)
        if model:
            studied.append(Studied(network, config_of(model.run), model.key, model.run))
        else:
            studied.append(Studied(network, configs.preset(name)))
    return studied


def against(first: Studied, others: list[Studied]) -> dict[str, comparisons.Pair]:
    """Network name -> its comparison with `first`. P-values are corrected for the number of `others`.

    Networks that were not tested are left out. Raises ModelError for damaged predictions.
    """
    pairs = {other.network.name: pair(other, first) for other in others}
    tested = {name: compared for name, compared in pairs.items() if compared}
    return dict(zip(tested, comparisons.corrected(list(tested.values())), strict=True))


def pair(first: Studied, second: Studied) -> comparisons.Pair | None:
    """Both networks on the same test reviews, or None if one network was not tested.

    Raises ModelError for damaged predictions.
    """
    if not first.run or not second.run:
        return None
    if not predictions.has_predictions(first.run) or not predictions.has_predictions(second.run):
        return None
    return comparisons.pair(first.run, second.run)


def most_alike(studied: list[Studied]) -> tuple[Studied, Studied, comparisons.Pair] | None:
    """The two networks, neighbours in accuracy, whose difference is most likely chance; the better one first.

    Raises ModelError for damaged predictions.
    """
    measured = [(network.accuracy, network) for network in studied if network.accuracy is not None]
    ranked = [network for _, network in sorted(measured, key=lambda row: -row[0])]
    neighbours = zip(ranked, ranked[1:], strict=False)
    tested = [(better, worse, compared) for better, worse in neighbours if (compared := pair(better, worse))]
    pairs = comparisons.corrected([compared for _, _, compared in tested])
    rows = [(better, worse, compared) for (better, worse, _), compared in zip(tested, pairs, strict=True)]
    return max(rows, key=lambda row: row[2].p, default=None)


def learned_by_heart(studied: list[Studied]) -> tuple[Studied, dict[str, Any], dict[str, Any]] | None:
    """The network whose validation loss grew most after its best epoch.

    Also the rows of its best and its last epoch. None if no validation loss grew.
    """
    rows = [
        (network, network.run.best, network.run.epochs[-1])
        for network in studied
        if network.run and network.run.best
    ]
    measured = [
        (network, best, last)
        for network, best, last in rows
        if None not in (last["val_loss"], best["accuracy"], last["accuracy"])
    ]
    worst = max(measured, key=lambda row: row[2]["val_loss"] - row[1]["val_loss"], default=None)
    return worst if worst and worst[2]["val_loss"] > worst[1]["val_loss"] else None
