"""RunConfig: every hyperparameter once, with default, bounds, unit and help.

The form, the command line, and the checks in page and worker are all made from these fields. Adding a
hyperparameter is adding a field here; a network uses it by naming it as an argument (architectures/).
"""

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from imdb_core.data import DATASETS
from imdb_core.data.batches import EVALUATION_BATCH
from imdb_core.errors import ConfigError
from imdb_core.plain_text import one_line

DEVICES = "auto, cpu or gpu:N; gpu:N:M is a MIG device, part M of card N"
PROBES = 5  # reviews that a run may score after each epoch
MEMORY_LIMIT_BYTES = 6 * 2**30
MOST_EPOCH_BYTES = 256 * 2**20  # on the disk, for the models of all epochs of a run


def _knob(default, help, low=None, high=None, *, step=None, main=False, unit=""):
    """A field whose bounds are inclusive; `main` ones are shown first, the rest are folded away."""
    bounds = {} if low is None else {"ge": low, "le": high}
    return Field(
        default, description=help, json_schema_extra={"step": step, "main": main, "unit": unit}, **bounds
    )


class RunConfig(BaseModel):
    """What one run trains: written to config.json, never changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    network: str = Field("cnn_lstm", description="Which network to train.")
    name: str = Field("", max_length=80, description="Your name for the run; may be changed later.")
    dataset: Literal[DATASETS] = Field(
        "imdb", description="IMDB film reviews, or the small synthetic demo corpus."
    )

    probes: str = Field(
        "", max_length=2000, description="Reviews to score after each epoch, one a line, at most 5."
    )

    vocabulary_size: int = _knob(
        5000,
        "How many word ids the network knows; rarer words all become 'unknown'.",
        10,
        88_587,
        step=500,
        main=True,
    )
    review_length: int = _knob(
        500, "Only the last so many words of a review are read.", 5, 2000, step=50, main=True, unit="words"
    )
    embedding_size: int = _knob(32, "Numbers that describe one word.", 2, 512, step=8)
    word_dropout: float = _knob(
        0.0, "Share of the words that are hidden while training, others each time.", 0, 0.9, step=0.05
    )
    word_vectors: Literal["random", "co_occurrence"] = Field(
        "random",
        description="What words begin with: random numbers, or vectors that are alike for words with like neighbours, learned in "
        "seconds from the training reviews without their labels.",
        json_schema_extra={"main": False},
    )
    units: int = _knob(100, "Numbers in the memory of the LSTM or GRU.", 1, 512, step=10, main=True)
    filters: int = _knob(32, "How many phrase detectors the convolution learns.", 1, 512, step=8)
    kernel_size: int = _knob(3, "Words a phrase detector looks at together.", 1, 25, step=1, unit="words")
    pool_size: int = _knob(
        2, "Neighbouring positions merged into one; makes the LSTM's way shorter.", 1, 20, step=1
    )
    dropout: float = _knob(
        0.2, "Share of values hidden at random while training, against learning by heart.", 0, 0.9, step=0.05
    )
    recurrent_dropout: float = _knob(
        0.2,
        "Share of the LSTM's own memory hidden while training; rules out the fast GPU kernel.",
        0,
        0.9,
        step=0.05,
    )
    dense_units: int = _knob(25, "Size of the inner dense layer.", 1, 512, step=5)
    heads: int = _knob(2, "How many relations between words are looked for side by side.", 1, 16, step=1)
    longest_ngram: int = _knob(
        3, "Phrases of up to so many words are looked up as a whole.", 1, 5, step=1, unit="words"
    )
    ngram_buckets: int = _knob(
        2**20,
        "Places for words and phrases; of those that meet in one, the most frequent is known.",
        2**10,
        2**22,
        step=2**18,
    )

    epochs: int = _knob(3, "How often the network reads all training reviews.", 1, 200, step=1, main=True)
    optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = Field(
        "adam",
        description="The rule that turns errors into weight changes.",
        json_schema_extra={"main": False},
    )
    learning_rate: float = _knob(0.001, "Size of each weight change.", 1e-6, 10.0, step=0.0005, main=True)
    learning_rate_schedule: Literal["constant", "cosine", "one_cycle"] = Field(
        "constant",
        description="constant; cosine falls to zero, so that the last changes are fine ones; one_cycle rises first, then falls.",
        json_schema_extra={"main": False},
    )
    weight_decay: float = _knob(
        0.004,
        "How strongly each change pulls the weights towards zero; only AdamW does that.",
        0,
        10,
        step=0.001,
    )
    label_smoothing: float = _knob(
        0.0,
        "Share of doubt mixed into the labels while training: at 0.1, positive means 95 %, not 100 %.",
        0,
        0.5,
        step=0.05,
    )
    weight_averaging: float = _knob(
        0.0,
        "Judge and keep a moving average of the weights, in which each change counts this share of the one after it "
        "(0.99 averages about the last 100 batches); 0 = the last weights themselves.",
        0,
        0.9999,
        step=0.01,
    )
    batch_size: int = _knob(64, "Reviews per weight change.", 1, 2048, step=16, unit="reviews")
    batching: Literal["length_buckets", "padded"] = Field(
        "length_buckets",
        description="Batches of similar length and compiled layers (several times faster), or the tutorial's exact procedure: "
        "all padded to full length, Keras's own layers.",
        json_schema_extra={"main": False},
    )
    precision: Literal["float32", "mixed_bfloat16"] = Field(
        "float32",
        description="mixed_bfloat16 computes with numbers of half the length on a GPU, where that is faster; "
        "a CPU always computes with float32.",
        json_schema_extra={"main": False},
    )
    validation_share: float = _knob(
        0.1,
        "Share of the training reviews kept aside to choose the epoch that is kept.",
        0.01,
        0.5,
        step=0.05,
    )
    patience: int = _knob(
        0,
        "Early stopping: end after so many epochs without a better validation loss; 0 = never.",
        0,
        50,
        step=1,
        unit="epochs",
    )
    gradient_clipping: float = _knob(
        0.0, "Longest gradient allowed (global norm); 0 = no limit.", 0, 100, step=0.5
    )
    seed: int = _knob(
        7, "Start of all random choices; the same seed gives the same run.", 0, 2**31 - 1, step=1
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|gpu:[0-9]{1,2}(:[0-9]{1,2})?)$",
        description="auto takes a free GPU, or waits for one; without a GPU, the CPU.",
        json_schema_extra={"main": False},
    )

    @model_validator(mode="after")
    def _values_fit_together(self):
        from imdb_core import architectures

        if len(self.probe_reviews) > PROBES:
            raise ConfigError(
                f"probes has {len(self.probe_reviews)} reviews; at most {PROBES} are allowed, one a line."
            )
        used = architectures.knobs(self.network)
        for knob in {"kernel_size", "pool_size"} & set(used):
            if getattr(self, knob) > self.review_length:
                raise ConfigError(
                    f"{knob} is {getattr(self, knob)}, but a review has only {self.review_length} words (review_length); "
                    f"make {knob} smaller or review_length larger."
                )
        needed = memory_bytes(self)
        if needed > MEMORY_LIMIT_BYTES:
            raise ConfigError(
                f"These values need about {needed / 2**30:.0f} GiB of memory; {MEMORY_LIMIT_BYTES // 2**30} GiB are allowed. "
                f"Make {' or '.join(memory_knobs(self.network))} smaller."
            )
        return self

    @property
    def probe_reviews(self) -> list[str]:
        """The reviews to score after each epoch."""
        return [line.strip() for line in self.probes.split("\n") if line.strip()]

    def changed(self, **changes):
        """A checked copy with `changes`; raises ConfigError."""
        return checked({**self.model_dump(), **changes})

    def used(self) -> dict[str, Any]:
        """Only the values this network looks at: what to show and to compare."""
        from imdb_core import architectures

        unused = set(NETWORK_KNOBS) - set(architectures.knobs(self.network))
        return {name: value for name, value in self.model_dump().items() if name not in unused}


# Fields that belong to layers: a network uses those that its function names.
NETWORK_KNOBS = (
    *(
        "embedding_size",
        "units",
        "filters",
        "kernel_size",
        "pool_size",
        "dropout",
        "recurrent_dropout",
        "dense_units",
    ),
    *("heads", "longest_ngram", "ngram_buckets", "word_dropout", "word_vectors"),
)
MEMORY_KNOBS = (
    *(
        "batch_size",
        "review_length",
        "vocabulary_size",
        "embedding_size",
        "units",
        "filters",
        "heads",
        "longest_ngram",
    ),
    "ngram_buckets",
)
IDENTITY = ("network", "name", "dataset", "probes")  # what is no hyperparameter


def settings(network: str) -> list[str]:
    """The hyperparameters to show for `network`, in the order of the fields."""
    from imdb_core import architectures

    unused = set(NETWORK_KNOBS) - set(architectures.knobs(network))
    return [name for name in RunConfig.model_fields if name not in unused and name not in IDENTITY]


def preset(network: str, *, tuned: bool = False, **changes) -> RunConfig:
    """The usual values for `network` with `changes`; raises ConfigError for a value it does not use or allow.

    For the tutorials' networks these are the tutorials' values; `tuned` gives the better ones for the same
    layers, where the registry has such.
    """
    from imdb_core import architectures

    if tuned and not architectures.get(network).tuned:
        known = ", ".join(name for name in architectures.names() if architectures.get(name).tuned)
        raise ConfigError(f"{network} has no tuned values; {known} have. Leave --tuned out.")
    values = architectures.preset_values(network, tuned=tuned)
    allowed = set(settings(network)) | set(IDENTITY)
    for name in changes:
        if name not in allowed:
            raise ConfigError(f"{network} has no {name}; it uses {', '.join(settings(network))}.")
    return checked({**values, **changes, "network": network})


def command(config: RunConfig) -> str:
    """The command line that trains the same: only what differs from the network's preset, or its tuned one if
    that is less.
    """
    from imdb_core import architectures

    differing = []
    for tuned in (False, True) if architectures.get(config.network).tuned else (False,):
        usual = preset(config.network, tuned=tuned)
        names = [
            name
            for name in (*settings(config.network), "dataset")
            if getattr(config, name) != getattr(usual, name)
        ]
        options = [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in names]
        differing.append(["--tuned"] * tuned + options)
    return " ".join(["python -m imdb_core train --network", config.network, *min(differing, key=len)])


def checked(values: dict[str, Any]) -> RunConfig:
    """A RunConfig from plain values, or a ConfigError that names the first field that is wrong."""
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors()[0])) from None


def read(text: str) -> RunConfig:
    """A RunConfig from JSON text; raises ConfigError."""
    try:
        return RunConfig.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(_sentence(error.errors()[0])) from None


def bounds(name: str) -> tuple[float | None, float | None]:
    """The smallest and the largest allowed value of a numeric field, both inclusive."""
    limits = {type(rule).__name__: rule for rule in RunConfig.model_fields[name].metadata}
    low, high = limits.get("Ge"), limits.get("Le")
    return (low.ge if low else None), (high.le if high else None)


def choices(name: str) -> tuple[str, ...]:
    """The allowed words of a field that is a choice, else ()."""
    return getattr(RunConfig.model_fields[name].annotation, "__args__", ())


def memory_knobs(network: str) -> list[str]:
    """The hyperparameters of `network` that decide how much memory training takes, in the order of the
    fields.
    """
    return [name for name in settings(network) if name in MEMORY_KNOBS]


def memory_bytes(config: RunConfig) -> int:
    """A rough upper estimate of what training needs, in bytes: weights with Adam's state, and one batch kept
    for backward.
    """
    from imdb_core import architectures

    rows = architectures.layer_table(config)
    weights = sum(row.parameters for row in rows)
    width = sum(
        math.prod(row.output_shape[1:]) for row in rows if len(row.output_shape) == 3 or row.type == "LSTM"
    )
    recurrent = sum(
        _steps(rows, row) * config.units * 8 for row in rows if row.type in ("LSTM", "GRU", "Bidirectional")
    )
    kept = 2 * config.batch_size * (width + recurrent)
    if any(row.type == "MultiHeadAttention" for row in rows):
        kept += max(2 * config.batch_size, EVALUATION_BATCH) * config.heads * config.review_length**2
    return 4 * (4 * weights + kept)


def _steps(rows, row) -> int:
    """How many positions the layer `row` reads."""
    before = [one.output_shape for one in rows[: rows.index(row)]]
    return next((shape[1] for shape in reversed(before) if len(shape) == 3), 1)


def _sentence(error) -> str:
    """One pydantic error as: what came, what is allowed, the default."""
    name = str(error["loc"][0]) if error["loc"] else "config"
    if error["type"] == "json_invalid":
        return f"This is not valid JSON: {error['ctx']['error']}."
    if error["type"] == "extra_forbidden" or name not in RunConfig.model_fields:
        return (
            f"{one_line(name[:40])} is not a hyperparameter; known are {', '.join(RunConfig.model_fields)}."
        )
    received = _received(error["input"])
    return f"{name} is {received}; {_allowed(name)} The default is {RunConfig.model_fields[name].default!r}."


def _received(value) -> str:
    """What came, as Python writes it, in at most 60 characters."""
    if value is None:
        return "null"
    if isinstance(value, int) and value.bit_length() > 1000:  # Python refuses to write out very long numbers
        return "a number of more than 300 digits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _allowed(name: str) -> str:
    """What a field accepts, as the end of a sentence."""
    field = RunConfig.model_fields[name]
    if choices(name):
        return f"it must be one of {', '.join(choices(name))}."
    low, high = bounds(name)
    if low is not None:
        kind = "a whole number" if field.annotation is int else "a number"
        return f"it must be {kind} between {low:,} and {high:,}."
    if name == "name":
        return "it must be text of at most 80 characters."
    return f"it must be {DEVICES}." if name == "device" else "it must be text."
