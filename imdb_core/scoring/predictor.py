"""Score a text with a trained network, without TensorFlow or Keras. Called by pages and commands.

A model is a run's folder or a folder of pretrained/, which hold the same files. model_files limits how much
is read, safe_graph and time_limit how much is computed, and onnx_models checks the outputs.
"""

import copy
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imdb_core import answers
from imdb_core.data.reading import Reading, read_text
from imdb_core.data.reviews import START, UNKNOWN
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError, TextError, UserError
from imdb_core.file_cache import FileCache
from imdb_core.runs import layout
from imdb_core.scoring import model_files, onnx_models
from imdb_core.scoring.graph import pooling_first
from imdb_core.scoring.model_files import Facts
from imdb_core.scoring.onnx_parts import weights, with_output
from imdb_core.scoring.safe_graph import UnsafeModel
from imdb_core.scoring.time_limit import SCORE_SECONDS, TimeLimit, within

MODELS_IN_MEMORY = 12
_NO_WORDS = "This text has {}; type at least one word."


@dataclass(frozen=True)
class Score:
    """A network's answer for one text: the share of each class, 0 to 1, and what the network read."""

    shares: tuple[float, ...]
    classes: tuple[str, ...]
    reading: Reading

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.classes[self.shares.index(max(self.shares))]

    @property
    def probability(self) -> float:
        """The share of the second of two classes ("positive"); with more classes, the share of `label`."""
        return self.shares[self.reported]

    @property
    def reported(self) -> int:
        """The number of the class whose share is `probability`."""
        return answers.reported(self.shares)

    def as_dict(self) -> dict[str, Any]:
        """The output of `score --json`: a list of unknown words, numbers of words and of cut words."""
        reading = self.reading
        answer: dict[str, Any] = {"probability": self.probability, "label": self.label}
        if not answers.is_binary(self.classes):
            answer["probabilities"] = dict(zip(self.classes, self.shares, strict=True))
        return answer | {"words": len(reading.words), "unknown": reading.unknown, "cut": reading.cut}


