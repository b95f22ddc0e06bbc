"""The whole plain script of a run: the template, filled with the run's values. Called through the package."""

import sys
import textwrap

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.data import sources as review_sources
from imdb_core.optimizers import optimizer_options
from imdb_core.script import sources, template
from imdb_core.script.calls import network_source
from imdb_core.script.text_reading import script_source

WIDTH = 110  # columns of a line of text
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}  # Keras's class names


def plain_script(config: RunConfig) -> str:
    """Python source that trains the network of `config` as the run does, with Keras and NumPy only."""
    network = network_source(config)
    _, reading = script_source(config.tokenizer)
    return template.SCRIPT.format(
        imports="\n".join(_imports(config)),
        packages="".join(f"\n{line}" for line in _imports(config, standard=False)),
        title=architectures.get(config.network).title,
        about=_reviews_of_run(config),
        length=config.review_length,
        vocabulary=config.vocabulary_size,
        seed=config.seed,
        precision=_precision(config),
        share=config.validation_share,
        own=sources.used_own_layers(network),
        network=network,
        reading=reading,
        start=_start(config),
        schedule=_schedule(config),
        optimizer=OPTIMIZERS[config.optimizer],
        options="".join(f", {name}={value!r}" for name, value in optimizer_options(config).items()),
        loss=_loss(config),
        keep=_keep_best(config),
        callbacks=_callbacks(config),
        batch=config.batch_size,
        epochs=config.epochs,
    )


def _reviews_of_run(config: RunConfig) -> str:
    """A sentence on lines of its own if Keras does not have the run's reviews, else ""."""
    source = review_sources.get(config.dataset)
    if source.in_keras:
        return ""
    return "\n" + textwrap.fill(template.OTHER_REVIEWS.format(reviews=source.full_noun), WIDTH)


def _imports(config: RunConfig, *, standard: bool = True) -> list[str]:
    """The script's lines that import from the standard library, or else from packages; ruff's order."""
    imports, _ = script_source(config.tokenizer)
    always = ["import json", "import os", "import sys"]
    if config.learning_rate_schedule != "constant":
        always.append("import math")
    lines = sorted({*imports, *always}, key=lambda line: (line.startswith("from"), line))
    return [
        line for line in lines if (line.split()[1].partition(".")[0] in sys.stdlib_module_names) == standard
    ]


def _precision(config: RunConfig) -> str:
    if config.precision == "float32":
        return ""
    return f'\nkeras.config.set_dtype_policy("{config.precision}")  # delete this line on a CPU'


def _start(config: RunConfig) -> str:
    """The functions and calls that set weights before training, if the network does not start at random."""
    functions = sources.starts(config)
    if not functions:
        return ""
    definitions = "".join(f"\n\n{source}" for _, source in functions)
    calls = "".join(f"{name}(model, training_batches)\n" for name, _ in functions)
    return f"{definitions}{template.BATCHES}{calls}"


def _schedule(config: RunConfig) -> str:
    """The line that sets `learning_rate`: a number, or a curve over all batches."""
    rate = config.learning_rate
    if config.learning_rate_schedule == "constant":
        return f"learning_rate = {rate}"
    batches = f"math.ceil(len(training) / {config.batch_size})"
    steps = f"steps = {config.epochs} * {batches}  # all batches of all epochs\n"
    if config.learning_rate_schedule == "cosine":
        curve = f"keras.optimizers.schedules.CosineDecay({rate}, decay_steps=steps)"
        return f"{steps}learning_rate = {curve}"
    return f"{steps}{template.ONE_CYCLE.format(rate=rate)}"


def _loss(config: RunConfig) -> str:
    if not config.label_smoothing:
        return '"binary_crossentropy"'
    return f"keras.losses.BinaryCrossentropy(label_smoothing={config.label_smoothing})"


def _keep_best(config: RunConfig) -> str:
    """The callback that keeps the best epoch's weights and, if the run has patience, stops early."""
    comment = template.NO_EARLY_STOPPING
    if config.patience:
        comment = f"# Early stopping: after {config.patience} epochs without a better validation loss."
    patience = config.patience or config.epochs
    arguments = f'monitor="val_loss", patience={patience}, restore_best_weights=True'
    return f"{comment}\nkeep_best = keras.callbacks.EarlyStopping({arguments})"


def _callbacks(config: RunConfig) -> str:
    if not config.weight_averaging:
        return "keep_best"
    return "keras.callbacks.SwapEMAWeights(swap_on_epoch=True), keep_best"
