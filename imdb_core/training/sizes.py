"""Measure the sizes of a network's weights and gradients after an epoch (imdb_core/inside/learning.py).

Called by course, as an extra, and by the command `inside`. The gradients are those of the loss of TEXTS
validation texts, without dropout: the same texts after each epoch. They come from a second model with the
same weights, so that the training model, its random numbers and its optimizer stay untouched.
"""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers, architectures, keras_settings
from imdb_core.config import RunConfig
from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import Reviews
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded
from imdb_core.inside import learning, making
from imdb_core.inside.learning import FARTHEST, Layer, Learning, finite, root_mean_square
from imdb_core.runs import layout
from imdb_core.runs.cores import cpu_cores
from imdb_core.runs.store import Run
from imdb_core.scoring import predictor
from imdb_core.training import checkpoints, device_setup, fit

ANSWER, VECTORS = "answer", "vectors"  # outputs of the second model
TEXTS = 32  # validation texts that the gradients are computed from

Numbers = list[float | None]


class Sizes:
    """Measures one network, epoch after epoch, with its prepared `validation` reviews.

    `device` and `threads` are those of the training: its layers compute the gradients as well.
    """

    def __init__(self, config: RunConfig, validation: Reviews, *, device: str, threads: int):
        self._config, self._validation = config, validation
        self._device, self._threads = device, threads
        self._texts = validation.select(chosen_texts(validation.lengths))
        self._shares: npt.NDArray[np.float32] | None = None
        self._second: Any = None

    def validated(self, shares: npt.NDArray[np.float32]) -> None:
        """Keep the shares (texts, classes) of the validation reviews after the epoch that ends."""
        self._shares = shares

    def keep_epoch(self, folder: Path, model: Any, epoch: int, *, resumed: bool = False) -> None:
        """Write the Learning of an epoch whose model the worker has just written; see making.keep_epoch.

        `resumed`: the epoch ended in an earlier process, which may have written it. Raises OSError.
        """
        if not (folder / layout.epoch_model(epoch)).is_file() or resumed and learning.exists(folder, epoch):
            return
        learning.write(folder, epoch, self.measure(model))

    def measure(self, model: Any) -> Learning:
        """The Learning of the weights that `model` has now. Gradients are measured only with TensorFlow."""
        import keras

        shares, self._shares = self._shares, None
        if shares is None:
            with checkpoints.random_state_kept(model):
                shares = fit.predict(model, self._validation, self._config)
        has_gradients = keras.backend.backend() == "tensorflow"
        sizes, distances = self._gradients(model) if has_gradients else ({}, [])
        return Learning(
            texts=len(self._texts) if has_gradients else 0,
            layers=[
                _layer(name, variable, sizes.get(name))
                for name, variable in checkpoints.variables(model).items()
                if variable.trainable
            ],
            by_distance=distances,
            probabilities=learning.histogram(shares, self._validation.labels),
        )

    def _gradients(self, model: Any) -> tuple[dict[str, float | None], Numbers]:
        """(root mean square of the gradient by the array's name, Learning.by_distance)."""
        import tensorflow as tf

        second, lengths = self._second_model(model), self._texts.lengths
        words = self._texts.padded(np.arange(len(lengths)), int(padded_width(lengths.max(), self._config)))
        names, variables = checkpoints.variables(model), checkpoints.variables(second).values()
        arrays = {
            name: variable.value
            for name, variable in zip(names, variables, strict=True)
            if variable.trainable
        }
        with tf.GradientTape() as tape:
            outputs = second(words, training=True)  # layers that are compiled keep what gradients need
            loss = answers.loss(self._config.classes, self._config.label_smoothing)
            mean = loss(answers.targets(self._texts.labels, self._config.classes), outputs[ANSWER])
        vectors = [outputs[VECTORS]] if VECTORS in outputs else []
        gradients, of_vectors = tape.gradient(mean, (arrays, vectors))
        sizes = {
            name: None if gradient is None else root_mean_square(tf.convert_to_tensor(gradient).numpy())
            for name, gradient in gradients.items()
        }
        # The gradient of a text's own loss: the mean of all losses has a gradient smaller by their number.
        distances = [by_distance(each.numpy() * len(lengths), lengths) for each in of_vectors]
        return sizes, distances[0] if distances else []

    def _second_model(self, model: Any) -> Any:
        """A model with the weights of `model`, without dropout, that also gives the vectors of the words."""
        if self._second is None:
            self._second = _measurable(self._config, self._device, self._threads)
        targets = checkpoints.variables(self._second).values()
        for target, source in zip(targets, checkpoints.variables(model).values(), strict=True):
            target.assign(source)
        return self._second