class Predictor:
    """A loaded model, by default of the best epoch; raises ModelError.

    `epochs` are the epochs that can be loaded. `folder` holds config.json, model.json, vocabulary.json,
    model.onnx (the best epoch) and the other epochs as epochs/epoch-N.onnx. `raw_answer` is the name of the
    tensor before the sigmoid or softmax in the ONNX file; None if the file ends differently. `known` replaces
    model.json and vocabulary.json (see training_models).
    """

    def __init__(self, folder: Path, epoch: int | None = None, known: tuple[Facts, Vocabulary] | None = None):
        facts, self.folder = known[0] if known else model_files.facts(folder), folder
        self.config, self.epochs = facts.config, sorted({facts.epoch, *facts.epochs} - {0})
        self.epoch = facts.epoch if epoch is None else epoch
        if self.epoch not in self.epochs:
            epochs = ", ".join(map(str, self.epochs))
            raise ModelError(f"Epoch {epoch} of {folder.name} has no model; epochs with a model: {epochs}.")
        best = self.epoch == facts.epoch
        self.vocabulary = known[1] if known else model_files.vocabulary(folder, facts)
        name = layout.MODEL if best else layout.epoch_model(self.epoch)
        checksum = facts.checksums.get(name) if best else facts.epochs[self.epoch]
        self._file = folder, name, checksum, onnx_models.most_bytes(facts.config)
        content = model_files.checked(*self._file)
        try:
            self._graph = onnx_models.usable_graph(content, facts.config)
        except UnsafeModel as error:
            raise self._refused(error) from error
        self.raw_answer = self._graph.raw_answer
        if self.raw_answer:
            content = with_output(content, self.raw_answer)
        self._session = self._opened(content)
        self._input = self._session.get_inputs()[0].name

    def for_batches(self) -> "Predictor":
        """The same network, faster for many reviews; takes 0.25 s. Raises ModelError if its file is gone."""
        content = self.content()
        if (rewritten := pooling_first(content)) is content:
            return self
        faster = copy.copy(self)
        faster._session, faster.raw_answer = self._opened(rewritten), None
        return faster

    def read(self, text: str) -> Reading:
        """How the network sees `text`; raises TextError if it has no words."""
        seen = read_text(text, self.vocabulary, self.config)
        if not seen.words:
            raise TextError(_NO_WORDS.format("only spaces and punctuation" if text.strip() else "no text"))
        return seen

    def scorable(self, text: str) -> Reading:
        """As read(); also raises TextError if the network knows none of the words."""
        reading = self.read(text)
        if all(id in (START, UNKNOWN) for id in reading.ids):
            languages = " or ".join(self.vocabulary.languages) or "the language of its training texts"
            read = reading.words_read
            raise TextError(
                f"This network knows {len(self.vocabulary):,} words, but no word of this text ({read:,} "
                f"read). Write in {languages}, or choose a network with a larger vocabulary."
            )
        return reading

    def score(self, text: str, limit: TimeLimit | None = None) -> Score:
        """The network's answer for one text; raises TextError if there is nothing to score.

        score(), shares() and attention() raise ModelError if they take longer than `limit`, which is
        SCORE_SECONDS by default.
        """
        reading = self.scorable(text)
        width = len(reading.ids) + reading.padding
        return self.answer(self.shares([reading.ids], width, limit)[0], reading)

    def answer(self, shares: npt.NDArray[np.float32], reading: Reading) -> Score:
        """The Score of a text from its row of shares()."""
        return Score(tuple(shares.tolist()), self.config.classes, reading)

    def shares(
        self, rows: Sequence[Sequence[int]], width: int, limit: TimeLimit | None = None
    ) -> npt.NDArray[np.float32]:
        """The share of each class, float32 (rows, classes), for word ids, padded in front to `width`."""
        return answers.shares(self._outputs(rows, width, limit)[0][0])

    def log_odds(
        self, rows: Sequence[Sequence[int]], width: int, limit: TimeLimit | None = None, *, of: int = 1
    ) -> npt.NDArray[np.float64]:
        """The log-odds of the class `of` against the rest, float64 (rows,), for word ids as in shares()."""
        (output, *_), raw = self._outputs(rows, width, limit)
        if raw is None or not np.isfinite(raw).all():
            return answers.log_odds(answers.shares(output), of)
        return answers.exact_log_odds(raw, of)

    @property
    def has_word_vectors(self) -> bool:
        """Whether the network has an embedding: a vector for each word."""
        return self._graph.word_vectors(self.config.vocabulary_size) is not None

    @property
    def file(self) -> Path:
        """The ONNX file, which differs from epoch to epoch."""
        return self._file[0] / self._file[1]

    @property
    def checksum(self) -> str | None:
        """The checksum of the ONNX file: another checksum means another network."""
        return self._file[2]

    def content(self) -> bytes:
        """The bytes of the ONNX file, which were checked when the model was loaded. Raises ModelError."""
        return model_files.checked(*self._file)

    def word_vectors(self) -> npt.NDArray[np.float32] | None:
        """The network's embedding, float32 (vocabulary_size, numbers a word); None if it has no embedding.

        Read from the model's file, which stays in memory as long as the array. Raises ModelError.
        """
        table = self._graph.word_vectors(self.config.vocabulary_size)
        if table is None:
            return None
        name, shape = table
        return np.frombuffer(weights(self.content(), name), "<f4").reshape(shape)

    def attention(self, reading: Reading, limit: TimeLimit | None = None) -> npt.NDArray[np.float32] | None:
        """float32 (words read,): each word's share of the attention; None for a network without attention.

        The shares of words, start token and padding add up to 1.
        """
        if len(self._session.get_outputs()) < (2 if self.raw_answer is None else 3):
            return None
        width = len(reading.ids) + reading.padding
        shares = self._outputs([reading.ids], width, limit)[0][1][0, :, 0]
        return shares[len(shares) - reading.words_read :]

    def _outputs(
        self, rows: Sequence[Sequence[int]], width: int, limit: TimeLimit | None = None
    ) -> tuple[list[npt.NDArray[np.float32]], npt.NDArray[np.float32] | None]:
        """(the checked outputs of one run, the numbers before its sigmoid or softmax); raises ModelError."""
        batch = np.zeros((len(rows), width), np.int32)
        for row, ids in zip(batch, rows, strict=True):
            row[width - len(ids) :] = ids
        try:
            self._graph.require_bounded(len(rows), width)
            with within(limit, SCORE_SECONDS) as limit:
                outputs = limit.run(self._session, {self._input: batch})
        except UserError:  # from the time limit, or from its pause
            raise
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise self._refused(error) from error
        raw = None if self.raw_answer is None else outputs.pop()
        if fault := onnx_models.output_fault(outputs, (len(rows), width), self.config.classes):
            raise self._refused(f"it gave {fault}")
        return outputs, raw

    def _opened(self, content: bytes) -> Any:
        try:
            return onnx_models.session(content)
        except Exception as error:  # ONNX Runtime has its own, undocumented exceptions
            raise self._refused(error) from error

    def _refused(self, reason: object) -> ModelError:
        folder, name, *_ = self._file
        sentence = str(reason)[:200].rstrip(".")
        return ModelError(
            f"{folder / name} cannot be used: {sentence}. Train the run again, or choose another."
        )


def load(folder: Path, epoch: int | None = None) -> Predictor:
    """The model in `folder`, from memory if its model.json has not changed.

    Keeps the MODELS_IN_MEMORY models that were used last. `epoch` is one of Predictor.epochs; None is the
    best. Raises ModelError.
    """
    model_json = folder / layout.MODEL_FACTS
    if not os.path.isfile(model_json):
        raise ModelError(
            f"{folder.name} has no trained model ({layout.MODEL_FACTS} is missing). "
            "Train it, or choose another model."
        )
    if epoch is not None and epoch == model_files.facts(folder).epoch:
        epoch = None  # the best epoch is kept in memory once, not under two keys
    return loaded_models.value((folder, epoch), (model_json,), compute=lambda: Predictor(folder, epoch))


# The models in memory, by (folder, epoch); all threads of the server share them.
loaded_models = FileCache[Predictor](MODELS_IN_MEMORY)
