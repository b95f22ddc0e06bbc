"""Layers for the conversion to ONNX: recurrent ones that it recognises, and short tables. Called by export.

They need TensorFlow. Keras's own GRU and SimpleRNN would become a loop with a dozen operations for each word:
scoring would be ten times slower, and the checks of a model allow no loop. tf2onnx recognises no recurrent
layer without gates. So a SimpleRNN is written as a GRU whose three parts have the same weights, and
without_gates() then makes it an RNN.
"""

from typing import Any

import keras
import tensorflow as tf

from imdb_core.architectures import keras_layers


@keras.saving.register_keras_serializable("imdb_core.onnx")  # Bidirectional looks the class up by its name
class GRU(keras.layers.GRU):
    """keras.layers.GRU of default options, in the form of tf2onnx's `keras_gru_pattern`."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words. The pattern needs the bias split before the loop."""
        cell, backwards = self.cell, self.go_backwards
        return _gru(sequences, initial_state, (cell.kernel, cell.recurrent_kernel, cell.bias), backwards)


class SimpleRNN(keras.layers.SimpleRNN):
    """keras.layers.SimpleRNN of default options as a GRU; only without_gates() makes it right again."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words."""
        cell = self.cell
        kernels = [tf.concat([each] * 3, 1) for each in (cell.kernel, cell.recurrent_kernel)]
        bias = tf.concat([cell.bias] * 3, 0)
        return _gru(sequences, initial_state, (*kernels, tf.stack([bias, tf.zeros_like(bias)])), False)


def with_rows(rows: int) -> dict[str, type]:
    """Layers whose tables have at most `rows` rows, by the names of the layers that they replace."""

    class Short(keras.layers.Layer):
        def add_weight(self, shape: Any = None, **options: Any) -> Any:
            return super().add_weight((min(shape[0], rows), *shape[1:]), **options)

    class Embedding(Short, keras.layers.Embedding):
        pass

    class NGrams(Short, keras_layers.NGrams):
        pass

    return {"Embedding": Embedding, "NGrams": NGrams}


def _gru(sequences: Any, initial_state: Any, weights: tuple[Any, Any, Any], backwards: bool) -> Any:
    kernel, recurrent_kernel, biases = map(tf.convert_to_tensor, weights)
    bias, recurrent_bias = tf.unstack(biases)

    def step(state: Any, words: Any) -> Any:
        x_z, x_r, x_h = tf.split(tf.nn.bias_add(words @ kernel, bias), 3, axis=1)
        h_z, h_r, h_h = tf.split(tf.nn.bias_add(state @ recurrent_kernel, recurrent_bias), 3, axis=1)
        z, r = tf.sigmoid(x_z + h_z), tf.sigmoid(x_r + h_r)
        return z * state + (1 - z) * tf.tanh(x_h + r * h_h)

    by_word = tf.transpose(sequences, (1, 0, 2))
    by_word = tf.reverse(by_word, [0]) if backwards else by_word
    output = tf.transpose(tf.scan(step, by_word, initial_state[0]), (1, 0, 2))
    return output[:, -1], output, [output[:, -1]]


def without_gates(content: bytes) -> bytes:
    """The ONNX file with each GRU replaced by an RNN that has the weights of the GRU's candidate.

    ONNX orders the parts of a GRU as update, reset, candidate; its bias holds three for the input, then three
    for the memory. The RNN computes memory = tanh(W x + b + R memory).
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.ModelProto.FromString(content)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "GRU":
            for name, parts in zip(node.input[1:4], (3, 3, 6), strict=True):
                array = numpy_helper.to_array(constants[name])
                pieces = array.reshape(array.shape[0], parts, -1, *array.shape[2:])[:, 2::3]
                kept = pieces.reshape(array.shape[0], -1, *array.shape[2:])
                constants[name].CopyFrom(numpy_helper.from_array(kept, name))
            node.op_type = "RNN"
            kept_attributes = [each for each in node.attribute if each.name in ("direction", "hidden_size")]
            del node.attribute[:]
            node.attribute.extend(kept_attributes)
    plain: bytes = model.SerializeToString()
    return plain
