"""Stand-ins for Keras's layers and optimizers that train faster on CPU cores. Called by the worker.

Weights, random masks and results are those of Keras's layers: the same checkpoint fits both. TensorFlow only;
on another backend or on a GPU, Keras's own computation stays.
"""

from functools import partial

import keras
import numpy as np
from keras import ops

from imdb_core.architectures.keras_layers import namespace


def layers_for(device: str, threads: int, batching: str):
    """The namespace of layers to build a network with: Keras's own computation, or the faster one where it
    applies.

    Batching "padded" promises the tutorial's exact procedure, so that keeps Keras's own layers.
    """
    if not _applies(device, batching):
        return namespace()
    faster = Embedding, Conv1D, MaxPooling1D, LSTM, GRU
    return namespace(**{layer.__name__: partial(layer, threads=threads) for layer in faster})


def optimizers_for(device: str, batching: str) -> dict:
    """The optimizers, by their names in a config, that are faster than Keras's where the layers are."""
    if not _applies(device, batching):
        return {}
    from imdb_core.training.fast import optimizers  # imports TensorFlow

    return {"adam": optimizers.Adam, "adamw": optimizers.AdamW}


def _applies(device, batching):
    return device == "cpu" and batching != "padded" and keras.backend.backend() == "tensorflow"


class _Copied:
    """A recurrent layer that Bidirectional can make a second one of, which reads backwards."""

    def get_config(self):
        return {**super().get_config(), "threads": self._threads}


@keras.saving.register_keras_serializable("imdb_core")  # for Bidirectional, too
class LSTM(_Copied, keras.layers.LSTM):
    """keras.layers.LSTM whose loop over the words is compiled code on `threads` cores."""

    def __init__(self, *arguments, threads: int, **options):
        from imdb_core.training.fast.lstm import Lstm  # Numba is slow to import; on a GPU nobody needs it

        super().__init__(*arguments, **options)
        self._threads, self._computation = threads, Lstm(threads)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Keras's seam between the layer and its loop; the initial state is always zero here."""
        cell = self.cell
        masks = ops.zeros((0, ops.shape(sequences)[0], sequences.shape[-1] + self.units))
        if training and self.recurrent_dropout:
            inputs, outputs = (
                cell.get_dropout_mask(sequences[:, 0]),
                cell.get_recurrent_dropout_mask(initial_state[0]),
            )
            inputs = inputs or [ops.ones_like(sequences[:, 0])] * 4
            masks = ops.concatenate([ops.stack(inputs), ops.stack(outputs)], axis=2)
        elif training and self.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), 1)
        weights = ops.concatenate([cell.kernel, cell.recurrent_kernel], axis=0)
        last, outputs = _outputs(self, sequences, (weights, cell.bias), (masks,), training)
        return last, outputs, [last, last]


@keras.saving.register_keras_serializable("imdb_core")
class GRU(_Copied, keras.layers.GRU):
    """keras.layers.GRU whose loop over the words is compiled code on `threads` cores.

    With recurrent dropout or without `reset_after` the loop stays Keras's own: no network uses them.
    """

    def __init__(self, *arguments, threads: int, **options):
        from imdb_core.training.fast.gru import Gru

        super().__init__(*arguments, **options)
        self._threads, self._computation = threads, Gru(threads)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """As that of LSTM."""
        cell = self.cell
        if not self.reset_after or (training and self.recurrent_dropout):
            return super().inner_loop(sequences, initial_state, mask, training)
        if training and self.dropout:
            sequences = sequences * ops.expand_dims(cell.get_dropout_mask(sequences[:, 0]), 1)
        last, outputs = _outputs(
            self, sequences, (cell.kernel, cell.recurrent_kernel, cell.bias), (), training
        )
        return last, outputs, [last]


class Embedding(keras.layers.Embedding):
    """keras.layers.Embedding whose output tells the layer behind it which words were looked up."""

    def __init__(self, *arguments, threads: int, **options):
        super().__init__(*arguments, **options)

    def call(self, inputs):
        output = super().call(inputs)
        output.looked_up = inputs, self.embeddings
        return output


class Conv1D(keras.layers.Conv1D):
    """keras.layers.Conv1D, computed review by review on `threads` cores; padding "same" only, as Keras's
    default is not.

    Its output tells the layer behind it which phrases of looked-up words it consists of.
    """

    def __init__(self, *arguments, threads: int, padding: str, **options):
        from imdb_core.training.fast.convolution import Convolution

        super().__init__(*arguments, padding=padding, **options)
        self._computation = Convolution(threads)

    def call(self, inputs, training=False):
        learned, shape = (inputs, self.kernel, self.bias), (*inputs.shape[:2], self.filters)
        relu = self.activation is keras.activations.relu
        output = _computed(self._computation, learned, learned, shape, training, relu=relu)
        if relu and hasattr(inputs, "looked_up"):
            output.phrases = (*inputs.looked_up, self.kernel, self.bias), learned
        return output if relu else self.activation(output)


class MaxPooling1D(keras.layers.MaxPooling1D):
    """keras.layers.MaxPooling1D; where what it gets are phrases, it computes them itself, and only the
    strongest of them.

    TensorFlow then leaves out the convolution, whose output nobody asks for. Pool size alone: Keras's other
    defaults stay.
    """

    def __init__(self, pool_size: int, *, threads: int):
        from imdb_core.training.fast.phrases import Phrases

        super().__init__(pool_size)
        self._pool, self._computation = pool_size, Phrases(threads)

    def call(self, inputs, training=False):
        if not hasattr(inputs, "phrases"):
            return super().call(inputs)
        reviews, words, filters = inputs.shape
        return _computed(
            self._computation,
            *inputs.phrases,
            (reviews, words and words // self._pool, filters),
            training,
            pool=self._pool,
        )


def _outputs(layer, sequences, weights, constants, training):
    """(last output, all outputs or only the last, by word) of a recurrent layer's computation."""
    if layer.go_backwards:
        sequences = ops.flip(sequences, axis=1)
    shape = (*sequences.shape[: 1 + layer.return_sequences], layer.units)
    learned, options = (sequences, *weights), {"sequences": layer.return_sequences}
    output = _computed(layer._computation, (*learned, *constants), learned, shape, training, **options)
    return (output[:, -1], output) if layer.return_sequences else (output, ops.expand_dims(output, 1))


def _computed(computation, inputs, learned, shape, training, **options):
    """A tensor of `shape`: computation.forward of `inputs`; its backward gives the gradients of the tensors
    `learned`.
    """
    import tensorflow as tf  # this computation exists for TensorFlow alone

    read = [tf.convert_to_tensor(one) for one in inputs]

    def forward(*arrays):
        return computation.forward(*map(np.ascontiguousarray, arrays), keep=bool(training), **options)

    def backward(array):
        return computation.backward(np.ascontiguousarray(array))

    @tf.custom_gradient
    def compute(*learned):
        output = tf.numpy_function(
            forward, read, tf.float32, stateful=False
        )  # left out where nobody asks for the output
        output.set_shape(shape)

        def gradients(d_output):
            with tf.control_dependencies([output]):  # what the backward pass needs is kept, not passed on
                found = tf.numpy_function(backward, (d_output,), [tf.float32] * len(learned))
            for gradient, value in zip(found, learned, strict=True):
                gradient.set_shape(value.shape)
            return found

        return output, gradients

    return compute(*map(tf.convert_to_tensor, learned))
