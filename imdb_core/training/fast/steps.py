"""The training step of a TensorFlow model, traced once for batches of any size and width. Called by the worker.

Keras traces a step for the first shape, again for the second and the third, and first of all once more to find out which
variables there are. All that takes as long as hundreds of steps of a small network.
"""

import keras


def trace_once(model) -> None:
    """Let `train_on_batch` of the compiled `model` trace its step a single time; the numbers stay the same.

    The metrics begin anew inside the step: from outside, that is four small assignments more, up to a tenth of a small step.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf  # no other backend traces like this

    def step(words, labels):
        model.reset_metrics()
        measured = model.train_step((words, labels))
        return [measured["loss"], measured["accuracy"]]

    shapes = [tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 1), tf.float32)]
    traced = tf.function(step, input_signature=shapes, autograph=False)
    _create_variables(model)
    model.train_on_batch = lambda words, labels: [float(number) for number in traced(words, labels)]


def _create_variables(model) -> None:
    """Those of optimizer and metrics, which otherwise come into being inside the first step and make it be traced again."""
    model.optimizer.build(model.trainable_variables)
    label = keras.ops.zeros((1, 1))
    model.compute_metrics(None, label, label)
