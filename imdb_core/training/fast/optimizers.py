"""Keras's Adam and AdamW in few operations, on CPU cores with TensorFlow. Called by layers.

The numbers are Keras's, except for rounding. The gradient of an embedding comes as rows, one for each word of
the batch. Clipping and Adam need the sum of each word's rows and the sum of their squares: TensorFlow goes
through the rows three times, compiled code once. The update of a weight is one operation instead of fifteen,
which also makes the training step quicker to trace.
"""

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf  # layers.py imports this module only with the backend TensorFlow

from imdb_core.training.fast.row_sums import row_sums

_APPLY_ADAM = ("var", "m", "v", "beta1_power", "beta2_power", "lr", "beta1", "beta2", "epsilon", "grad")


class _FewOperations:
    """Overrides two methods of a Keras optimizer: one for all gradients together, one for each weight."""

    if TYPE_CHECKING:  # the attributes of keras.optimizers.Adam that the methods below use

        def __getattr__(self, name: str) -> Any: ...

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        if not self.global_clipnorm:
            return grads
        summed = [
            _summed(grad) if isinstance(grad, tf.IndexedSlices) else (grad, tf.square(grad)) for grad in grads
        ]
        norm = tf.sqrt(tf.add_n([tf.reduce_sum(squares) for _, squares in summed]))
        nan_or_zero = norm - norm  # NaN for a norm that is NaN or infinite, and then the scale must be NaN
        scale = self.global_clipnorm * tf.minimum(1 / norm, 1 / self.global_clipnorm) + nan_or_zero
        return [total * scale for total, _ in summed]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Adam's step (Kingma & Ba 2015, "Adam", the form at the end of section 2)."""
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
            arguments = (*weights, *powers, *numbers, gradient)
            tf.raw_ops.ResourceApplyAdam(**dict(zip(_APPLY_ADAM, arguments, strict=True)))


class Adam(_FewOperations, keras.optimizers.Adam):
    """keras.optimizers.Adam; it clips only by the global norm."""


class AdamW(_FewOperations, keras.optimizers.AdamW):
    """keras.optimizers.AdamW; it clips only by the global norm."""


def _summed(gradient: Any) -> list[Any]:
    """Dense [sum, sum of squares] of the rows of each word."""
    inputs = gradient.indices, gradient.values, gradient.dense_shape
    sums = tf.numpy_function(row_sums, inputs, [tf.float32] * 2)
    return [tf.reshape(tensor, gradient.dense_shape) for tensor in sums]
