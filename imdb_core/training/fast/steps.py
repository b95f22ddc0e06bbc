"""A training step with less overhead than Keras's own; the numbers stay the same. Called by network."""

from collections.abc import Callable
from typing import Any

import keras

TrainOnBatch = Callable[..., list[float]]  # (words, targets[, weights of the reviews]) -> [loss, accuracy]


def replace_train_step(model: Any) -> None:
    """Replace `train_on_batch` of the compiled `model` by a faster one; on PyTorch it stays as it is.

    The replacement resets the metrics inside the step. Outside, the four assignments would take up to a tenth
    of the time of a small step.
    """
    make = {"tensorflow": _traced_once, "jax": _jitted}.get(keras.backend.backend())
    if make:
        _create_variables(model)
        model.train_on_batch = make(model)


def _traced_once(model: Any) -> TrainOnBatch:
    """For TensorFlow: one trace for batches of any size and width.

    Keras traces a step once to find out which variables there are, and again for each of the first three
    shapes. These traces take as long as hundreds of steps of a small network.
    """
    import tensorflow as tf  # slow to import; other backends do not need it

    def step(*batch: Any) -> list[Any]:
        model.reset_metrics()
        measured = model.train_step(batch)
        return [measured["loss"], measured["accuracy"]]

    shapes = [tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, model.output.shape[1]), tf.float32)]
    weights = tf.TensorSpec((None,), tf.float32)
    traced = {
        len(signature): tf.function(step, input_signature=signature, autograph=False)
        for signature in (shapes, [*shapes, weights])
    }
    return lambda *batch: [float(number) for number in traced[len(batch)](*batch)]


def _jitted(model: Any) -> TrainOnBatch:
    """For JAX: the batch goes to the device once, and loss and accuracy come back as one array.

    Keras sends the batch twice, and resets and reads each metric separately; each of them waits for the GPU.
    """
    import jax

    variables = model.trainable_variables, model.non_trainable_variables, model.optimizer.variables

    def step(state: Any, *batch: Any) -> tuple[Any, list[Any]]:
        metrics = [jax.numpy.zeros(variable.shape, variable.dtype) for variable in model.metrics_variables]
        measured, (*state, _) = model.train_step((*state, metrics), batch)
        return jax.numpy.stack([measured["loss"], measured["accuracy"]]), state

    jitted = jax.jit(step, donate_argnums=0)

    def train_on_batch(*batch: Any) -> list[float]:
        measured, state = jitted([[variable.value for variable in kind] for kind in variables], *batch)
        for kind, values in zip(variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)
        return [float(number) for number in measured.__array__()]

    return train_on_batch


def _create_variables(model: Any) -> None:
    """Create the variables of optimizer and metrics, which Keras would create inside the first step."""
    model.optimizer.build(model.trainable_variables)
    target = keras.ops.zeros((1, model.output.shape[1]))
    model.compute_metrics(None, target, target)
