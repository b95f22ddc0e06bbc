"""Language models: trained networks that predict the next word. They continue texts, and other networks start
from their weights.

Continuing needs only NumPy: one word takes about a millisecond. Called by the launcher, the worker, the pages
and the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core import architectures, errors
from imdb_core.arrays import unpacked
from imdb_core.config import Problem, RunConfig, facts
from imdb_core.data.reading import LONGEST_TEXT
from imdb_core.data.reviews import FIRST_WORD, PAD, START, UNKNOWN
from imdb_core.data.vocabulary import Vocabulary, clean
from imdb_core.errors import ModelError, RunError, UserError
from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded
from imdb_core.runs import layout, store
from imdb_core.runs.awaited import awaited_language_model
from imdb_core.runs.learned_words import weights_file

LARGEST_FILE = 2 * 2**30  # bytes of weights; a model with the values of the preset has 12 MB
LARGEST_SHOWN = 128 * 2**20  # of a model that the server loads to continue texts
MOST_REMEMBERED = 2  # models in the server's memory
MOST_WORDS = 200  # of a continuation
MOST_READ = 500  # words of the beginning that are read, the last ones
TEMPERATURES = (0.1, 2.0)
SIZES = ("embedding_size", "units")  # must be equal in a language model and in a network that starts from it

Array = NDArray[np.float32]


@dataclass(frozen=True)
class LanguageModel:
    """A trained language model; `arrays` holds its weights by "Layer/array" (architectures/next_word.py)."""

    config: RunConfig
    vocabulary: Vocabulary
    arrays: dict[str, Array]

    def continued(self, text: str, *, words: int, temperature: float, seed: int) -> str:
        """`words` words that may follow `text`, or fewer if the model ends the text.

        Each word is drawn with its probability; the scores are divided by `temperature` before. A small one
        prefers the likeliest words, a large one gives all words a chance. The same seed gives the same words.
        The last MOST_READ words of `text` are read; unknown ones are left out. Raises ModelError for values
        that are not allowed.
        """
        _require_between("words", words, 1, MOST_WORDS)
        _require_between("temperature", temperature, *TEMPERATURES)
        _require_between("seed", seed, 0, 2**63)
        random = np.random.default_rng(seed)
        ids = self.vocabulary.encode(clean(text[-LONGEST_TEXT:]))[1:][-MOST_READ:]
        memory = np.zeros((2, self.config.units), np.float32)
        for id in [START, *(id for id in ids if id != UNKNOWN)]:
            memory = self._after(memory, id)
        chosen: list[int] = []
        while len(chosen) < words:
            probabilities = self._probabilities(memory[0], temperature)
            id = int(random.choice(len(probabilities), p=probabilities))
            if id == START:  # the next text would begin
                break
            chosen.append(id)
            memory = self._after(memory, id)
        return " ".join(self.vocabulary.decode(chosen))

    def _after(self, memory: Array, id: int) -> Array:
        """(output, cell) of the LSTM after one more word: Keras's equations, with the gates i, f, c, o."""
        weights = self.arrays
        gates = weights["Embedding/embeddings"][id] @ weights["LSTM/kernel"] + weights["LSTM/bias"]
        i, f, c, o = np.split(gates + memory[0] @ weights["LSTM/recurrent_kernel"], 4)
        cell = _sigmoid(f) * memory[1] + _sigmoid(i) * np.tanh(c)
        return np.stack([_sigmoid(o) * np.tanh(cell), cell])

    def _probabilities(self, output: Array, temperature: float) -> NDArray[np.float64]:
        """Of each id as the next one; padding, unknown words and ids without a word have 0."""
        features = output @ self.arrays["Dense/kernel"] + self.arrays["Dense/bias"]
        raw = self.arrays["Embedding/embeddings"] @ features + self.arrays["WordScores/biases"]
        scores = raw.astype(np.float64) / temperature
        has_word = np.arange(len(scores)) <= len(self.vocabulary) + FIRST_WORD
        has_word[[PAD, UNKNOWN, FIRST_WORD]] = False
        shares = np.where(has_word, np.exp(scores - scores[has_word].max()), 0.0)
        probabilities: NDArray[np.float64] = shares / shares.sum()
        if not np.isfinite(probabilities).all():  # weights so large that sums overflow
            raise ModelError("The language model's weights are too large to compute with. Train it again.")
        return probabilities


