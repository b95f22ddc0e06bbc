"""A run's config as a plain Keras script that needs nothing of this project. Called by the Watch page.

The layers are not written a second time: the network's own function is called with layers that write down how
they are called.
"""

import ast
import functools
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.data import typography
from imdb_core.optimizers import optimizer_options

_SCRIPT = '''\
"""{title}: a plain Keras script, made from the hyperparameters of a run.

Every review is padded to its full {length} words here, and the validation reviews are drawn anew; the app may put reviews of
similar length together. So the figures differ slightly from the app's.{about}

Needs keras, numpy and a backend such as tensorflow: pip install keras tensorflow
Environment: IMDB_DATA_DIR, a folder that holds imdb.npz and, to score typed reviews, imdb_word_index.json; without it
Keras downloads them once.
Arguments: reviews to score after the training, each in quotes.
"""

{imports}

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed({seed}){precision}

# As the app reads it: "~/imdb", also in quotes.
FOLDER = os.path.expanduser(os.environ.get("IMDB_DATA_DIR", "").strip(" '\\""))


def load_reviews(num_words):
    """(training reviews, labels), (test reviews, labels); a review is a list of word ids, rarer words are 2."""
    if not FOLDER:
        return keras.datasets.imdb.load_data(num_words=num_words)
    with np.load(os.path.join(FOLDER, "imdb.npz"), allow_pickle=True) as saved:  # pickled lists: only for a file you trust
        halves = [(saved["x_" + half], saved["y_" + half]) for half in ("train", "test")]
    # As load_data does: 0 pads, 1 starts a review, 2 is unknown, and the most frequent word (rank 1) has the id 4.
    return [([[1] + [rank + 3 if rank + 3 < num_words else 2 for rank in ranks] for ranks in x], y) for x, y in halves]


# Reviews: the most frequent words only, the end of each review, zeros in front of short ones.
(x_train, y_train), (x_test, y_test) = load_reviews(num_words={vocabulary})
x_train = keras.utils.pad_sequences(x_train, maxlen={length})
x_test = keras.utils.pad_sequences(x_test, maxlen={length})

# Validation: a share of {share} of the training reviews, drawn at random.
order = np.random.default_rng({seed}).permutation(len(x_train))
validation, training = np.split(order, [round({share} * len(order))])

# The network, layer by layer.
{own}{network}
model.summary()
{start}
# Training.
{schedule}
model.compile(
    optimizer=keras.optimizers.{optimizer}(learning_rate{options}),
    loss={loss},
    metrics=["accuracy"],
)
{keep}
history = model.fit(
    x_train[training],
    y_train[training],
    batch_size={batch},
    epochs={epochs},
    validation_data=(x_train[validation], y_train[validation]),
    callbacks=[{callbacks}],
)

# The test reviews, once, with the best epoch's weights.
loss, accuracy = model.evaluate(x_test, y_test)
print(f"test accuracy {{accuracy:.4f}}")


# From here on only for typed reviews: how the app cuts them into words.
{reading}


def load_words(num_words):
    """Word -> id, of the words that the network knows."""
    if FOLDER:
        with open(os.path.join(FOLDER, "imdb_word_index.json"), encoding="utf-8") as file:
            ranks = json.load(file)
    else:
        ranks = keras.datasets.imdb.get_word_index()
    return {{word: rank + 3 for word, rank in ranks.items() if rank + 3 < num_words}}


def encoded(review, ids):
    """The word ids of a typed review, as the app reads it."""
    words = tokens(decoded(review))
    return [1] + [ids.get(word, 2) for word in understood(words, ids, typed=" ".join(words) != review)]


# The reviews that were given as arguments.
if reviews := sys.argv[1:]:
    ids = load_words(num_words={vocabulary})
    typed = keras.utils.pad_sequences([encoded(review, ids) for review in reviews], maxlen={length})
    for review, probability in zip(reviews, model.predict(typed)[:, 0], strict=True):
        print("probability of positive", round(float(probability), 4), "of", repr(review))
'''
_ONE_CYCLE = """\
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        done = keras.ops.cast(step, "float32") / steps
        rising = {rate} * (1 - 24 / 25 * 0.5 * (1 + keras.ops.cos(math.pi * done / 0.3)))
        falling = {rate} * 0.5 * (1 + keras.ops.cos(math.pi * (done - 0.3) / 0.7))
        return keras.ops.where(done < 0.3, rising, falling)


learning_rate = OneCycle()"""
_BATCHES = """

def training_batches():
    for part in np.array_split(training, 100):
        yield x_train[part], y_train[part, None]


"""
_ANNOTATIONS = {"Any": "from typing import Any", "Iterable": "from collections.abc import Iterable"}
_OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}
_DEMO = "\nThe run learned from the app's synthetic demo reviews, which Keras does not have; this script reads the IMDB reviews."


