"""Finished runs of small networks with random weights, and Keras's model beside them."""

import functools

import numpy as np

from imdb_core import architectures, initial_weights
from imdb_core.scoring import predictor
from imdb_core.training import checkpoints, export
from tests.class_runs import finished_run, write_network

SIGNS = ("goal", "rain", "vote")
SMALL = {"embedding_size": 4, "filters": 5, "review_length": 24, "ngram_buckets": 5000}


def random_run(name, classes, *, padding=0.0, scale=1.0, **sizes):
    """(predictor, Keras model) of a network; of phrases it knows those that two made-up texts share.

    `padding` is the fixed number of positions without a phrase; trained networks have zero. `scale` is the
    standard deviation of the weights, `sizes` are further hyperparameters.
    """
    run = finished_run(classes, SIGNS, network=name, **SMALL, **sizes)
    content, model = _network(run.config, padding, scale)
    write_network(run.folder, content)
    return predictor.load(run.folder), model


@functools.cache
def _network(config, padding, scale):
    import keras

    keras.utils.set_random_seed(5)
    model = architectures.build(config, regularised=False)
    random = np.random.default_rng(5)
    for layer in model.layers:
        if weights := layer.get_weights():
            weights = [scale * random.normal(size=weight.shape) for weight in weights]
            if not layer.trainable:
                weights[0][0] = padding
            layer.set_weights(weights)
    text = [1, 4, 5, 6, 7, 4, 5, 6, 7, 4]  # goal rain vote the ...
    rows = np.array([[0] * 3 + text, [0] * 2 + [*text, 7]])
    if architectures.has_layer(config, "NGrams"):
        initial_weights.learn_phrases(model, lambda: [(rows, None)])
    return export.converted(config, checkpoints.weights(model)), model
