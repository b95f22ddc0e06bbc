"""Replacements for Keras's layers and optimizers that train faster on CPU cores. Called by network.

Weights, dropout masks and results are those of Keras's layers, so both read the same checkpoints. Only with
TensorFlow on a CPU; elsewhere Keras's own computation is used.
"""

from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import ops

from imdb_core.architectures.keras_layers import namespace


def layers_for(device: str, threads: int, batching: str) -> SimpleNamespace:
    """The namespace of layers to build a network with: the faster layers where they apply, else Keras's.

    Batching "padded" promises the tutorial's exact procedure, so it keeps Keras's own layers.
    """
    if not _applies(device, batching):
        return namespace()
    faster = Embedding, Conv1D, MaxPooling1D, LSTM, GRU, SimpleRNN
    return namespace(**{layer.__name__: partial(layer, threads=threads) for layer in faster})


def optimizers_for(device: str, batching: str) -> dict[str, Any]:
    """The faster optimizers by their names in a config; empty where Keras's own optimizers are used."""
    if not _applies(device, batching):
        return {}
    from imdb_core.training.fast import optimizers  # imports TensorFlow

    return {"adam": optimizers.Adam, "adamw": optimizers.AdamW}


def _applies(device: str, batching: str) -> bool:
    return bool(device == "cpu" and batching != "padded" and keras.backend.backend() == "tensorflow")


class _Copyable(keras.layers.Layer):
    """A layer whose config holds `threads`: Bidirectional makes its backward layer from the config."""

    _threads: int

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "threads": self._threads}


@keras.saving.register_keras_serializable("imdb_core")  # Bidirectional looks the class up by its name
class LSTM(_Copyable, keras.layers.LSTM):
    """keras.layers.LSTM whose loop over the words is compiled code on `threads` cores."""

    def __init__(self, *arguments: Any, threads: int, **options: Any):
        from imdb_core.training.fast.lstm import Lstm  # imports Numba, which is slow and not needed on a GPU

        super().__init__(*arguments, **options)
        self._threads, self._computation = threads, Lstm(threads)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words; the initial state is always zero in this app."""
        cell = self.cell
        masks = ops.zeros((0, ops.shape(sequences)[0], sequences.shape[-1] + self.units))
        if training and self.recurrent_dropout:
            inputs = cell.get_dropout_mask(sequences[:, 0]) or [ops.ones_like(sequences[:, 0])] * 4
            outputs = cell.get_recurrent_dropout_mask(initial_state[0])
            masks = ops.concatenate([ops.stack(inputs), ops.stack(outputs)], axis=2)
        elif training and self.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), 1)
        weights = ops.concatenate([cell.kernel, cell.recurrent_kernel], axis=0)
        last, outputs = _outputs(self, sequences, (weights, cell.bias), (masks,), training=training)
        return last, outputs, [last, last]


@keras.saving.register_keras_serializable("imdb_core")
class GRU(_Copyable, keras.layers.GRU):
    """keras.layers.GRU whose loop over the words is compiled code on `threads` cores.

    With recurrent dropout or without `reset_after` the loop stays Keras's own: no network uses them.
    """

    def __init__(self, *arguments: Any, threads: int, **options: Any):
        from imdb_core.training.fast.gru import Gru

        super().__init__(*arguments, **options)
        self._threads, self._computation = threads, Gru(threads)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words; the initial state is always zero in this app."""
        cell = self.cell
        if not self.reset_after or (training and self.recurrent_dropout):
            return super().inner_loop(sequences, initial_state, mask, training)
        if training and self.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), 1)
        weights = cell.kernel, cell.recurrent_kernel, cell.bias
        last, outputs = _outputs(self, sequences, weights, (), training=training)
        return last, outputs, [last]


