"""Reviews in batches for training and scoring. One rule says how wide a review is padded; worker and text box both follow it.

Length buckets: batches hold reviews of similar length, so little padding is computed. Which reviews meet in a batch and the
order of batches stay random: all reviews are shuffled, cut into pools, and sorted by length inside a pool only.
"""

import numpy as np

from imdb_core.data.reviews import Reviews

WIDTH_STEP = 16  # widths are multiples of it: few shapes for compilers, at most 15 padding positions too many
WIDTH_STEP_COMPILED = 64  # for training where every width is compiled for seconds; scoring keeps to WIDTH_STEP
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
    """Yields (words int32 (batch, width), labels float32 (batch, 1)); the order depends only on seed and epoch.

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
    """Yields (indices, words): every review once, padded by its own length alone, so that no score depends on its neighbours."""
    widths = padded_width(reviews.lengths, config)
    for width in np.unique(widths):
        members = np.flatnonzero(widths == width)
        for start in range(0, len(members), size):
            indices = members[start : start + size]
            yield indices, reviews.padded(indices, int(width))


def split(reviews: Reviews, validation_share: float, seed: int):
    """(training indices, validation indices), a seeded split with the same share of each label on both sides, each sorted."""
    random = np.random.default_rng([seed, 10**6])
    validation = []
    for label in (0, 1):
        members = random.permutation(np.flatnonzero(reviews.labels == label))
        validation.extend(members[: round(len(members) * validation_share)])
    validation = np.sort(np.array(validation, np.int64))
    return np.setdiff1d(np.arange(len(reviews)), validation), validation


def _bucketed(order, lengths, batch_size):
    """`order` with each pool sorted by length."""
    pool = batch_size * BATCHES_PER_POOL
    pools = [order[start : start + pool] for start in range(0, len(order), pool)]
    return np.concatenate([members[np.argsort(lengths[members], kind="stable")] for members in pools])
