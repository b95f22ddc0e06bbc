"""The training step of a model without what Keras does around it; the numbers stay the same. Called by the
worker.
"""

import keras


def lean(model) -> None:
    """Let `train_on_batch` of the compiled `model` do a step and little more, where there is a way for
    Keras's backend.

    The metrics begin anew inside the step: from outside, that is four small assignments more, up to a tenth
    of a small step.
    """
    make = {"tensorflow": _traced_once, "jax": _jitted}.get(keras.backend.backend())
    if make:
        _create_variables(model)
        model.train_on_batch = make(model)


def _traced_once(model):
    """One trace for batches of any size and width.

    Keras traces a step for the first shape, again for the second and the third, and first of all once more to
    find out which variables there are. All that takes as long as hundreds of steps of a small network.
    """
    import tensorflow as tf  # no other backend traces like this

    def step(words, labels):
        model.reset_metrics()
        measured = model.train_step((words, labels))
        return [measured["loss"], measured["accuracy"]]

    shapes = [tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, 1), tf.float32)]
    traced = tf.function(step, input_signature=shapes, autograph=False)
    return lambda words, labels: [float(number) for number in traced(words, labels)]


def _jitted(model):
    """Loss and accuracy come back as one array, and the batch goes to the device once.

    Keras sends it twice, and resets and reads each metric by itself: on a GPU each of these is a wait of its
    own.
    """
    import jax

    variables = model.trainable_variables, model.non_trainable_variables, model.optimizer.variables

    def step(state, words, labels):
        metrics = [jax.numpy.zeros(variable.shape, variable.dtype) for variable in model.metrics_variables]
        measured, (*state, _) = model.train_step((*state, metrics), (words, labels))
        return jax.numpy.stack([measured["loss"], measured["accuracy"]]), state

    jitted = jax.jit(step, donate_argnums=0)

    def train_on_batch(words, labels):
        measured, state = jitted([[variable.value for variable in kind] for kind in variables], words, labels)
        for kind, values in zip(variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)
        return [float(number) for number in measured.__array__()]

    return train_on_batch


def _create_variables(model) -> None:
    """Those of optimizer and metrics, which otherwise come into being inside the first step."""
    model.optimizer.build(model.trainable_variables)
    label = keras.ops.zeros((1, 1))
    model.compute_metrics(None, label, label)
