"""A GRU in the form that the conversion to ONNX recognises. Called by export; TensorFlow only.

Keras's own GRU would become a loop with a dozen operations for each word: scoring would be ten times slower.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("imdb_core.onnx")  # Bidirectional looks the class up by its name
class GRU(keras.layers.GRU):
    """keras.layers.GRU of default options, in the form of tf2onnx's `keras_gru_pattern`."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Overrides Keras's loop over the words. The pattern needs the bias split before the loop."""
        kernel, recurrent_kernel = map(tf.convert_to_tensor, (self.cell.kernel, self.cell.recurrent_kernel))
        bias, recurrent_bias = tf.unstack(tf.convert_to_tensor(self.cell.bias))

        def step(state: Any, words: Any) -> Any:
            x_z, x_r, x_h = tf.split(tf.nn.bias_add(words @ kernel, bias), 3, axis=1)
            h_z, h_r, h_h = tf.split(tf.nn.bias_add(state @ recurrent_kernel, recurrent_bias), 3, axis=1)
            z, r = tf.sigmoid(x_z + h_z), tf.sigmoid(x_r + h_r)
            return z * state + (1 - z) * tf.tanh(x_h + r * h_h)

        by_word = tf.transpose(sequences, (1, 0, 2))
        by_word = tf.reverse(by_word, [0]) if self.go_backwards else by_word
        output = tf.transpose(tf.scan(step, by_word, initial_state[0]), (1, 0, 2))
        return output[:, -1], output, [output[:, -1]]
