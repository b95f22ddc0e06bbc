"""The texts of one part of a stored data set, read from the disk one by one. Made by store.texts()."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.own import layout


class Texts:
    """The texts of one part, without the excluded ones unless asked for. Reads from the disk."""

    def __init__(self, folder: Path, indices: NDArray[np.int64], labels: NDArray[np.uint8]) -> None:
        self.folder, self.indices, self.labels = folder, indices, labels

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, number: int) -> str:
        index = self.indices[number]
        start, end = int(self._offsets[index]), int(self._offsets[index + 1])
        return bytes(self._bytes[start:end]).decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        """All texts, read in the order of the file: unlike the mapped file, this takes no memory."""
        with open(self.folder / layout.TEXTS, "rb") as file:
            for index in self.indices:
                start, end = int(self._offsets[index]), int(self._offsets[index + 1])
                if file.tell() != start:
                    file.seek(start)
                yield file.read(end - start).decode("utf-8", "replace")

    @cached_property
    def _offsets(self) -> NDArray[np.int64]:
        offsets: NDArray[np.int64] = np.load(self.folder / layout.OFFSETS, mmap_mode="r", allow_pickle=False)
        return offsets

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        return np.memmap(self.folder / layout.TEXTS, np.uint8, mode="r")
