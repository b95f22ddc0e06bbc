"""Read a model's files: config.json, model.json, vocabulary.json and ONNX. Called by predictor and `publish`.

Another person may have created the folder. So each file must be a regular file of bounded size, not a pipe,
device or link, and its content is checked before use.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imdb_core import config as configs
from imdb_core import errors
from imdb_core.data.vocabulary import LARGEST_FILE, Vocabulary
from imdb_core.errors import ModelError
from imdb_core.files import read_bounded
from imdb_core.runs import layout, store

LARGEST_MODEL_JSON = 2**16  # bytes; with the checksums of 200 epochs a file has 15,000
_CHECKSUM = re.compile("[0-9a-f]{64}")
_EPOCH = re.compile("[1-9][0-9]{0,5}")
_AGAIN = "Train it again, or choose another model."


@dataclass(frozen=True)
class Facts:
    """The content of a model's config.json and model.json."""

    config: configs.RunConfig
    epoch: int  # the best epoch, from 1; 0 while the run is trained and has no model.json
    checksums: dict[str, str]  # file name -> sha256 (hex)
    epochs: dict[int, str]  # epoch -> sha256 of its ONNX file


def facts(folder: Path) -> Facts:
    """The Facts of the model in `folder`; raises ModelError if a file is missing or invalid."""
    run = store.read(folder, thorough=False)
    if not run.config:
        raise ModelError(f"The model in {folder} cannot be read: {run.damaged} {_AGAIN}")
    try:
        content = read_bounded(folder / layout.MODEL_FACTS, LARGEST_MODEL_JSON, below=folder)
        return Facts(run.config, *_model_json(content))
    except (OSError, ValueError, RecursionError) as error:
        reason = f"{layout.MODEL_FACTS}: {errors.reason(error)}"
        raise ModelError(f"The model in {folder} cannot be read: {reason}. {_AGAIN}") from error


def checked(folder: Path, name: str, expected: str | None, most_bytes: int) -> bytes:
    """The content of a file of at most `most_bytes`; raises ModelError if its sha256 is not `expected`."""
    try:
        content = read_bounded(folder / name, most_bytes, below=folder)
    except (OSError, ValueError) as error:
        raise ModelError(f"The model in {folder} cannot be read: {errors.reason(error)}. {_AGAIN}") from error
    if hashlib.sha256(content).hexdigest() != expected:
        reason = f"its checksum differs from {layout.MODEL_FACTS}"
        raise ModelError(f"{folder / name} is damaged ({reason}). {_AGAIN}")
    return content


def vocabulary(folder: Path, facts: Facts) -> Vocabulary:
    """The model's vocabulary; raises ModelError, also if it has more words than the network knows."""
    name = layout.VOCABULARY
    content = checked(folder, name, facts.checksums.get(name), LARGEST_FILE)
    words = Vocabulary.parse(content, folder / name)
    if words.tokenizer != facts.config.tokenizer:
        raise ModelError(
            f"{folder / name} belongs to the tokenizer {words.tokenizer}, but its network learned from "
            f"texts cut by {facts.config.tokenizer}. {_AGAIN}"
        )
    if len(words) > len(words.limited(facts.config.vocabulary_size)):
        raise ModelError(
            f"{folder / name} has {len(words):,} words, more than its network knows (vocabulary_size "
            f"{facts.config.vocabulary_size:,}). {_AGAIN}"
        )
    return words


def _model_json(content: bytes) -> tuple[int, dict[str, str], dict[int, str]]:
    """(best epoch, checksums by file name, checksums by epoch); raises ValueError with the reason."""
    model = json.loads(content.decode("utf-8"))
    if not isinstance(model, dict):
        raise ValueError("it is not a JSON object")
    epochs = _checksums(model.get("epochs", {}), "epochs")
    if wrong := [name for name in epochs if not _EPOCH.fullmatch(name)]:
        raise ValueError(f"{wrong[0][:20]!r} is not the number of an epoch")
    by_epoch = {_epoch(int(number)): checksum for number, checksum in epochs.items()}
    return _epoch(model.get("epoch")), _checksums(model.get("sha256"), "sha256"), by_epoch


def _epoch(value: Any) -> int:
    _, last = configs.bounds("epochs")
    if type(value) is not int or value < 1 or (last is not None and value > last):
        raise ValueError(f"an epoch is {_received(value)}, not a whole number from 1 to {last}")
    return value


def _checksums(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object of checksums")
    for key, checksum in value.items():
        if not isinstance(checksum, str) or not _CHECKSUM.fullmatch(checksum):
            raise ValueError(f"the checksum of {key[:20]!r} is {_received(checksum)}")
    return value


def _received(value: Any) -> str:
    return "a very long number" if isinstance(value, int) and value.bit_length() > 64 else f"{value!r:.40}"