class SimpleRNN(_Copyable, keras.layers.SimpleRNN):
    """keras.layers.SimpleRNN whose loop over the words is compiled code on `threads` cores.

    With other options than units the loop stays Keras's own: no network uses them.
    """

    def __init__(self, units: int, *, threads: int, **options: Any):
        from imdb_core.training.fast.simple_rnn import SimpleRnn

        super().__init__(units, **options)
        self._threads, self._computation = threads, SimpleRnn(threads)
        self._is_plain = not set(options) - {"return_sequences", "name", "dtype"}

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words; the initial state is always zero in this app."""
        if not self._is_plain:
            return super().inner_loop(sequences, initial_state, mask, training)
        weights = self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias
        last, outputs = _outputs(self, sequences, weights, (), training=training)
        return last, outputs, [last]


class Embedding(keras.layers.Embedding):
    """keras.layers.Embedding whose output carries its words and table, for the layers after it."""

    def __init__(self, *arguments: Any, threads: int, **options: Any):
        super().__init__(*arguments, **options)

    def call(self, inputs: Any) -> Any:
        output = super().call(inputs)
        output.looked_up = inputs, self.embeddings
        return output


class Conv1D(keras.layers.Conv1D):
    """keras.layers.Conv1D, computed review by review on `threads` cores, with padding "same" only.

    After an Embedding, its output carries the words, the table and the kernel, for MaxPooling1D.
    """

    def __init__(self, *arguments: Any, threads: int, padding: str, **options: Any):
        from imdb_core.training.fast.convolution import Convolution

        super().__init__(*arguments, padding=padding, **options)
        self._computation = Convolution(threads)

    def call(self, inputs: Any, training: bool = False) -> Any:
        learned, shape = (inputs, self.kernel, self.bias), (*inputs.shape[:2], self.filters)
        relu = self.activation is keras.activations.relu
        output = _computed(self._computation, learned, learned, shape, training=training, relu=relu)
        if relu and hasattr(inputs, "looked_up"):
            output.phrases = (*inputs.looked_up, self.kernel, self.bias), learned
        return output if relu else self.activation(output)


class MaxPooling1D(keras.layers.MaxPooling1D):
    """keras.layers.MaxPooling1D; after Embedding and Conv1D it computes all three layers in one (Phrases).

    TensorFlow then skips the convolution's own output, which nobody reads. Only the pool size can be chosen.
    """

    def __init__(self, pool_size: int, *, threads: int):
        from imdb_core.training.fast.phrases import Phrases

        super().__init__(pool_size)
        self._pool, self._computation = pool_size, Phrases(threads)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not hasattr(inputs, "phrases"):
            return super().call(inputs)
        read, learned = inputs.phrases
        reviews, words, filters = inputs.shape
        shape = reviews, words and words // self._pool, filters
        return _computed(self._computation, read, learned, shape, training=training, pool=self._pool)


def _outputs(
    layer: Any, sequences: Any, weights: tuple[Any, ...], constants: tuple[Any, ...], *, training: bool
) -> tuple[Any, Any]:
    """(last output, outputs by word: all or only the last) of a recurrent layer's computation."""
    if layer.go_backwards:
        sequences = ops.flip(sequences, axis=1)
    shape = (*sequences.shape[: 1 + layer.return_sequences], layer.units)
    learned, options = (sequences, *weights), {"sequences": layer.return_sequences}
    read = (*learned, *constants)
    output = _computed(layer._computation, read, learned, shape, training=training, **options)
    return (output[:, -1], output) if layer.return_sequences else (output, ops.expand_dims(output, 1))


def _computed(
    computation: Any,
    read: Sequence[Any],
    learned: Sequence[Any],
    shape: tuple[int | None, ...],
    *,
    training: bool,
    **options: Any,
) -> Any:
    """A tensor of `shape`, the result of computation.forward on the tensors `read`.

    Its gradients for the tensors `learned` come from computation.backward.
    """
    import tensorflow as tf  # _applies() has checked that TensorFlow is the backend

    inputs = [tf.convert_to_tensor(tensor) for tensor in read]

    def forward(*arrays: Any) -> Any:
        return computation.forward(*map(np.ascontiguousarray, arrays), keep=bool(training), **options)

    def backward(array: Any) -> Any:
        return computation.backward(np.ascontiguousarray(array))

    @tf.custom_gradient
    def compute(*learned: Any) -> tuple[Any, Any]:
        # stateful=False: TensorFlow leaves the call out if no operation reads its output.
        output = tf.numpy_function(forward, inputs, tf.float32, stateful=False)
        output.set_shape(shape)

        def gradients(d_output: Any) -> Any:
            # backward() reads arrays that forward() kept, so forward() must have run.
            with tf.control_dependencies([output]):
                results = tf.numpy_function(backward, (d_output,), [tf.float32] * len(learned))
            for gradient, value in zip(results, learned, strict=True):
                gradient.set_shape(value.shape)
            return results

        return output, gradients

    return compute(*map(tf.convert_to_tensor, learned))
