"""What a run will cost before it starts, judged by this machine's own past runs. Called by the Train page."""

from dataclasses import dataclass
from statistics import median

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.runs import devices
from imdb_core.runs.store import Run

ALWAYS = ("dataset", "batching", "batch_size", "review_length", "validation_share", "precision")
FREE = (
    "dropout",
    "vocabulary_size",
    "word_dropout",
    "word_vectors",
)  # knobs of networks that hardly change the computation
RECURRENT = ("LSTM", "GRU", "Bidirectional")
REVIEWS = {"imdb": 25_000, "demo": 4_000}  # for training and validation together
MEAN_WORDS = {"imdb": 239, "demo": 33}  # per training review, start token included


@dataclass(frozen=True)
class Estimate:
    """`seconds` per epoch, validation included, or None; `basis` says from what it was told."""

    seconds: float | None
    basis: str


@dataclass(frozen=True)
class Place:
    """Where a run trains: "cpu" or "gpu", and on how many cores."""

    kind: str
    threads: int


def place_now(config: RunConfig, listed: list[Run], gpus: list[devices.Gpu]) -> Place:
    """Where `config` would train if it were started now; the launcher gives all cores to a run that starts
    alone.
    """
    wanted = config.device if config.device != "auto" else "gpu" if gpus else "cpu"
    alone = not any(run.active or run.state == "queued" for run in listed)
    return Place(wanted[:3], devices.cpu_cores() if alone else 1)


def estimate(config: RunConfig, listed: list[Run], place: Place) -> Estimate:
    """Seconds per epoch of `config` at `place`: the median of past runs of the same shape, else scaled from
    the same network.

    `listed` are this machine's runs, of which those with a finished epoch count.
    """
    past = [run for run in listed if run.epochs and run.network == config.network and _place(run)]
    same = [run for run in past if _shape(run.config) == _shape(config) and _place(run) == place]
    if same:
        return Estimate(median(run.epoch_seconds for run in same), f"from {_counted(same)} of this shape")
    near = [run for run in past if _place(run).kind == place.kind]
    near = [run for run in near if _place(run).threads == place.threads] or near
    if near:
        scaled = [run.epoch_seconds * operations(config) / operations(run.config) for run in near]
        return Estimate(median(scaled), f"roughly, scaled from {_counted(near)} of this network")
    return Estimate(None, "it shows after the first epoch")


def operations(config: RunConfig) -> float:
    """Multiplications of one forward pass over all reviews of an epoch, roughly: what estimates are scaled
    by.

    A layer's parameters are used once per position it reads; embeddings and phrases are only looked up;
    attention compares every position with every other. Length buckets compute little more than the reviews'
    own words, padded batches all of review_length.
    """
    positions, total = config.review_length, 0
    for row in architectures.layer_table(config):
        if len(row.output_shape) == 3:
            positions = row.output_shape[1]
        total += positions * row.parameters * (row.type not in ("Embedding", "NGrams"))
        if row.type == "MultiHeadAttention":
            total += 2 * positions**2 * row.output_shape[-1]
        if len(row.output_shape) == 2:
            positions = 1
    words = config.review_length
    if config.batching == "length_buckets":
        words = min(words, MEAN_WORDS[config.dataset])
    return max(1.0, total * words / config.review_length * REVIEWS[config.dataset])


def fast_kernel(config: RunConfig, gpus: list[devices.Gpu]) -> str:
    """One sentence: whether the LSTM runs as one cuDNN call on the GPU, and if not, why.

    Keras's own condition, besides its defaults: no recurrent dropout (keras.layers.LSTM, "The requirements to
    use the cuDNN implementation").
    """
    if not any(row.type in RECURRENT for row in architectures.layer_table(config)):
        return "The fast GPU kernel for LSTMs (cuDNN) does not matter: this network has none."
    reasons = []
    if not gpus:
        reasons.append("there is no NVIDIA GPU here")
    elif config.device == "cpu":
        reasons.append("the run asks for the CPU")
    if "recurrent_dropout" in config.used() and config.recurrent_dropout > 0:
        reasons.append("recurrent dropout rules it out")
    if reasons:
        return f"The fast GPU kernel for LSTMs (cuDNN) does not apply: {', and '.join(reasons)}."
    return f"The fast GPU kernel for LSTMs (cuDNN) applies on the {gpus[0].name}."


def _shape(config) -> dict:
    """What must be equal for two runs to take the same time. Recurrent dropout counts as on or off."""
    values = {
        name: getattr(config, name)
        for name in (*ALWAYS, *architectures.knobs(config.network))
        if name not in FREE
    }
    return {name: value > 0 if name == "recurrent_dropout" else value for name, value in values.items()}


def _place(run) -> Place | None:
    """Where the run was started last."""
    started = run.event("started")
    return Place(started["device"][:3], started["threads"]) if started else None


def _counted(runs) -> str:
    return f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
