"""Keras's layers, and the few layers that Keras does not have. Called when a network is built.

The layers compute only with `keras.ops` on integers and floats, so that every backend can train them and ONNX
can hold them. A run's plain script contains the source of these classes (imdb_core/script/), so they use
nothing else of this module.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from imdb_core.architectures.next_word import WordScores


class NGrams(keras.layers.Layer):
    """Word ids to phrase ids: int32 (batch, words) -> (batch, about longest * words). Call `learn` first.

    Phrases of one to `longest` words are hashed into ids from 1 to buckets - 1 (Weinberger et al. 2009,
    "Feature Hashing for Large Scale Multitask Learning"). When phrases share an id, only the most frequent
    phrase is known: `owners` holds its second hash, and phrases with another second hash become 0. A phrase
    counts once per review (Wang & Manning 2012). The id 0 is padding, a repetition or an unknown phrase.
    """

    def __init__(self, longest: int, buckets: int, **options: Any):
        super().__init__(**options)
        self.longest, self.buckets = longest, buckets
        self.owners = self.add_weight(
            shape=(buckets,),
            initializer="zeros",
            trainable=False,
            dtype="float32",
            autocast=False,  # bfloat16 would round the hashes, which are integers
            name="owners",
        )

    def call(self, words: Any) -> Any:
        ids, checks = self.hashed(words)
        is_known = keras.ops.equal(keras.ops.take(self.owners, ids), keras.ops.cast(checks, "float32"))
        ids = keras.ops.sort(keras.ops.where(is_known, ids, 0), axis=1)
        is_repeated = keras.ops.pad(ids[:, 1:] == ids[:, :-1], [[0, 0], [1, 0]])
        return keras.ops.where(is_repeated, 0, ids)

    def hashed(self, words: Any) -> Any:
        """(ids, second hashes) of all phrases, ordered by length. No product leaves the range of int32."""
        words = keras.ops.convert_to_tensor(words)
        first, second, ids, checks = words, words, [], []
        for length in range(self.longest):
            if length:
                first = keras.ops.mod(first[:, :-1] * 509 + words[:, length:], self.buckets - 1)
                # Below 2**24, where float32 represents every integer.
                second = keras.ops.mod(second[:, :-1] * 127 + words[:, length:], 2**24 - 3)
            # Padding is in front, and no phrase begins with padding.
            is_phrase = words[:, : keras.ops.shape(words)[1] - length] > 0
            ids.append(keras.ops.where(is_phrase, 1 + keras.ops.mod(first, self.buckets - 1), 0))
            checks.append(1 + second)
        return keras.ops.concatenate(ids, axis=1), keras.ops.concatenate(checks, axis=1)

    def numbered(self, words: Any) -> Any:
        """The phrase ids of word ids, from NumPy array to NumPy array."""
        return keras.ops.convert_to_numpy(self(keras.ops.convert_to_tensor(words)))

    def learn(self, batches: Iterable[Any]) -> None:
        """Make the phrases known that occur in at least two reviews.

        `batches` are word ids, NumPy (batch, words). When phrases share an id, the most frequent one is kept.
        """
        phrases_of_batches = []
        for words in batches:
            ids, checks = (keras.ops.convert_to_numpy(x).astype(np.int64) for x in self.hashed(words))
            phrases = np.sort(ids * 2**24 + checks, axis=1)  # both hashes in one integer
            once = np.diff(phrases, axis=1, prepend=0) != 0
            phrases_of_batches.append(phrases[once & (phrases >= 2**24)])
        owners = np.zeros(self.buckets, np.float32)
        for part in range(8):  # an eighth of the ids at a time: sorting all takes much memory
            of_part = [phrases[phrases // 2**24 % 8 == part] for phrases in phrases_of_batches]
            phrases, reviews = np.unique(np.concatenate(of_part), return_counts=True)
            phrases, reviews = phrases[reviews > 1], reviews[reviews > 1]
            # Sorted by frequency: NumPy keeps the last of several assignments to an id.
            phrases = phrases[np.argsort(reviews, kind="stable")]
            owners[phrases // 2**24] = phrases % 2**24
        self.set_weights([owners])


class Positions(keras.layers.Layer):
    """Adds to each word vector a pattern of waves for its position: float32 (batch, words, size), same shape.

    Sines and cosines of Vaswani et al. 2017, "Attention Is All You Need", 3.5, with two changes. Positions
    count from the end of the review. The waves have a height of 0.05, as the first values of Keras's
    embeddings: at full height they would hide the words.
    """

    def call(self, x: Any) -> Any:
        size = x.shape[-1]
        position = keras.ops.cumsum(keras.ops.ones_like(x[:1, :, :1], dtype="float32"), axis=1)
        position = keras.ops.flip(position, axis=1)  # counted from the end, because padding is in front
        number = keras.ops.arange(size, dtype="float32")
        angle = position / keras.ops.power(10_000.0, (number - number % 2) / size)
        waves = keras.ops.where(number % 2 == 0, keras.ops.sin(angle), keras.ops.cos(angle))
        return x + keras.ops.cast(0.05 * waves, x.dtype)


class MaskedAverage(keras.layers.Layer):
    """The mean over the positions that are not masked: (batch, positions, size) -> (batch, size).

    Zeros if all positions are masked, as in a review without a known phrase. In this case
    keras.layers.GlobalAveragePooling1D divides by zero.
    """

    supports_masking = True

    def call(self, x: Any, mask: Any = None) -> Any:
        counted = keras.ops.ones_like(x[:, :, :1])
        if mask is not None:
            counted = keras.ops.expand_dims(keras.ops.cast(mask, x.dtype), 2)
        return keras.ops.sum(x * counted, axis=1) / keras.ops.maximum(keras.ops.sum(counted, axis=1), 1)

    def compute_mask(self, x: Any, previous_mask: Any = None) -> None:
        return None  # the output has no positions


class BranchDropout(keras.layers.Layer):
    """The answers of several branches to one answer: (batch, outputs) each -> (batch, outputs).

    In training, one random branch answers each review; later, all answers are added, each times its share.
    So each branch learns the whole task and cannot leave it to the branch that learns faster. Global
    drop-path of Larsson, Maire, Shakhnarovich 2017, "FractalNet", with two changes: drawn for each review
    instead of each batch, and with `shares` instead of the plain mean.
    """

    def __init__(self, shares: tuple[float, ...], **options: Any):
        super().__init__(**options)
        self.shares = shares
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, branches: Any, training: bool = False) -> Any:
        parts: list[Any] = list(self.shares)
        if training:
            batch, count = keras.ops.shape(branches[0])[0], len(branches)
            drawn = keras.random.randint((batch,), 0, count, seed=self.seed_generator)
            chosen = keras.ops.one_hot(drawn, count, dtype=branches[0].dtype)  # (batch, branches)
            parts = [chosen[:, number : number + 1] for number in range(count)]
        return sum(part * branch for part, branch in zip(parts, branches, strict=True))


def namespace(**replacements: Any) -> SimpleNamespace:
    """keras.layers with the layers above; `replacements` take the place of layers of the same name."""
    keras_own = {name: getattr(keras.layers, name) for name in dir(keras.layers)}
    own = {layer.__name__: layer for layer in (NGrams, Positions, MaskedAverage, BranchDropout, WordScores)}
    return SimpleNamespace(**{**keras_own, **own, **replacements})
