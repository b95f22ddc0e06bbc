"""Store the map of an epoch beside its model, and read it back with care. Called by worker, command, panels.

A preset's file has 10,000 to 40,000 bytes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from imdb_core.config import RunConfig
from imdb_core.errors import ModelError
from imdb_core.inside import stored
from imdb_core.inside.memory_map import CLOUD, MOST_TEXTS, MemoryMap
from imdb_core.inside.plane import Plane
from imdb_core.inside.units import CONTEXT, PLACES, Alone
from imdb_core.runs import layout


def write(folder: Path, epoch: int, memory_map: MemoryMap) -> int:
    """Write the map of an epoch into a run's folder; returns its bytes. Raises OSError."""
    return stored.write(folder, layout.memory_map(epoch), _arrays(memory_map))


def exists(folder: Path, epoch: int) -> bool:
    """Whether the epoch has a map; it may be damaged."""
    return (folder / layout.memory_map(epoch)).is_file()


def newest_before(folder: Path, epoch: int, config: RunConfig) -> MemoryMap | None:
    """The map of the last earlier epoch that has one; None without a map that can be read."""
    for earlier in range(epoch - 1, 0, -1):
        if exists(folder, earlier):
            try:
                return read(folder, earlier, config)
            except ModelError:
                return None
    return None


def read(folder: Path, epoch: int, config: RunConfig) -> MemoryMap:
    """The map of an epoch; raises ModelError, with what to do, if it is missing or damaged."""

    def fault(arrays: stored.Arrays) -> str | None:
        return _fault(arrays, len(config.classes))

    return _memory_map(stored.read(folder, layout.memory_map(epoch), "map", fault))


def _arrays(memory_map: MemoryMap) -> stored.Arrays:
    axes, alone = memory_map.plane, memory_map.alone
    line = [] if memory_map.line is None else [memory_map.line]
    return {
        "fingerprint": np.frombuffer(memory_map.fingerprint, np.uint8),
        "mean": axes.mean.astype(np.float32),
        "axes": axes.axes.astype(np.float32),
        "shares": axes.shares.astype(np.float32),
        "points": memory_map.points.astype(np.float32),
        "labels": memory_map.labels,
        "verdicts": memory_map.verdicts,
        "line": np.array(line, np.float64).reshape(len(line), 3),
        "facts": np.array([memory_map.exact, memory_map.agreement, memory_map.texts], np.float64),
        "alone": alone.accuracy,
        "alone_label": alone.label,
        "alone_sign": alone.sign,
        "changes": memory_map.changes.astype(np.float16),
        "contexts": stored.short_ids(memory_map.contexts),
    }


def _memory_map(arrays: stored.Arrays) -> MemoryMap:
    exact, agreement, texts = arrays["facts"].tolist()
    doubles = {name: arrays[name].astype(np.float64) for name in ("mean", "axes", "shares", "points", "line")}
    return MemoryMap(
        fingerprint=arrays["fingerprint"].tobytes(),
        plane=Plane(doubles["mean"], doubles["axes"], doubles["shares"]),
        points=doubles["points"],
        labels=arrays["labels"],
        verdicts=arrays["verdicts"],
        line=doubles["line"][0] if len(doubles["line"]) else None,
        exact=bool(exact),
        agreement=agreement,
        alone=Alone(arrays["alone"], arrays["alone_label"], arrays["alone_sign"]),
        changes=arrays["changes"].astype(np.float32),
        contexts=arrays["contexts"].astype(np.int32),
        texts=int(texts),
    )


def _fault(arrays: stored.Arrays, classes: int) -> str | None:
    """Why these arrays are no map for this number of classes; None if they are one."""
    try:
        [units] = arrays["mean"].shape
        [texts] = arrays["labels"].shape
        lines = len(arrays["line"])
    except (KeyError, ValueError, TypeError):
        return "it is no map of a memory"
    if units < 2 or texts > CLOUD or lines > 1:
        return "its arrays have the wrong sizes"
    fault = stored.shape_fault(arrays, _expected(units, texts, lines))
    return fault or _value_fault(arrays, classes)


def _expected(units: int, texts: int, lines: int) -> dict[str, tuple[str, Sequence[int]]]:
    """Name -> (allowed kinds of numbers, shape)."""
    places = (units, 2 * PLACES)
    return {
        "fingerprint": ("u", (32,)),
        "mean": ("f", (units,)),
        "axes": ("f", (2, units)),
        "shares": ("f", (2,)),
        "points": ("f", (texts, 2)),
        "labels": ("u", (texts,)),
        "verdicts": ("u", (texts,)),
        "line": ("f", (lines, 3)),
        "facts": ("f", (3,)),
        "alone": ("f", (units,)),
        "alone_label": ("u", (units,)),
        "alone_sign": ("i", (units,)),
        "changes": ("f", places),
        "contexts": ("iu", (*places, CONTEXT)),
    }


def _value_fault(arrays: stored.Arrays, classes: int) -> str | None:
    """Which number is out of its range."""
    exact, agreement, texts = arrays["facts"].tolist()
    if exact not in (0, 1) or not 0 <= agreement <= 1 or not 0 < texts <= MOST_TEXTS:
        return "its facts are out of range"
    for name in ("labels", "verdicts", "alone_label"):
        if arrays[name].max(initial=0) >= classes:
            return f"its array {name} names a class that the network does not have"
    shares, alone = arrays["shares"], arrays["alone"]
    if (shares < 0).any() or shares.sum() > 1.001 or (alone < 0).any() or (alone > 1.001).any():
        return "its shares are out of range"
    if (np.abs(arrays["alone_sign"]) != 1).any() or arrays["contexts"].min(initial=0) < 0:
        return "its units are out of range"
    return None