def can_measure(run: Run) -> bool:
    """Whether keep_best() has what it needs: TensorFlow, and weights. Some networks have only ONNX files."""
    return (run.folder / layout.WEIGHTS).is_file() and bool(importlib.util.find_spec("tensorflow"))


def keep_best(run: Run, texts: making.Texts) -> tuple[int, int]:
    """Write the Learning of the kept epoch of a trained run, from its weights; returns (epoch, bytes).

    Raises ModelError for damaged weights, OSError if the disk refuses.
    """
    path, threads = run.folder / layout.WEIGHTS, cpu_cores()
    device_setup.prepare("cpu", threads)
    keras_settings.load()
    from imdb_core.training.network import trainable_network  # imports Keras, so after its settings

    network = predictor.load(run.folder)
    try:
        arrays = checkpoints.read_arrays(read_bounded(path, checkpoints.LARGEST_FILE, below=run.folder))
    except ValueError as error:
        raise ModelError(f"{path} cannot be used: {error}. Train the run again.") from error
    model = trainable_network(network.config, device="cpu", threads=threads)
    checkpoints.load_weights(model, arrays)
    sizes = Sizes(network.config, texts.validation, device="cpu", threads=threads)
    return network.epoch, learning.write(run.folder, network.epoch, sizes.measure(model))


def chosen_texts(lengths: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The positions of up to TEXTS validation texts, evenly spaced among those of more than FARTHEST words.

    If there are too few of these, the longest ones. So the median at each distance is that of the same texts.
    """
    long = np.flatnonzero(lengths > FARTHEST)
    if len(long) < TEXTS:
        long = np.sort(np.argsort(-lengths, kind="stable")[:TEXTS])
    chosen: npt.NDArray[np.int64] = long[np.linspace(0, len(long) - 1, min(TEXTS, len(long))).astype(int)]
    return chosen


def by_distance(gradients: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> Numbers:
    """Learning.by_distance from the gradients (texts, words, size) of texts that are padded in front.

    `lengths` (texts,) are numbers of words. A place counts only the texts that have a word there.
    """
    norms = np.linalg.norm(gradients.astype(np.float64), axis=2)[:, ::-1]  # (texts, distance)
    distances = min(FARTHEST, norms.shape[1], int(lengths.max()))
    medians = [np.median(norms[lengths > place, place]) for place in range(distances)]
    return [finite(float(median)) for median in medians]


def _measurable(config: RunConfig, device: str, threads: int) -> Any:
    """The network with the outputs ANSWER and, if it has a vector for each word, VECTORS.

    In training mode it answers as it does outside of training: no dropout hides anything.
    """
    import keras

    from imdb_core.training.fast.layers import layers_for

    layers = layers_for(device, threads, config.batching)

    class BranchDropout(layers.BranchDropout):  # type: ignore[name-defined]
        """Drops no branch."""

        def call(self, branches: Any, training: bool = False) -> Any:
            return super().call(branches)

    layers.BranchDropout = BranchDropout
    whole = config.model_copy(update={"word_dropout": 0.0})
    model = architectures.build(whole, regularised=False, layers=layers)
    outputs = {ANSWER: model.output}
    if embedding := architectures.word_embedding(model):
        outputs[VECTORS] = embedding.output
    return keras.Model(model.input, outputs)


def _layer(name: str, variable: Any, gradients: float | None) -> Layer:
    """The sizes of the array `name`, "position-Layer/array"."""
    layer, _, array = name.partition("-")[2].partition("/")
    return Layer(
        layer=layer,
        array=array,
        numbers=int(np.prod(variable.shape)),
        weights=root_mean_square(np.asarray(variable)),
        gradients=gradients,
    )
