"""Batches of reviews for training and scoring, and the split into training and validation reviews.

padded_width() is the one rule for how wide a review is padded; worker and text box both follow it.

Length buckets put reviews of similar length into a batch, so that little padding is computed. All reviews are
shuffled and cut into pools; only inside a pool are they sorted by length. So the batches stay random.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from imdb_core.data.reviews import TWO_CLASSES, Reviews
from imdb_core.errors import DataError

if TYPE_CHECKING:
    from imdb_core.config import RunConfig

Indices = NDArray[np.int64]

WIDTH_STEP = 16  # widths are multiples of 16: few shapes for compilers, at most 15 positions of padding
# For training on a backend that compiles each width, which takes seconds. Scoring always uses WIDTH_STEP.
WIDTH_STEP_COMPILED = 64
BATCHES_PER_POOL = 50
# Beside a run's seed, where the draws of the batches have the epoch.
SPLIT_DRAW, TAUGHT_DRAW, LABELS_DRAW = 10**6, 10**6 + 1, 10**6 + 2
EVALUATION_BATCH = 256  # the most reviews that are scored together


def padded_width(length: ArrayLike, config: "RunConfig", step: int = WIDTH_STEP) -> NDArray[Any]:
    """The width that reviews of `length` ids (int or array) are padded to, in evaluation and in the text box.

    With batching "padded", that is review_length, as in the tutorial; else the next multiple of `step`.
    """
    if config.batching == "padded":
        return np.full_like(length, config.review_length)
    rounded_up: NDArray[Any] = -(-np.maximum(length, 1) // step) * step
    width: NDArray[Any] = np.minimum(rounded_up, config.review_length)
    return width


def training_batches(
    reviews: Reviews, config: "RunConfig", epoch: int, width_step: int = WIDTH_STEP
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yields (word ids int32 (batch, width), targets float32, see answers.targets()); seed and epoch
    decide the order.

    A batch is as wide as its longest review needs, rounded up to `width_step`. Epoch 0 is a look at the
    reviews before training: without noise.
    """
    random = np.random.default_rng([config.seed, epoch])
    noise = np.random.default_rng([config.seed, epoch, 1])  # of its own, so that it does not change the order
    order = random.permutation(len(reviews))
    if config.batching == "length_buckets":
        order = _bucketed(order, reviews.lengths, config.batch_size)
    batches = [order[start : start + config.batch_size] for start in range(0, len(order), config.batch_size)]
    if config.batching == "length_buckets":
        random.shuffle(batches)
    for indices in batches:
        width = int(padded_width(reviews.lengths[indices].max(), config, width_step))
        words = reviews.padded(indices, width)
        if epoch:
            words = reviews.noisy(words, indices, config.teacher_noise, noise)
        yield words, reviews.targets(indices, config.classes)


def evaluation_batches(
    reviews: Reviews, config: "RunConfig", size: int = EVALUATION_BATCH
) -> Iterator[tuple[Indices, NDArray[np.int32]]]:
    """Yields (indices, word ids int32 (batch, width)): every review once, in batches of at most `size`.

    Each review is padded by its own length alone, so that no score depends on the other reviews of a batch.
    """
    for indices, width in same_width(reviews.lengths, config, lambda width: size):
        yield indices, reviews.padded(indices, width)


def same_width(
    lengths: ArrayLike, config: "RunConfig", size: Callable[[int], int]
) -> Iterator[tuple[Indices, int]]:
    """Yields (indices, width): every review once, grouped by width, at most size(width) reviews a group."""
    widths = padded_width(np.asarray(lengths, np.int64), config)
    for width in map(int, np.unique(widths)):
        members = np.flatnonzero(widths == width)
        for start in range(0, len(members), size(width)):
            yield members[start : start + size(width)], width


def parts(reviews: Reviews, config: "RunConfig") -> tuple[Indices, Indices]:
    """(training indices, validation indices) of the labelled `reviews`, as `config` divides them.

    This is split(), with at most config.labelled_texts texts to learn from. Raises DataError as split().
    """
    training, validation = split(reviews, config.validation_share, config.seed, classes=config.classes)
    return limited(training, reviews.labels, config.labelled_texts, config.seed), validation


def split(
    reviews: Reviews, validation_share: float, seed: int, *, classes: Sequence[str] = TWO_CLASSES
) -> tuple[Indices, Indices]:
    """(training indices, validation indices), both sorted: a seeded split that keeps the share of each class.

    Raises DataError if training or validation would lack a class, see require_all_classes().
    """
    require_all_classes(reviews.labels, validation_share, classes)
    random = np.random.default_rng([seed, SPLIT_DRAW])
    chosen: list[int] = []
    for label in range(len(classes)):
        members = random.permutation(np.flatnonzero(reviews.labels == label))
        chosen.extend(members[: _validation_count(len(members), validation_share)])
    validation = np.sort(np.array(chosen, np.int64))
    return np.setdiff1d(np.arange(len(reviews)), validation), validation


def limited(indices: Indices, labels: NDArray[Any], count: int, seed: int) -> Indices:
    """About `count` of the `indices`, sorted: a seeded draw that keeps the share of each class.

    `labels` holds the labels of all texts, not only of `indices`. A `count` of 0 means no limit. At least one
    text of each class is kept, so the result may be a little longer than `count`. With the same seed, the
    result for a smaller count is a part of the result for a larger one.
    """
    if not 0 < count < len(indices):
        return indices
    random, share = np.random.default_rng([seed, LABELS_DRAW]), count / len(indices)
    drawn = [random.permutation(indices[labels[indices] == label]) for label in np.unique(labels[indices])]
    return np.sort(np.concatenate([members[: max(1, round(share * len(members)))] for members in drawn]))


def require_all_classes(
    labels: NDArray[Any], validation_share: float, classes: Sequence[str] = TWO_CLASSES
) -> None:
    """Raises DataError unless split() puts reviews of each class into training and into validation."""
    counts = dict(zip(classes, np.bincount(labels, minlength=len(classes)).tolist(), strict=True))
    validation = {name: _validation_count(count, validation_share) for name, count in counts.items()}
    lacking = [name for name in counts if not 0 < validation[name] < counts[name]]
    if not lacking:
        return
    shown = list(reversed(counts)) if len(counts) == 2 else lacking[:3]  # the positive reviews first
    reviews = " and ".join(f"{counts[name]:,} {name}" for name in shown)
    aside = " and ".join(f"{validation[name]:,} {name}" for name in shown)
    raise DataError(
        f"The training texts are {reviews}. A validation_share of {validation_share:g} keeps {aside} of "
        f"them for validation, but training and validation each need at least one {' and one '.join(shown)} "
        f"text. {_advice(min(counts.values()))}"
    )


def _validation_count(reviews: int, validation_share: float) -> int:
    return round(reviews * validation_share)


def _advice(fewest: int) -> str:
    """What the user can do if the rarer label has only `fewest` reviews."""
    if fewest < 2:
        return "No validation_share changes that: get at least two texts of each label."
    shares = (percent / 100 for percent in range(1, 51))
    smallest = next(share for share in shares if 0 < _validation_count(fewest, share) < fewest)
    return f"Set validation_share to {smallest:g} or more (0.5 at most), or get more texts."


def _bucketed(order: Indices, lengths: NDArray[np.int64], batch_size: int) -> Indices:
    """`order` with each pool sorted by length."""
    pool = batch_size * BATCHES_PER_POOL
    pools = [order[start : start + pool] for start in range(0, len(order), pool)]
    return np.concatenate([members[np.argsort(lengths[members], kind="stable")] for members in pools])
