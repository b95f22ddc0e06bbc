"""A trained network behind one call: text in, probability out. ONNX Runtime only; nothing here loads
TensorFlow or Keras.

A model is a run's folder or a folder of pretrained/: both hold the same files. Reading them is bounded
(model_files), so is their computation (safe_graph, time_limit), and the outputs are checked here. Called by
pages, the command line and the export.
"""

import copy
import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imdb_core.data.batches import padded_width
from imdb_core.data.reviews import START, UNKNOWN
from imdb_core.data.typography import decoded
from imdb_core.data.vocabulary import clean, tokens
from imdb_core.errors import ModelError, TextError
from imdb_core.runs import layout
from imdb_core.scoring import model_files
from imdb_core.scoring.graph import largest_first
from imdb_core.scoring.safe_graph import SafeGraph, UnsafeModel
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within

LONGEST_TEXT = 100_000  # characters; more is cut in front before anything else looks at it
MODELS_IN_MEMORY = 12
ROUNDING = 1e-3  # the sum of the shares of attention may differ from 1 by so much
_NO_WORDS = "This review has {}; type at least one word."


@dataclass(frozen=True)
class Reading:
    """What a network sees of a text: all `words`, the `ids` it reads, how many words in front are `cut`,
    padding positions.

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

    `folder` holds config.json, model.json, model.onnx, vocabulary.json and the other epochs as
    epochs/epoch-N.onnx.
    """

    def __init__(self, folder: Path, epoch: int | None = None):
        facts = model_files.facts(folder)
        self.config, self.epochs = facts.config, sorted({facts.epoch, *facts.epochs})
        self.epoch = facts.epoch if epoch is None else epoch
        if self.epoch not in self.epochs:
            kept = ", ".join(map(str, self.epochs))
            raise ModelError(
                f"Epoch {epoch} of {folder.name} was not kept; there are {kept}. Choose one of these."
            )
        best = self.epoch == facts.epoch
        self.vocabulary = model_files.vocabulary(folder, facts)
        name = layout.MODEL if best else layout.epoch_model(self.epoch)
        checksum = facts.checksums.get(name) if best else facts.epochs[self.epoch]
        self._file = folder, name, checksum, model_files.most_onnx_bytes(facts.config)
        content = model_files.checked(*self._file)
        try:
            self._graph = SafeGraph(content)
            self._graph.demand_bounded(1, facts.config.review_length)
        except UnsafeModel as error:
            raise self._refused(error) from error
        self._session = self._opened(content)
        self._input = self._session.get_inputs()[0].name

    def for_batches(self) -> "Predictor":
        """The same network, faster with many reviews; this takes a quarter of a second. Raises ModelError if
        its file is gone.
        """
        content = model_files.checked(*self._file)
        if (rewritten := largest_first(content)) is content:
            return self
        other = copy.copy(self)
        other._session = self._opened(rewritten)
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

    def score(self, text: str, limit: TimeLimit | None = None) -> Score:
        """The network's verdict on one review; raises TextError if there is nothing to score.

        This and the methods below raise ModelError if they take longer than `limit`, or than SCORE_SECONDS
        without a limit.
        """
        seen = self.scorable(text)
        return Score(float(self.probabilities([seen.ids], len(seen.ids) + seen.padding, limit)[0]), seen)

    def probabilities(self, rows: list[list[int]], width: int, limit: TimeLimit | None = None) -> np.ndarray:
        """float32 (rows,): the network's output for id lists, padded in front to `width`. Raises ModelError."""
        return self._outputs(rows, width, limit)[0][:, 0]

    def attention(self, seen: Reading, limit: TimeLimit | None = None) -> np.ndarray | None:
        """float32 (words read,): the share of its attention that each word gets; None for a network without
        attention.

        The shares of words, start token and padding add up to 1.
        """
        if len(self._session.get_outputs()) < 2:
            return None
        shares = self._outputs([seen.ids], len(seen.ids) + seen.padding, limit)[1][0, :, 0]
        return shares[len(shares) - (len(seen.words) - seen.cut) :]

    def _outputs(self, rows, width, limit=None):
        batch = np.zeros((len(rows), width), np.int32)
        for line, ids in zip(batch, rows, strict=True):
            line[width - len(ids) :] = ids
        try:
            self._graph.demand_bounded(*batch.shape)
            with within(limit, SCORE_SECONDS) as limit:
                outputs = limit.run(self._session, {self._input: batch})
        except ModelError:  # from the time limit
            raise
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise self._refused(error) from error
        if wrong := _wrong_with(outputs, batch.shape):
            raise self._refused(f"it gave {wrong}")
        return outputs

    def _opened(self, onnx: bytes):
        try:
            return session(onnx)
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise self._refused(error) from error

    def _refused(self, reason) -> ModelError:
        folder, name, *_ = self._file
        return ModelError(
            f"{folder / name} cannot be used: {str(reason)[:200].rstrip('.')}. Train the run again, or choose another."
        )


