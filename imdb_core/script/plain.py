"""The whole plain script of a run: the template, filled with the run's values. Called through the package."""

import inspect
import sys

from imdb_core import answers, architectures, class_weights
from imdb_core.config import RunConfig
from imdb_core.optimizers import optimizer_options
from imdb_core.quantities import counted
from imdb_core.script import sources, template
from imdb_core.script.annotations import without_annotations
from imdb_core.script.calls import network_source
from imdb_core.script.texts import Texts, texts

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}  # Keras's class names


def plain_script(config: RunConfig) -> str:
    """Python source that trains the network of `config` as the run does, with Keras and NumPy only."""
    config = config.model_copy(update={"start_from": ""})  # the script has no language model
    network, parts = network_source(config), texts(config)
    return template.SCRIPT.format(
        imports="\n".join(_imports(config, parts)),
        packages="".join(f"\n{line}" for line in _imports(config, parts, standard=False)),
        title=architectures.get(config.network).title,
        about=parts.about,
        needs=parts.needs,
        data=parts.data,
        typed=parts.typed,
        length=config.review_length,
        seed=config.seed,
        precision=_precision(config),
        own=sources.used_own_layers(network),
        network=network,
        start=_start(config) + _class_weights(config),
        schedule=_schedule(config),
        optimizer=OPTIMIZERS[config.optimizer],
        options="".join(f", {name}={value!r}" for name, value in optimizer_options(config).items()),
        loss=_loss(config),
        keep=_keep_best(config),
        callbacks=_callbacks(config),
        class_weight="" if config.class_weights == "none" else "\n    class_weight=class_weights,",
        batch=config.batch_size,
        epochs=config.epochs,
    )


def _imports(config: RunConfig, parts: Texts, *, standard: bool = True) -> list[str]:
    """The script's lines that import from the standard library, or else from packages; ruff's order."""
    always = ["import json", "import os", "import sys"]
    if config.learning_rate_schedule != "constant":
        always.append("import math")
    lines = sorted({*parts.imports, *always}, key=lambda line: (line.startswith("from"), line))
    return [
        line for line in lines if (line.split()[1].partition(".")[0] in sys.stdlib_module_names) == standard
    ]


def _class_weights(config: RunConfig) -> str:
    """The lines that compute the weight of each class, if the run has class weights."""
    if config.class_weights == "none":
        return ""
    return template.CLASS_WEIGHTS.format(
        source=without_annotations(inspect.getsource(class_weights.balanced)),
        labels="y_train" if answers.is_binary(config.classes) else "labels",
        classes=len(config.classes),
    )


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
    targets = "y_train[part, None]" if answers.is_binary(config.classes) else "y_train[part]"
    return f"{definitions}{template.BATCHES.format(targets=targets)}{calls}"


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
    kind = "Binary" if answers.is_binary(config.classes) else "Categorical"
    if not config.label_smoothing:
        return f'"{kind.lower()}_crossentropy"'
    return f"keras.losses.{kind}Crossentropy(label_smoothing={config.label_smoothing})"


def _keep_best(config: RunConfig) -> str:
    """The callback that keeps the best epoch's weights and, if the run has patience, stops early."""
    comment = template.NO_EARLY_STOPPING
    if config.patience:
        comment = (
            f"# Early stopping: after {counted(config.patience, 'epoch')} without a better validation loss."
        )
    patience = config.patience or config.epochs
    arguments = f'monitor="val_loss", patience={patience}, restore_best_weights=True'
    return f"{comment}\nkeep_best = keras.callbacks.EarlyStopping({arguments})"


def _callbacks(config: RunConfig) -> str:
    if not config.weight_averaging:
        return "keep_best"
    return "keras.callbacks.SwapEMAWeights(swap_on_epoch=True), keep_best"