def made_of(config: RunConfig, vocabulary: Vocabulary, arrays: Mapping[str, Array]) -> LanguageModel:
    """The model with these weights, named as in weights.npz. Raises ModelError unless they fit the config."""
    by_layer = {name.partition("-")[2]: array for name, array in arrays.items()}
    size, units, ids = config.embedding_size, config.units, config.vocabulary_size
    expected = {
        "Embedding/embeddings": (ids, size),
        "LSTM/kernel": (size, 4 * units),
        "LSTM/recurrent_kernel": (units, 4 * units),
        "LSTM/bias": (4 * units,),
        "Dense/kernel": (units, size),
        "Dense/bias": (size,),
        "WordScores/biases": (ids,),
    }
    found = {name: by_layer.get(name, np.zeros(0, np.float32)) for name in expected}
    fits = all(array.shape == expected[name] and array.dtype == np.float32 for name, array in found.items())
    has_words = len(vocabulary) + FIRST_WORD < ids and vocabulary.tokenizer == config.tokenizer
    if not (fits and has_words and all(np.isfinite(array).all() for array in found.values())):
        raise ModelError(f"The weights do not fit the {layout.CONFIG} of the run. Train the run again.")
    return LanguageModel(config, vocabulary, found)


def available() -> list[store.Run]:
    """The runs of language models that have ended with weights, the newest first."""
    words = (run for run in store.runs() if run.predicts_words)  # before the state, which takes longer
    return [run for run in words if run.state in store.ENDED and weights_file(run)]


def load(run: store.Run, most_bytes: int = LARGEST_SHOWN) -> LanguageModel:
    """The model after the best epoch so far of a run; kept in memory. Raises ModelError.

    `most_bytes` bounds the file of its weights.
    """
    path, vocabulary = weights_file(run), run.folder / layout.VOCABULARY
    if path is None:
        raise ModelError(f"{run.name} has no weights of a language model yet; wait for its first epoch.")
    try:
        return _models.value(run.folder, (path, vocabulary), compute=lambda: _read(run, path, most_bytes))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {errors.reason(error)}. Train the run again.") from error


def find(config: RunConfig) -> store.Run:
    """The run that `config` starts from. Raises ModelError with a sentence if the network cannot."""
    run = _run(config)
    if weights_file(run) is None:
        raise ModelError(
            f"Run {config.start_from} ({run.state}) has no weights of a language model. Choose a language "
            "model that has been trained, or start from random numbers."
        )
    _require_fitting(run, config)
    return run


def require(config: RunConfig) -> None:
    """Raise ModelError unless the network can start from its language model, now or once it is trained."""
    if awaited := awaited_language_model(config):
        _require_fitting(awaited, config)
    else:
        find(config)


def problems(config: RunConfig) -> list[Problem]:
    """Why the network of `config` cannot start from its language model, for the form; [] if it can."""
    try:
        if config.start_from:
            require(config)
    except UserError as error:
        return [Problem("unusable_start", ("start_from",), {"reason": errors.sentence(error)})]
    return []


def sizes(config: RunConfig) -> tuple[str, ...]:
    """The hyperparameters that must be equal in the language model; units only if its LSTM is taken over."""
    return SIZES if reads_words(config) else SIZES[:1]


def reads_words(config: RunConfig) -> bool:
    """Whether an LSTM, also a two-way one, reads the word vectors directly: it can be taken over."""
    for row in architectures.layer_table(config):
        if row.type not in ("Embedding", "Dropout", "SpatialDropout1D"):
            return row.type in ("LSTM", "Bidirectional") and "4 gates" in row.note
    return False


def _run(config: RunConfig) -> store.Run:
    try:
        return store.find(config.start_from)
    except RunError as error:
        raise ModelError(
            f"There is no run {config.start_from} to start from. Choose a language model that has been "
            "trained, or start from random numbers."
        ) from error


def _require_fitting(run: store.Run, config: RunConfig) -> None:
    """Raise ModelError unless the run is a language model with the sizes and the tokenizer of `config`."""
    learned = run.config
    if learned is None or not run.predicts_words:
        raise ModelError(f"Run {run.id} is no language model. Choose one, or start from random numbers.")
    if "word_vectors" not in architectures.hyperparameters(config.network):
        title = architectures.get(config.network).title
        raise ModelError(f"{title} has no word vectors to start with. Choose another network.")
    for name in (*sizes(config), "tokenizer"):
        own, of_model = getattr(config, name), getattr(learned, name)
        if own != of_model:
            raise ModelError(
                f"{facts(name).label} is {own}, but {of_model} in the language model {run.name}. Set it to "
                f"{of_model}, or choose another language model."
            )


def _read(run: store.Run, path: Path, most_bytes: int) -> LanguageModel:
    config = run.config
    assert config is not None
    try:
        arrays = unpacked(read_bounded(path, most_bytes, below=run.folder))
    except ValueError as error:
        raise ModelError(f"{path} cannot be used here: {errors.reason(error)}.") from error
    return made_of(config, Vocabulary.read(run.folder / layout.VOCABULARY), arrays)


def _require_between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also for NaN
        raise ModelError(f"{name} is {value}; it must be between {low:g} and {high:g}.")


def _sigmoid(x: Array) -> Array:
    y: Array = 0.5 + 0.5 * np.tanh(0.5 * x)
    return y


_models = FileCache[LanguageModel](MOST_REMEMBERED)
