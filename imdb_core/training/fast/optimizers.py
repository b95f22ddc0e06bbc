"""Keras's Adam and AdamW in few operations, on CPU cores with TensorFlow; the numbers are Keras's but for
rounding.

The gradient of an embedding comes as rows, one for each word of the batch. Clipping and Adam need the sum of
each word's rows and the sum of their squares: TensorFlow goes through the rows three times for that, compiled
code once. And a weight's step is one operation instead of fifteen, which also makes the step's trace short.
Called by the worker.
"""

import keras
import numpy as np
import tensorflow as tf  # these optimizers exist for TensorFlow alone

from imdb_core.training.compiled_caches import compiled

_APPLY_ADAM = ("var", "m", "v", "beta1_power", "beta2_power", "lr", "beta1", "beta2", "epsilon", "grad")


class _FewOperations:
    """Two of Keras's seams: what it does with all gradients, and then for each weight."""

    def _clip_gradients(self, grads):
        if not self.global_clipnorm:
            return grads
        summed = [
            _summed(grad) if isinstance(grad, tf.IndexedSlices) else (grad, tf.square(grad)) for grad in grads
        ]
        norm = tf.sqrt(tf.add_n([tf.reduce_sum(squares) for _, squares in summed]))
        scale = self.global_clipnorm * tf.minimum(1 / norm, 1 / self.global_clipnorm) + (
            norm - norm
        )  # NaN stays NaN
        return [total * scale for total, _ in summed]

    def update_step(self, gradient, variable, learning_rate):
        index, step = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
        momentum, velocity = self._momentums[index].value, self._velocities[index].value
        power_1, power_2 = tf.pow(self.beta_1, step), tf.pow(self.beta_2, step)
        if isinstance(gradient, tf.IndexedSlices):
            total, squares = _summed(gradient)
            momentum.assign_add((total - momentum) * (1 - self.beta_1))
            velocity.assign_add((squares - velocity) * (1 - self.beta_2))
            rate = learning_rate * tf.sqrt(1 - power_2) / (1 - power_1)
            variable.assign_sub(momentum * rate / (tf.sqrt(velocity) + self.epsilon))
        else:
            weights, powers = (variable.handle, momentum.handle, velocity.handle), (power_1, power_2)
            numbers = (learning_rate, self.beta_1, self.beta_2, self.epsilon)
            tf.raw_ops.ResourceApplyAdam(
                **dict(zip(_APPLY_ADAM, (*weights, *powers, *numbers, gradient), strict=True))
            )


class Adam(_FewOperations, keras.optimizers.Adam):
    """keras.optimizers.Adam, clipping by the global norm or not at all."""


class AdamW(_FewOperations, keras.optimizers.AdamW):
    """keras.optimizers.AdamW, clipping by the global norm or not at all."""


def _summed(gradient):
    """Dense (sum, sum of squares) of the rows of each word."""
    inputs = gradient.indices, gradient.values, gradient.dense_shape
    return [
        tf.reshape(one, gradient.dense_shape) for one in tf.numpy_function(_sums, inputs, [tf.float32] * 2)
    ]


def _sums(indices, rows, shape):
    total, squares = np.zeros((2, *shape), np.float32)
    _add_up(indices, rows, total, squares)
    return total, squares


@compiled
def _add_up(indices, rows, total, squares):
    for i in range(len(indices)):
        word = indices[i]
        for k in range(rows.shape[1]):
            total[word, k] += rows[i, k]
            squares[word, k] += rows[i, k] * rows[i, k]