def load(folder: Path, epoch: int | None = None) -> Predictor:
    """The model in `folder`, from memory if its model.json has not changed; keeps the MODELS_IN_MEMORY used
    last.

    `epoch` is one of Predictor.epochs, None the best. Raises ModelError.
    """
    try:
        stat = (folder / layout.MODEL_FACTS).stat()
    except OSError:
        raise ModelError(
            f"{folder.name} has no trained model ({layout.MODEL_FACTS} is missing); choose another, or train it."
        ) from None
    if epoch is not None and epoch == model_files.facts(folder).epoch:
        epoch = None  # the best epoch is kept in memory once, not under two keys
    key = (folder, epoch, stat.st_ino, stat.st_mtime_ns)
    with _changing:  # every visitor's page runs in a thread of its own
        loading, mine = _loaded.get(key), key not in _loaded
        if mine:
            loading = _loaded[key] = Future()
            while len(_loaded) > MODELS_IN_MEMORY:
                _loaded.popitem(last=False)
        _loaded.move_to_end(key)
    if mine:  # without the lock: a slow model delays only the threads that load the same model
        _load_into(loading, key, folder, epoch)
    return loading.result()


def _load_into(loading: Future, key: tuple, folder: Path, epoch: int | None) -> None:
    try:
        loading.set_result(Predictor(folder, epoch))
    except BaseException as error:  # noqa: BLE001 - other threads wait for the result, and get the error as well
        with _changing:
            if _loaded.get(key) is loading:  # a failure is not kept: the next visitor tries again
                del _loaded[key]
        loading.set_exception(error)


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
    opened._model_bytes = (
        None  # ONNX Runtime keeps the bytes to reopen on another device: 25 MB for all networks
    )
    return opened


_changing = threading.Lock()  # held only while _loaded changes
_loaded: OrderedDict[tuple, Future] = (
    OrderedDict()
)  # (folder, epoch, inode, time) -> Predictor, perhaps still loading


def _wrong_with(outputs, shape) -> str | None:
    """Why a network's outputs for an input of `shape` (reviews, words) are invalid, as the end of a sentence,
    or None.
    """
    rows, width = shape
    probabilities, *attention = outputs
    if probabilities.shape != (rows, 1) or any(shares.shape != (rows, width, 1) for shares in attention):
        return f"outputs of the shapes {[output.shape for output in outputs]}, not one probability a review"
    if not ((probabilities >= 0) & (probabilities <= 1)).all():  # NaN is neither
        worst = next(value for value in probabilities.ravel().tolist() if not 0 <= value <= 1)
        return f"{worst:.4g}, which is no probability"
    for shares in attention:
        if not (shares >= 0).all() or not np.abs(shares.sum(axis=1) - 1).max(initial=0) <= ROUNDING:
            return "attention whose shares do not add up to 1"
    return None
