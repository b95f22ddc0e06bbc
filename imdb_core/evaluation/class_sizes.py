"""How many texts each class has, and whether the classes are so uneven that accuracy misleads.

Called by pages, for any number of classes. balance.py asks the same of two classes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.evaluation.balance import UNEVEN

RARE = 0.5  # a class with less than this share of an even class's texts is rare


@dataclass(frozen=True)
class ClassSizes:
    """`texts[i]` is the number of texts of the class `names[i]`."""

    names: tuple[str, ...]
    texts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.texts)

    @property
    def largest(self) -> str:
        """The class with most texts; of several the first."""
        return self.names[self.texts.index(max(self.texts))]

    @property
    def largest_share(self) -> float:
        """The accuracy of always answering with the largest class."""
        return max(self.texts) / max(1, self.total)

    @property
    def one_dominates(self) -> bool:
        """Whether always the same answer would look accurate."""
        return self.largest_share > UNEVEN

    @property
    def rare(self) -> list[str]:
        """The classes with few texts, the rarest first: accuracy hardly depends on them."""
        few = RARE * self.total / len(self.names)
        sizes = sorted(zip(self.texts, self.names, strict=True), key=lambda pair: pair[0])
        return [name for texts, name in sizes if texts < few]


def sizes_of_labels(labels: NDArray[np.integer[Any]], classes: tuple[str, ...]) -> ClassSizes:
    """The sizes of the classes among `labels`, numbers from 0 on."""
    return ClassSizes(classes, tuple(np.bincount(labels, minlength=len(classes)).tolist()))
