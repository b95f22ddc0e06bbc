"""A trained network behind one call: text in, probability out. ONNX Runtime only; nothing here loads TensorFlow or Keras.

A model is a run's folder or one of pretrained/: both hold the same files. Called by pages, the command line and export.
"""

import copy
import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imdb_core import config as configs
from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import START, UNKNOWN
from imdb_core.data.typography import decoded
from imdb_core.data.vocabulary import Vocabulary, clean, tokens
from imdb_core.errors import ConfigError, ModelError, TextError
from imdb_core.scoring.graph import largest_first

LONGEST_TEXT = 100_000  # characters; more is cut in front before anything else looks at it
MODELS_IN_MEMORY = 12
_NO_WORDS = "This review has {}; type at least one word."


@dataclass(frozen=True)
class Reading:
    """What a network sees of a text: all `words`, the `ids` it reads, how many words in front are `cut`, padding positions.

    The words are as the network's vocabulary understands them: "So boring…" is "so" and "boring".
    """

    words: tuple[str, ...]
    ids: tuple[int, ...]
    cut: int
    padding: int

    @property
    def statuses(self) -> list[str]:
        """One of "cut", "unknown" or "read" for each word."""
        read = ["unknown" if id == UNKNOWN else "read" for id in self.ids[-(len(self.words) - self.cut) :]]
        return ["cut"] * self.cut + read

    @property
    def unknown(self) -> list[str]:
        """The words that were read but are not in the network's vocabulary."""
        words = self.words[self.cut :]
        ids = self.ids[len(self.ids) - len(words) :]
        return [word for word, id in zip(words, ids, strict=True) if id == UNKNOWN] if UNKNOWN in ids else []


@dataclass(frozen=True)
class Score:
    """What a network says of one review: `probability` of "positive", 0 to 1, and what it saw."""

    probability: float
    reading: Reading

    @property
    def label(self) -> str:
        return "positive" if self.probability > 0.5 else "negative"

    def as_dict(self) -> dict:
        """What `score --json` prints: `unknown` is the list of unknown words, `words` and `cut` are counts."""
        seen = self.reading
        counts = {"words": len(seen.words), "unknown": seen.unknown, "cut": seen.cut}
        return {"probability": self.probability, "label": self.label, **counts}


class Predictor:
    """One loaded model, of the best epoch unless another of `epochs` is asked for; raises ModelError.

    `folder` holds config.json, model.json, model.onnx, vocabulary.json and the other epochs as epochs/epoch-N.onnx.
    """

    def __init__(self, folder: Path, epoch: int | None = None):
        self.config, model = _facts(folder)
        self.epochs = sorted({model["epoch"], *model["epochs"]})
        self.epoch = model["epoch"] if epoch is None else epoch
        if self.epoch not in self.epochs:
            kept = ", ".join(map(str, self.epochs))
            raise ModelError(f"Epoch {epoch} of {folder.name} was not kept; there are {kept}. Choose one of these.")
        best = self.epoch == model["epoch"]
        onnx = "model.onnx" if best else epoch_file(self.epoch)
        written = _checked(folder, "vocabulary.json", model["sha256"].get("vocabulary.json"))
        self.vocabulary = Vocabulary.parse(written, folder / "vocabulary.json")
        self._file = folder, onnx, model["sha256"].get(onnx) if best else model["epochs"][self.epoch]
        content = _checked(*self._file)
        try:
            self._session = session(content)
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise ModelError(f"{folder / onnx} cannot be loaded: {str(error)[:200]}. Train the run again.") from error
        self._input = self._session.get_inputs()[0].name

    def for_batches(self) -> "Predictor":
        """The same network, faster with many reviews; this takes a quarter of a second. Raises ModelError if its file is gone."""
        content = _checked(*self._file)
        if (rewritten := largest_first(content)) is content:
            return self
        other = copy.copy(self)
        other._session = session(rewritten)
        return other

    def read(self, text: str) -> Reading:
        """How the network sees `text`; raises TextError if it has no words."""
        as_typed = reviewed_words(text)
        words = self.vocabulary.understood(as_typed, typed=" ".join(as_typed) != text)
        if not words:
            raise TextError(_NO_WORDS.format("only spaces and punctuation"))
        ids = self.vocabulary.encode_words(words)
        seen = ids[-self.config.review_length :]  # cut in front; the start token goes first
        cut = max(0, len(words) - len(seen)) if len(seen) < len(ids) else 0
        return Reading(tuple(words), tuple(seen), cut, int(padded_width(len(seen), self.config)) - len(seen))

    def scorable(self, text: str) -> Reading:
        """As read(); raises TextError also if the network knows none of the words."""
        seen = self.read(text)
        if all(id in (START, UNKNOWN) for id in seen.ids):
            raise TextError(
                f"Of {len(seen.words) - seen.cut:,} read, no word is among the {len(self.vocabulary):,} this network knows; "
                "write in English, or choose a network with a larger vocabulary."
            )
        return seen

    def score(self, text: str) -> Score:
        """The network's verdict on one review; raises TextError if there is nothing to score."""
        seen = self.scorable(text)
        return Score(float(self.probabilities([seen.ids], len(seen.ids) + seen.padding)[0]), seen)

    def probabilities(self, rows: list[list[int]], width: int):
        """float32 (rows,): the network's output for id lists, padded in front to `width`."""
        return self._outputs(rows, width)[0][:, 0]

    def attention(self, seen: Reading) -> np.ndarray | None:
        """float32 (words read,): the share of its attention that each word gets; None for a network without attention.

        The shares of words, start token and padding add up to 1.
        """
        if len(self._session.get_outputs()) < 2:
            return None
        shares = self._outputs([seen.ids], len(seen.ids) + seen.padding)[1][0, :, 0]
        return shares[len(shares) - (len(seen.words) - seen.cut) :]

    def _outputs(self, rows, width):
        batch = np.zeros((len(rows), width), np.int32)
        for line, ids in zip(batch, rows, strict=True):
            line[width - len(ids) :] = ids
        return self._session.run(None, {self._input: batch})


