"""Reviews in batches for training and scoring. One rule says how wide a review is padded; worker and text box
both follow it.

Length buckets: batches hold reviews of similar length, so little padding is computed. Which reviews meet in a
batch and the order of batches stay random: all reviews are shuffled, cut into pools, and sorted by length
inside a pool only.
"""

import numpy as np

from imdb_core.data.reviews import Reviews
from imdb_core.errors import DataError

WIDTH_STEP = 16  # widths are multiples of it: few shapes for compilers, at most 15 padding positions too many
WIDTH_STEP_COMPILED = (
    64  # for training where every width is compiled for seconds; scoring keeps to WIDTH_STEP
)
BATCHES_PER_POOL = 50
EVALUATION_BATCH = 256  # reviews at most that are scored together


def padded_width(length, config, step: int = WIDTH_STEP):
    """Positions a review of `length` words takes (int or array): the same for evaluation and the text box.

    With batching "padded" that is review_length, as in the tutorial; else the next multiple of `step`.
    """
    if config.batching == "padded":
        return np.full_like(length, config.review_length)
    return np.minimum(-(-np.maximum(length, 1) // step) * step, config.review_length)


def training_batches(reviews: Reviews, config, epoch: int, width_step: int = WIDTH_STEP):
    """Yields (words int32 (batch, width), labels float32 (batch, 1)); the order depends only on seed and
    epoch.

    A batch is as wide as its longest review needs, rounded up to `width_step`.
    """
    random = np.random.default_rng([config.seed, epoch])
    order = random.permutation(len(reviews))
    if config.batching == "length_buckets":
        order = _bucketed(order, reviews.lengths, config.batch_size)
    batches = [order[start : start + config.batch_size] for start in range(0, len(order), config.batch_size)]
    if config.batching == "length_buckets":
        random.shuffle(batches)
    for indices in batches:
        width = int(padded_width(reviews.lengths[indices].max(), config, width_step))
        yield reviews.padded(indices, width), reviews.labels[indices, None].astype(np.float32)


def evaluation_batches(reviews: Reviews, config, size: int = EVALUATION_BATCH):
    """Yields (indices, words): every review once, padded by its own length alone, so that no score depends on
    its neighbours.
    """
    for indices, width in same_width(reviews.lengths, config, lambda width: size):
        yield indices, reviews.padded(indices, width)


def same_width(lengths, config, size):
    """Yields (indices, width): every review once, together with at most size(width) - 1 others that are
    padded to its width.
    """
    widths = padded_width(np.asarray(lengths, np.int64), config)
    for width in map(int, np.unique(widths)):
        members = np.flatnonzero(widths == width)
        for start in range(0, len(members), size(width)):
            yield members[start : start + size(width)], width


def split(reviews: Reviews, validation_share: float, seed: int):
    """(training indices, validation indices), both sorted: a seeded split that keeps the share of each label.

    Raises DataError if one of the two would lack a label, see demand_both_labels.
    """
    demand_both_labels(reviews.labels, validation_share)
    random = np.random.default_rng([seed, 10**6])
    validation = []
    for label in (0, 1):
        members = random.permutation(np.flatnonzero(reviews.labels == label))
        validation.extend(members[: _kept_aside(len(members), validation_share)])
    validation = np.sort(np.array(validation, np.int64))
    return np.setdiff1d(np.arange(len(reviews)), validation), validation


def demand_both_labels(labels: np.ndarray, validation_share: float) -> None:
    """Raises DataError unless split() puts reviews of both labels into training and into validation."""
    counts = {"positive": int(np.sum(labels == 1)), "negative": int(np.sum(labels == 0))}
    aside = {name: _kept_aside(count, validation_share) for name, count in counts.items()}
    if all(0 < aside[name] < counts[name] for name in counts):
        return
    reviews = " and ".join(f"{count:,} {name}" for name, count in counts.items())
    kept = " and ".join(f"{aside[name]:,} {name}" for name in counts)
    raise DataError(
        f"The training reviews are {reviews}. A validation_share of {validation_share:g} keeps {kept} of "
        "them aside, but training and validation each need at least one positive and one negative review. "
        f"{_advice(min(counts.values()))}"
    )


def _kept_aside(reviews, validation_share):
    return round(reviews * validation_share)


def _advice(fewest):
    """What the user can do when the rarer label has only `fewest` reviews."""
    if fewest < 2:
        return "No validation_share changes that: get at least two reviews of each label."
    smallest = next(share / 100 for share in range(1, 51) if 0 < _kept_aside(fewest, share / 100) < fewest)
    return f"Set validation_share to {smallest:g} or more (0.5 at most), or get more reviews."


def _bucketed(order, lengths, batch_size):
    """`order` with each pool sorted by length."""
    pool = batch_size * BATCHES_PER_POOL
    pools = [order[start : start + pool] for start in range(0, len(order), pool)]
    return np.concatenate([members[np.argsort(lengths[members], kind="stable")] for members in pools])
