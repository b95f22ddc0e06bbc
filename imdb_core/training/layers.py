"""The layers that networks use: Keras's own, and the few that Keras does not have. Called when a network is built.

Only `keras.ops` on whole numbers and floats, so that every backend trains them and ONNX can hold them. A plain script of a run
contains the source of the layers it needs (imdb_core/script.py).
"""

from types import SimpleNamespace

import keras


class NGrams(keras.layers.Layer):
    """Word ids to the ids of all phrases of one to `longest` words: int32 (batch, words) -> (batch, about longest * words).

    Phrases are hashed into ids from 1 to buckets - 1, so no list of phrases has to be kept (Weinberger et al. 2009, "Feature
    Hashing for Large Scale Multitask Learning"). Each id counts once a review, as Wang & Manning 2012 advise for short
    phrases; 0 stands for padding and for what was counted already.
    """

    def __init__(self, longest, buckets, **options):
        super().__init__(**options)
        self.longest, self.buckets = longest, buckets

    def call(self, words):
        hashed, found = words, []
        for length in range(self.longest):
            if length:
                hashed = hashed[:, :-1] * 509 + words[:, length:]  # below 2**31 up to 2**22 buckets
                hashed = keras.ops.mod(hashed, self.buckets - 1)
            first = words[:, : keras.ops.shape(words)[1] - length]  # padding is in front: a phrase is none if its first word is
            found.append(keras.ops.where(first > 0, 1 + keras.ops.mod(hashed, self.buckets - 1), 0))
        ids = keras.ops.sort(keras.ops.concatenate(found, axis=1), axis=1)
        again = keras.ops.pad(ids[:, 1:] == ids[:, :-1], [[0, 0], [1, 0]])
        return keras.ops.where(again, 0, ids)


class Positions(keras.layers.Layer):
    """Adds to every word's numbers a pattern of waves that tells its place, counted from the end of the review.

    Sines and cosines of Vaswani et al. 2017, "Attention Is All You Need", 3.5; float32 (batch, words, size) stays that shape.
    """

    def call(self, x):
        size = x.shape[-1]
        place = keras.ops.cumsum(keras.ops.ones_like(x[:1, :, :1]), axis=1)
        place = keras.ops.flip(place, axis=1)  # padding is in front, so the end is what is fixed
        number = keras.ops.arange(size, dtype=x.dtype)
        angle = place / keras.ops.power(10_000.0, (number - number % 2) / size)
        return x + keras.ops.where(number % 2 == 0, keras.ops.sin(angle), keras.ops.cos(angle))


def namespace(**others) -> SimpleNamespace:
    """keras.layers with the layers above; `others` replace the ones of the same name."""
    keras_own = {name: getattr(keras.layers, name) for name in dir(keras.layers)}
    return SimpleNamespace(**{**keras_own, "NGrams": NGrams, "Positions": Positions, **others})
