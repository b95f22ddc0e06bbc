"""The layers that networks use: Keras's own, and the few that Keras does not have. Called when a network is
built.

Only `keras.ops` on whole numbers and floats, so that every backend trains them and ONNX can hold them. A
plain script of a run contains the source of the layers it needs (imdb_core/script.py).
"""

from types import SimpleNamespace

import keras
import numpy as np


class NGrams(keras.layers.Layer):
    """Word ids to the ids of the known phrases of one to `longest` words: int32 (batch, words) -> (batch,
    about longest * words).

    Phrases are hashed into ids from 1 to buckets - 1 (Weinberger et al. 2009, "Feature Hashing for Large
    Scale Multitask Learning"). Of those that share an id only the most frequent is known: its second hash is
    kept, and whatever has another one is left out, so that phrases never seen do not count as others. Each
    phrase counts once a review, as Wang & Manning 2012 advise; 0 stands for padding, repetitions and unknown
    phrases. `learn` comes first.
    """

    def __init__(self, longest, buckets, **options):
        super().__init__(**options)
        self.longest, self.buckets = longest, buckets
        # autocast=False: whole numbers, which mixed precision could not tell apart
        self.owners = self.add_weight(
            shape=(buckets,),
            initializer="zeros",
            trainable=False,
            dtype="float32",
            autocast=False,
            name="owners",
        )

    def call(self, words):
        ids, checks = self.hashed(words)
        known = keras.ops.equal(keras.ops.take(self.owners, ids), keras.ops.cast(checks, "float32"))
        ids = keras.ops.sort(keras.ops.where(known, ids, 0), axis=1)
        again = keras.ops.pad(ids[:, 1:] == ids[:, :-1], [[0, 0], [1, 0]])
        return keras.ops.where(again, 0, ids)

    def hashed(self, words):
        """(ids, second hashes) of all phrases, one after another by length. No product leaves the range of
        int32.
        """
        words = keras.ops.convert_to_tensor(words)
        first, second, ids, checks = words, words, [], []
        for length in range(self.longest):
            if length:
                first = keras.ops.mod(first[:, :-1] * 509 + words[:, length:], self.buckets - 1)
                second = keras.ops.mod(
                    second[:, :-1] * 127 + words[:, length:], 2**24 - 3
                )  # float32 tells these apart
            some = (
                words[:, : keras.ops.shape(words)[1] - length] > 0
            )  # padding is in front: no phrase begins with it
            ids.append(keras.ops.where(some, 1 + keras.ops.mod(first, self.buckets - 1), 0))
            checks.append(1 + second)
        return keras.ops.concatenate(ids, axis=1), keras.ops.concatenate(checks, axis=1)

    def numbered(self, words):
        """What `call` gives, as a NumPy array of NumPy's words."""
        return keras.ops.convert_to_numpy(self(keras.ops.convert_to_tensor(words)))

    def learn(self, batches):
        """Know the phrases of `batches` of word ids that stand in two reviews or more; of those with one id
        the most frequent.
        """
        keys = []
        for words in batches:
            ids, checks = (keras.ops.convert_to_numpy(part).astype(np.int64) for part in self.hashed(words))
            found = np.sort(ids * 2**24 + checks, axis=1)
            once = np.diff(found, axis=1, prepend=0) != 0
            keys.append(found[once & (found >= 2**24)])
        keys, reviews = np.unique(np.concatenate(keys), return_counts=True)
        keys = keys[reviews > 1][
            np.argsort(reviews[reviews > 1], kind="stable")
        ]  # the most frequent last, which therefore stays
        owners = np.zeros(self.buckets, np.float32)
        owners[keys // 2**24] = keys % 2**24
        self.set_weights([owners])


class Positions(keras.layers.Layer):
    """Adds to every word's numbers a pattern of waves that tells its place, counted from the end of the
    review.

    Sines and cosines of Vaswani et al. 2017, "Attention Is All You Need", 3.5, but as small as Keras's first
    embeddings are: at full height they drown the words. float32 (batch, words, size) stays that shape.
    """

    def call(self, x):
        size = x.shape[-1]
        place = keras.ops.cumsum(keras.ops.ones_like(x[:1, :, :1], dtype="float32"), axis=1)
        place = keras.ops.flip(place, axis=1)  # padding is in front, so the end is what is fixed
        number = keras.ops.arange(size, dtype="float32")
        angle = place / keras.ops.power(10_000.0, (number - number % 2) / size)
        waves = keras.ops.where(number % 2 == 0, keras.ops.sin(angle), keras.ops.cos(angle))
        return x + keras.ops.cast(0.05 * waves, x.dtype)


class MaskedAverage(keras.layers.Layer):
    """The mean over the positions that are not masked: (batch, positions, size) -> (batch, size); zeros if
    all are.

    keras.layers.GlobalAveragePooling1D divides by zero then, and a review may hold no known phrase.
    """

    supports_masking = True

    def call(self, x, mask=None):
        counted = keras.ops.ones_like(x[:, :, :1])
        if mask is not None:
            counted = keras.ops.expand_dims(keras.ops.cast(mask, x.dtype), 2)
        return keras.ops.sum(x * counted, axis=1) / keras.ops.maximum(keras.ops.sum(counted, axis=1), 1)

    def compute_mask(self, x, previous_mask=None):
        return None  # no positions are left


class BranchDropout(keras.layers.Layer):
    """Several branches' answers to one: (batch, 1) each -> (batch, 1). While training, each review is judged
    by one branch only, drawn at random; afterwards by all, each with its share.

    So each branch learns the whole task and cannot leave it to the one that learns faster. Global drop-path
    of Larsson, Maire, Shakhnarovich 2017, "FractalNet", drawn for each review instead of each batch, and with
    shares instead of the plain mean.
    """

    def __init__(self, shares, **options):
        super().__init__(**options)
        self.shares = shares
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, branches, training=False):
        x = keras.ops.concatenate(branches, axis=1)  # (batch, branches)
        if not training:
            return keras.ops.sum(
                x * keras.ops.convert_to_tensor([self.shares], dtype=x.dtype), axis=1, keepdims=True
            )
        drawn = keras.random.randint((keras.ops.shape(x)[0],), 0, x.shape[1], seed=self.seed_generator)
        return keras.ops.sum(x * keras.ops.one_hot(drawn, x.shape[1], dtype=x.dtype), axis=1, keepdims=True)


def namespace(**others) -> SimpleNamespace:
    """keras.layers with the layers above; `others` replace the ones of the same name."""
    keras_own = {name: getattr(keras.layers, name) for name in dir(keras.layers)}
    own = {one.__name__: one for one in (NGrams, Positions, MaskedAverage, BranchDropout)}
    return SimpleNamespace(**{**keras_own, **own, **others})