def epoch_file(epoch: int) -> str:
    """Where in a run's folder an epoch's model lies."""
    return f"epochs/epoch-{epoch:03d}.onnx"


def load(folder: Path, epoch: int | None = None) -> Predictor:
    """The model in `folder`, from memory if its model.json has not changed; the least used of many are forgotten.

    `epoch` is one of Predictor.epochs, None the best.
    """
    try:
        stat = (folder / "model.json").stat()
    except OSError:
        raise ModelError(f"{folder.name} has no trained model (model.json is missing); choose another, or train it.") from None
    if epoch is not None and epoch == _facts(folder)[1]["epoch"]:
        epoch = None  # one network, not two, however it was asked for
    key = (folder, epoch, stat.st_ino, stat.st_mtime_ns)
    with _loading:  # every visitor's page runs in a thread of its own
        if key not in _loaded:
            _loaded[key] = Predictor(folder, epoch)
            while len(_loaded) > MODELS_IN_MEMORY:
                _loaded.popitem(last=False)
        _loaded.move_to_end(key)
        return _loaded[key]


def reviewed_words(text: str) -> list[str]:
    """The words of a typed review, cut as the corpus was; raises TextError when there are none."""
    words = tokens(decoded(clean(text[-LONGEST_TEXT:])))
    if not words:
        raise TextError(_NO_WORDS.format("only spaces and punctuation" if text.strip() else "no text"))
    return words


def session(onnx: bytes):
    """An ONNX Runtime session on the CPU with one thread: a review takes about a millisecond."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Else each session keeps for good the most memory that any of its batches has needed.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    opened = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    opened._model_bytes = None  # kept to open them anew on another device; for all networks 25 MB
    return opened


_loading = threading.Lock()
_loaded: OrderedDict[tuple, Predictor] = OrderedDict()


def _facts(folder: Path):
    """(config, model.json with "epoch" a number, "sha256" file -> checksum and "epochs" number -> checksum)."""
    try:
        config = configs.read(json.dumps(json.loads((folder / "config.json").read_text("utf-8"))["config"]))
        model = json.loads((folder / "model.json").read_text("utf-8"))
        epochs = {int(number): str(hash) for number, hash in dict(model.get("epochs", {})).items()}
        return config, {"epoch": int(model["epoch"]), "sha256": dict(model["sha256"]), "epochs": epochs}
    except _UNREADABLE as error:
        raise ModelError(f"The model in {folder} cannot be read: {error}. Train it again, or choose another.") from error


def _checked(folder: Path, name: str, expected: str | None) -> bytes:
    """The content of a file, from the very bytes whose checksum was compared."""
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"The model in {folder} cannot be read: {error}. Train it again, or choose another.") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"{folder / name} is damaged (its checksum differs from model.json). Train it again, or choose another.")
    return content


_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, ConfigError)
