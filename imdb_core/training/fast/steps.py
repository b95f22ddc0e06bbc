"""The training step of a TensorFlow model, traced once for batches of any size and width. Called by the worker.

Keras traces a step for the first shape, again for the second and the third, and first of all once more to find out which
variables there are. All that takes as long as hundreds of steps of a small network.
"""

import keras


def trace_once(model) -> None:
    """Let `train_on_batch` of the compiled `model` trace its step a single time; what it computes stays the same."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf  # no other backend traces like this

    shapes = [tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 1), tf.float32)]
    step = tf.function(lambda *batch: model.train_step(batch), input_signature=shapes, autograph=False)
    _create_variables(model)
    model.train_function = lambda batches: step(*next(batches)[:2])  # Keras's place for it; a batch ends with sample weights


def _create_variables(model) -> None:
    """Those of optimizer and metrics, which otherwise come into being inside the first step and make it be traced again."""
    model.optimizer.build(model.trainable_variables)
    label = keras.ops.zeros((1, 1))
    model.compute_metrics(None, label, label)
    model.reset_metrics()