def plain_script(config: RunConfig) -> str:
    """Python source that trains the network of `config` with the same hyperparameters, with Keras and NumPy
    only.
    """
    return _SCRIPT.format(
        imports=_imports(
            with_math=config.learning_rate_schedule != "constant",
            source=_own_source(network_source(config)) + _start(config),
        ),
        title=architectures.get(config.network).title,
        about=_DEMO if config.dataset == "demo" else "",
        length=config.review_length,
        vocabulary=config.vocabulary_size,
        seed=config.seed,
        precision=""
        if config.precision == "float32"
        else f'\nkeras.config.set_dtype_policy("{config.precision}")  # delete this line on a CPU',
        share=config.validation_share,
        own=_own_source(network_source(config)),
        network=network_source(config),
        reading=_reading()[1],
        start=_start(config),
        schedule=_schedule(config),
        optimizer=_OPTIMIZERS[config.optimizer],
        options="".join(f", {name}={value!r}" for name, value in optimizer_options(config).items()),
        loss=_loss(config),
        keep=_keep_best(config),
        callbacks="keras.callbacks.SwapEMAWeights(swap_on_epoch=True), keep_best"
        if config.weight_averaging
        else "keep_best",
        batch=config.batch_size,
        epochs=config.epochs,
    )


def network_source(config: RunConfig) -> str:
    """The lines that build `model` with Keras's functional API, as the network's own function calls its
    layers.
    """
    recorder = Recorder()
    inputs = _Tensor("inputs")
    outputs = architectures.connect(config, recorder, inputs, config.__dict__)
    lines = [f'inputs = keras.Input(({config.review_length},), dtype="int32")', *recorder.lines(inputs)]
    return "\n".join([*lines, f"model = keras.Model(inputs, {outputs})"])


@functools.cache
def _own_layers() -> dict[str, str]:
    """Class name -> source of the layers that Keras does not have; read, not imported, for that would load
    Keras.
    """
    source = (Path(__file__).parent / "architectures" / "keras_layers.py").read_text("utf-8")
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: ast.get_source_segment(source, node) for node in classes}


@functools.cache
def _reading() -> tuple[list[str], str]:
    """(import lines, source) of how a typed review is cut into words: typography.py as it is."""
    source = inspect.getsource(typography)
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return [ast.unparse(node) for node in imports], "\n".join(
        source.splitlines()[imports[-1].end_lineno :]
    ).strip()


def _imports(*, with_math: bool, source: str) -> str:
    """The script's lines that import from the standard library, sorted as ruff sorts them.

    `source` is the code of this project in the script, whose annotations need imports.
    """
    annotations = [line for name, line in _ANNOTATIONS.items() if re.search(rf"\b{name}\b", source)]
    plain = [*annotations, "import json", "import os", "import sys", *(["import math"] if with_math else [])]
    imports = ast.parse("\n".join([*_reading()[0], *plain])).body
    modules = {ast.unparse(node) for node in imports if isinstance(node, ast.Import)}
    names: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            names.setdefault(node.module or "", set()).update(alias.name for alias in node.names)
    from_modules = (f"from {module} import {', '.join(sorted(names[module]))}" for module in sorted(names))
    return "\n".join([*sorted(modules), *from_modules])


def _own_source(network: str) -> str:
    """The classes of the own layers that `network`, a piece of source, calls."""
    used = [source for name, source in _own_layers().items() if f"= {name}(" in network]
    return "".join(f"{source}\n\n\n" for source in used)


def _start(config) -> str:
    """What sets weights before training, if the network begins with more than chance."""
    functions = architectures.starts(config)
    if not functions:
        return ""
    sources = "".join(f"\n\n{_source_with_helpers(function)}" for function in functions)
    calls = "".join(f"{function.__name__}(model, training_batches)\n" for function in functions)
    return f"{sources}{_BATCHES}{calls}"


