"""Reviews, networks and trainings for the tests of the training loop."""

from dataclasses import dataclass, field

import numpy as np

from imdb_core import architectures
from imdb_core.data.reviews import Reviews
from imdb_core.training import fit

# Words in each of 80 reviews.
LENGTHS = [1, 2, 3, 5, 8, 13, 15, 16, 17, 21, 31, 32, 33, 34, 39, 40] * 5


def reviews_of_all_lengths() -> Reviews:
    """80 reviews of 1 to 40 words; the last word's id is the review's number + 10, which identifies it."""
    lists = [[1] * (length - 1) + [number + 10] for number, length in enumerate(LENGTHS)]
    return Reviews.from_lists(lists, [number % 2 for number in range(len(lists))])


def short_reviews() -> Reviews:
    """80 reviews of 12 words: batches have one width, so that Keras compiles a network once."""
    words = np.random.default_rng(5).integers(4, 400, (80, 12))
    return Reviews.from_lists(words.tolist(), words[:, 0] % 2)


@dataclass
class Scripted:
    """A network that trains nothing: `losses` of the training batches, `answers` of the validations."""

    losses: list = field(default_factory=lambda: [0.5])
    answers: list = field(default_factory=lambda: [0.5])
    trained: int = 0
    validated: int = 0
    weights: list = field(default_factory=list)  # of the reviews in each batch; None without class weights

    def train_on_batch(self, words, labels, weights=None):
        self.trained += 1
        self.weights.append(weights)
        return self.losses[(self.trained - 1) % len(self.losses)], labels.mean()

    def predict_on_batch(self, words):
        return np.full((len(words), 1), self.answers[min(self.validated, len(self.answers) - 1)])


def network(config):
    """The compiled Keras model of `config`, with its seed."""
    import keras

    keras.utils.set_random_seed(config.seed)
    return fit.compiled(architectures.build(config), config)


def trained(model, reviews, config, *, on_batch=lambda row: None, progress=None):
    """(rows of the epochs, last FitState) of a training; the positive reviews validate."""
    rows = []

    def on_epoch(row, progress):
        rows.append(row)
        if isinstance(model, Scripted):
            model.validated += 1

    options = {"progress": progress or fit.FitState(), "on_batch": on_batch, "on_epoch": on_epoch}
    positive = reviews.select(np.flatnonzero(reviews.labels == 1))
    return rows, fit.fit(model, fit.LabelTask(reviews, positive, config), config, **options)
