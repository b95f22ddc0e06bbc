"""Texts as a language model reads them: windows of equal width, cut from all texts in a row.

Called by training.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.reviews import Reviews

Ids = NDArray[np.int32]


@dataclass(frozen=True)
class Windows:
    """The `reviews` in windows of `width` words, each with the words that follow.

    Each epoch has the texts in another order, so the windows begin elsewhere. A window may hold the end of
    one text and the beginning of the next one; the start token stands between them. The words after the last
    whole window are left out.
    """

    reviews: Reviews
    width: int

    def __len__(self) -> int:
        return max(0, int(self.reviews.offsets[-1]) - 1) // self.width

    def batches(self, size: int, random: np.random.Generator) -> Iterator[tuple[Ids, Ids]]:
        """Yields (words, following words), both int32 (size, width); the last windows may be left out.

        If there are fewer windows than `size`, the only batch has all of them.
        """
        row = self._in_a_row(random.permutation(len(self.reviews)))
        order = random.permutation(len(self))
        size = min(size, len(order))
        for start in range(0, len(order) - size + 1, size) if size else ():
            places = order[start : start + size, None] * self.width + np.arange(self.width + 1)
            windows = row[places]
            yield windows[:, :-1], windows[:, 1:]

    def _in_a_row(self, order: NDArray[np.int64]) -> Ids:
        """The ids of all reviews in this order."""
        row = np.empty(int(self.reviews.offsets[-1]), np.int32)
        start = 0
        for index in order:
            review = self.reviews[index]
            row[start : start + len(review)] = review
            start += len(review)
        return row