def _source_with_helpers(function) -> str:
    """The source of `function` behind that of the private functions of its module that it calls."""
    module = inspect.getmodule(function)
    helpers = [
        getattr(module, name)
        for name in function.__code__.co_names
        if name.startswith("_") and hasattr(module, name)
    ]
    return "\n\n".join(inspect.getsource(one) for one in (*helpers, function))


def _schedule(config) -> str:
    """The line that sets `learning_rate`: a number, or a curve over all batches."""
    if config.learning_rate_schedule == "constant":
        return f"learning_rate = {config.learning_rate}"
    steps = f"steps = {config.epochs} * math.ceil(len(training) / {config.batch_size})  # all batches of all epochs\n"
    if config.learning_rate_schedule == "cosine":
        return f"{steps}learning_rate = keras.optimizers.schedules.CosineDecay({config.learning_rate}, decay_steps=steps)"
    return f"{steps}{_ONE_CYCLE.format(rate=config.learning_rate)}"


def _loss(config) -> str:
    if not config.label_smoothing:
        return '"binary_crossentropy"'
    return f"keras.losses.BinaryCrossentropy(label_smoothing={config.label_smoothing})"


def _keep_best(config) -> str:
    """The callback: the best epoch's weights always, early stopping if the run has patience."""
    said = f"# Early stopping: after {config.patience} epochs without a better validation loss."
    if not config.patience:
        said = "# No early stopping, for there are no more epochs than patience: this only keeps the best epoch's weights."
    stopping = f'monitor="val_loss", patience={config.patience or config.epochs}, restore_best_weights=True'
    return f"{said}\nkeep_best = keras.callbacks.EarlyStopping({stopping})"


class _Tensor:
    """A variable of the script; `name` is settled when all calls are known."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self):
        return self.name


@dataclass
class _Layer:
    """A layer as source text; every call of it is kept by its recorder. Inside another layer it stands for
    its text.
    """

    source: str
    calls: list
    name: str = ""  # set if it is called more than once, so that it must be a variable

    def __call__(self, *arguments, **options):
        self.calls.append(_Call(self, arguments, options, _Tensor("x")))
        return self.calls[-1].output

    def __repr__(self):
        return self.name or self.source


@dataclass
class _Call:
    layer: _Layer
    arguments: tuple
    options: dict
    output: _Tensor


@dataclass
class Recorder:
    """Stands in for keras.layers: whatever is called on it becomes lines of source."""

    calls: list = field(default_factory=list)

    def __getattr__(self, type: str) -> Callable:
        if type.startswith("_"):
            raise AttributeError(type)
        written = type if type in _own_layers() else f"layers.{type}"
        return lambda *arguments, **options: _Layer(
            f"{written}{_called_with(arguments, options)}", self.calls
        )

    def lines(self, inputs: _Tensor) -> list[str]:
        """One line a call. In a chain every result is `x`; else results are x1, x2 and so on, and shared
        layers get names.
        """
        if not self._is_chain(inputs):
            for number, call in enumerate(self.calls, 1):
                call.output.name = f"x{number}"
        found = []
        for call in self.calls:
            layer, times = call.layer, sum(other.layer is call.layer for other in self.calls)
            if times > 1 and not layer.name:
                name = f"layer{1 + len({id(other.layer) for other in self.calls if other.layer.name})}"
                found.append(f"{name} = {layer.source}")
                layer.name = name
            found.append(f"{call.output} = {layer}{_called_with(call.arguments, call.options)}")
        return found

    def _is_chain(self, inputs) -> bool:
        """Whether each layer is called on the result of the one before and on nothing else."""
        previous = [inputs, *(call.output for call in self.calls)]
        pairs = zip(self.calls, previous, strict=False)
        return all(
            len(call.arguments) == 1 and call.arguments[0] is tensor and not call.options
            for call, tensor in pairs
        )


def _called_with(arguments, options) -> str:
    """Arguments as Python writes them, text in double quotes; tensors and layers write themselves."""
    written = [*map(_written, arguments), *(f"{name}={_written(value)}" for name, value in options.items())]
    return f"({', '.join(written)})"


def _written(value) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)
