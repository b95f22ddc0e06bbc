"""Write a data set's files while its rows are read. Called by reader.py, in the reading process.

The folder is a temporary one; proposal.add() gives it its name once all files are complete.
"""

import hashlib
import os
import types
from array import array
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.own import layout
from imdb_core.data.own.arrangement import Arrangement
from imdb_core.data.own.choices import Choices
from imdb_core.data.own.parts import TEST, TRAINING
from imdb_core.files import write_json


class Writer:
    """Appends texts to texts.utf8; does nothing without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._offsets = array("q", [0])
        self._digest = hashlib.sha256()
        self._file = open(folder / layout.TEXTS, "xb", buffering=2**20) if folder else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, text: bytes) -> None:
        """Append one text."""
        assert self._file is not None
        self._file.write(text)
        self._digest.update(text)
        self._offsets.append(self._offsets[-1] + len(text))

    def finish(self, arranged: Arrangement, facts: dict[str, Any], choices: Choices) -> None:
        """Write the other files; the description comes last."""
        assert self._file is not None and self.folder is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        arrays: dict[str, NDArray[Any]] = {
            layout.OFFSETS: np.frombuffer(self._offsets, np.int64),
            layout.LABELS: arranged.labels.astype(np.uint8),
            layout.PARTS: arranged.parts,
        }
        for name, values in arrays.items():
            with open(self.folder / name, "xb") as file:
                np.save(file, values, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            self._digest.update(np.ascontiguousarray(values).tobytes())
        self._digest.update("\0".join(arranged.classes).encode())
        write_json(self.folder / layout.DESCRIPTION, self._description(arranged, facts, choices))

    def _description(self, arranged: Arrangement, facts: dict[str, Any], choices: Choices) -> dict[str, Any]:
        counts = {"training": sum(arranged.counts(TRAINING)), "test": sum(arranged.counts(TEST))}
        title = choices.name or Path(facts["file_name"]).name.partition(".")[0]
        kept = (
            "file_name",
            "text",
            "label",
            "layout",
            "rows",
            "dropped",
            "median_words",
            "mean_words",
            "longest",
        )
        return {
            "format": layout.FORMAT,
            "name": title.strip()[:60] or "Own texts",
            "noun": choices.noun or "texts",
            "classes": list(arranged.classes),
            "counts": counts | {"unlabelled": facts["unlabelled"]},
            "class_counts": {"training": arranged.counts(TRAINING), "test": arranged.counts(TEST)},
            "test": facts["test"],
            "choices": choices.as_json(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "fingerprint": self._digest.hexdigest(),
            **{name: facts[name] for name in kept},
        }
