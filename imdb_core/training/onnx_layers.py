"""Layers in the one form that the conversion to ONNX recognises. Called by export; TensorFlow only.

What it does not recognise becomes a loop over the words, of a dozen operations each: ten times slower to
score with.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("imdb_core.onnx")  # for Bidirectional, which makes a second one
class GRU(keras.layers.GRU):
    """keras.layers.GRU of default options, written as tf2onnx's `keras_gru_pattern` wants it; becomes ONNX's
    GRU.
    """

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Keras's seam between the layer and its loop. Keras itself splits the bias inside the loop, which is
        not recognised.
        """
        kernel, recurrent_kernel = map(tf.convert_to_tensor, (self.cell.kernel, self.cell.recurrent_kernel))
        bias, recurrent_bias = tf.unstack(tf.convert_to_tensor(self.cell.bias))

        def step(before, words):
            x_z, x_r, x_h = tf.split(tf.nn.bias_add(words @ kernel, bias), 3, axis=1)
            h_z, h_r, h_h = tf.split(tf.nn.bias_add(before @ recurrent_kernel, recurrent_bias), 3, axis=1)
            z, r = tf.sigmoid(x_z + h_z), tf.sigmoid(x_r + h_r)
            return z * before + (1 - z) * tf.tanh(x_h + r * h_h)

        by_word = tf.transpose(sequences, (1, 0, 2))
        by_word = tf.reverse(by_word, [0]) if self.go_backwards else by_word
        output = tf.transpose(tf.scan(step, by_word, initial_state[0]), (1, 0, 2))
        return output[:, -1], output, [output[:, -1]]
