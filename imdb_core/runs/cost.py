"""How long a run will take, estimated from past runs on this machine. Called by the Train page."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.config import RunConfig
from imdb_core.config.memory import NUMBERS_PER_PLACE
from imdb_core.data import sources
from imdb_core.quantities import counted
from imdb_core.runs import devices, places
from imdb_core.runs.store import Run

RECURRENT = ("LSTM", "GRU", "Bidirectional")


@dataclass(frozen=True)
class Estimate:
    """`seconds` per epoch with validation, or None if unknown; `basis` says where the figure comes from."""

    seconds: float | None
    basis: str


@dataclass(frozen=True)
class Place:
    """Where a run trains: "cpu" or "gpu", on how many threads, and the name of its place (runs.places)."""

    kind: str
    threads: int
    name: str = places.HERE


def place_now(config: RunConfig, listed: Sequence[Run], gpus: Sequence[devices.Gpu]) -> Place:
    """Where `config` would train if it were started now.

    The launcher gives all cores to a run that starts alone.
    """
    device = config.device if config.device != "auto" else "gpu" if gpus else "cpu"
    others = [run for run in listed if run.place == config.place]
    alone = not any(run.active or run.state == "queued" for run in others)
    return Place(device[:3], places.named(config.place).threads(alone=alone), config.place)


def estimate(config: RunConfig, listed: Sequence[Run], place: Place) -> Estimate:
    """Seconds per epoch of `config` at `place`, from the runs with a finished epoch among `listed`.

    The median of runs of the same shape; without any, scaled from other runs of the same network.
    """
    if not sources.exists(config.dataset):
        return Estimate(None, "the data set was deleted")
    past = _past_runs(config.network, listed)
    shape = _shape(config)
    same = [run.epoch_seconds for run in past if _shape(run.config) == shape and run.place == place]
    if same:
        return Estimate(median(same), f"from {counted(len(same), 'run')} of this shape")
    scaled = [
        run.epoch_seconds * operations(config) / operations(run.config) for run in _comparable(past, place)
    ]
    if scaled:
        return Estimate(median(scaled), f"roughly, scaled from {counted(len(scaled), 'run')} of this network")
    return Estimate(None, "it shows after the first epoch")


def operations(config: RunConfig) -> float:
    """Multiplications of the forward passes of an epoch, roughly: one, or two with an adversarial change.

    Estimates scale with them. A layer's parameters are used once per position that the layer reads.
    Embeddings and phrases are only looked up. Attention compares every position with every other. With length
    buckets there is little padding; padded batches compute review_length positions for each review. Raises
    DataError if the data set was deleted.
    """
    source = sources.get(config.dataset)
    texts = config.texts_per_epoch + round(source.training_reviews * config.validation_share)
    return _operations_on(config, texts=texts, mean_words=source.mean_words)


def quickest(
    listed: Sequence[Run], gpus: Sequence[devices.Gpu], *, texts: int, mean_words: int
) -> tuple[str, float] | None:
    """(network, seconds per epoch) of the quickest network on a data set that is not stored yet.

    Estimated roughly from the `listed` runs, with each network's default values; None without any run.
    """
    estimates = []
    for network in architectures.names():
        config = configs.preset(network)
        place = place_now(config, listed, gpus)
        own = _operations_on(config, texts=texts, mean_words=mean_words)
        scaled = [
            run.epoch_seconds * own / operations(run.config)
            for run in _comparable(_past_runs(network, listed), place)
        ]
        if scaled:
            estimates.append((median(scaled), network))
    return min(estimates)[::-1] if estimates else None


def fast_kernel(config: RunConfig, gpus: Sequence[devices.Gpu]) -> str:
    """One sentence: whether the LSTM runs as one cuDNN call on the GPU, and if not, why.

    cuDNN needs Keras's default options, so no recurrent dropout (keras.layers.LSTM, "The requirements to use
    the cuDNN implementation").
    """
    if not _is_recurrent(config):
        return "The fast GPU kernel for LSTMs (cuDNN) does not matter: this network has none."
    if reasons := _against_fast_kernel(config, gpus):
        return f"The fast GPU kernel for LSTMs (cuDNN) does not apply: {reasons}."
    return f"The fast GPU kernel for LSTMs (cuDNN) applies on the {gpus[0].name}."


def fast_kernel_in_short(config: RunConfig, gpus: Sequence[devices.Gpu]) -> str:
    """As fast_kernel(), for the end of a line; empty for a network without a recurrent layer."""
    if not _is_recurrent(config):
        return ""
    reasons = _against_fast_kernel(config, gpus)
    return f"fast GPU kernel: no, because {reasons}" if reasons else "fast GPU kernel: yes"


def _is_recurrent(config: RunConfig) -> bool:
    return architectures.has_layer(config, *RECURRENT)


def _against_fast_kernel(config: RunConfig, gpus: Sequence[devices.Gpu]) -> str:
    """Why a recurrent layer does not use the kernel, for the middle of a sentence; empty if it does."""
    reasons = []
    if not gpus:
        reasons.append("there is no NVIDIA GPU here")
    elif config.device == "cpu":
        reasons.append("the run asks for the CPU")
    if "recurrent_dropout" in config.used() and config.recurrent_dropout > 0:
        reasons.append("recurrent dropout rules it out")
    return ", and ".join(reasons)


def _operations_on(config: RunConfig, *, texts: int, mean_words: int) -> float:
    """As operations(), for this number of training texts and this mean number of words."""
    words = config.review_length
    if architectures.predicts_words(config.network):
        words = mean_words  # it reads whole texts, a window at a time
    elif config.batching == "length_buckets":
        words = min(words, mean_words)
    passes = 2 if config.used().get("adversarial_change") else 1
    return max(1.0, passes * _operations_per_padded_review(config) * words / config.review_length * texts)


def _operations_per_padded_review(config: RunConfig) -> int:
    """Multiplications for one review of full length."""
    positions, total = config.review_length, 0
    for row in architectures.layer_table(config):
        if len(row.output_shape) == 3:
            positions = row.output_shape[1]
        total += positions * row.parameters * (row.type not in ("Embedding", "NGrams"))
        if row.type == "WordScores":  # each candidate's vector is multiplied with the features
            total += positions * NUMBERS_PER_PLACE // 2 * row.output_shape[-1]
        if row.type == "MultiHeadAttention":
            total += 2 * positions**2 * row.output_shape[-1]
        if len(row.output_shape) == 2:
            positions = 1
    return total


def _shape(config: RunConfig) -> dict[str, Any]:
    """The values that must be equal for two runs to take the same time."""
    costs = {name: configs.facts(name).epoch_cost for name in config.used()}
    values = {name: getattr(config, name) for name, cost in costs.items() if cost != "none"}
    return {name: bool(value) if costs[name] == "zero or not" else value for name, value in values.items()}


@dataclass(frozen=True)
class _PastRun:
    """A run with at least one finished epoch."""

    config: RunConfig
    epoch_seconds: float
    place: Place  # of its newest start


def _past_runs(network: str, listed: Sequence[Run]) -> list[_PastRun]:
    """The runs of `network` among `listed` that were started and finished an epoch.

    Runs whose data set was deleted are left out, because its size is not known any more.
    """
    past = []
    for run in listed:
        started, seconds = run.event("started"), run.epoch_seconds
        has_data = run.config is not None and sources.exists(run.config.dataset)
        if run.config and has_data and run.network == network and started and seconds is not None:
            place = Place(started["device"][:3], started["threads"], run.place)
            past.append(_PastRun(run.config, seconds, place))
    return past


def _comparable(past: Sequence[_PastRun], place: Place) -> Sequence[_PastRun]:
    """The runs on the same kind of device; if some used the same number of threads, only these runs."""
    same_kind = [run for run in past if run.place.kind == place.kind]
    return [run for run in same_kind if run.place == place] or same_kind
