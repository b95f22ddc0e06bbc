"""Read the word ids of many reviews a block at a time, because a server must not hold a large file in memory.

Called by evaluation. A mapped file would count as the server's memory as soon as its pages were read.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.reviews import Reviews, StoredReviews

MOST_IDS = 2**18  # in a block: 1 MB; a longer review is a block of its own


def blocks(reviews: Reviews, most_ids: int = MOST_IDS) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """(positions, their word ids in a row) of consecutive reviews that have at most `most_ids` ids together.

    Raises OSError or ValueError if the file of StoredReviews is missing or damaged.
    """
    if not isinstance(reviews, StoredReviews):
        for positions in _positions(reviews.offsets, most_ids):
            yield positions, reviews.ids[reviews.offsets[positions.start] : reviews.offsets[positions.stop]]
        return
    mapped = np.load(reviews.path, mmap_mode="r", allow_pickle=False)  # reads the header alone
    kind, beginning = mapped.dtype, mapped.offset
    with open(reviews.path, "rb") as file:
        file.seek(beginning + kind.itemsize * int(reviews.offsets[0]))
        for positions in _positions(reviews.offsets, most_ids):
            count = int(reviews.offsets[positions.stop] - reviews.offsets[positions.start])
            yield positions, np.fromfile(file, kind, count)


def _positions(offsets: NDArray[np.int64], most_ids: int) -> Iterator[slice]:
    start, reviews = 0, len(offsets) - 1
    while start < reviews:
        end = int(np.searchsorted(offsets, offsets[start] + most_ids, side="right")) - 1
        end = min(max(end, start + 1), reviews)
        yield slice(start, end)
        start = end
