"""Many reviews at once: batches of one padded width, on all cores, answers in the order of the texts. Called
by the command line.

A window of reviews is read and scored by one thread. Reading holds Python's lock (the GIL), ONNX Runtime does
not: while one thread reads words, the others compute.
"""

import contextlib
import gc
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.data.batches import same_width
from imdb_core.data.reading import Reading
from imdb_core.errors import ModelError, UserError
from imdb_core.runs import devices
from imdb_core.scoring.predictor import Predictor, Score
from imdb_core.scoring.time_limit import BATCH_SECONDS, at_most

Answer = Score | UserError
Answered = tuple[Sequence[str], list[Answer]]  # texts and their answers

# Reviews; fewer leave batches of few reviews, more keep more words in memory (some 13 KB a review).
WINDOW = 2048
LARGEST_BATCH = 8192  # reviews x width; larger ones do not stay in a core's cache
LARGEST_TABLE = 2**20  # heads x reviews x width x width: what attention weighs takes 4 MiB
WORTH_WHILE = WINDOW  # reviews from which on Predictor.for_batches() pays
# Objects that Python makes before it looks for cycles among them; readings have none, but thousands of words.
YOUNG_OBJECTS = 100_000
# How long one thread may hold Python's lock while another thread, whose batch is ready, waits for it.
LOCK_SECONDS = 0.0005

_reading = threading.Lock()  # held by the thread that reads: taking turns word by word would only cost time


def scores(predictor: Predictor, texts: Sequence[str]) -> Iterator[Answer]:
    """The Score of each text, or the UserError that says why it has none, in the order of `texts`.

    Probabilities are those of predictor.score() but for rounding, since a review is padded to the same width.
    Raises ModelError if the network cannot answer.
    """
    windows = (texts[start : start + WINDOW] for start in range(0, len(texts), WINDOW))
    for _, answers in scored(predictor, windows):
        yield from answers


def scored(predictor: Predictor, windows: Iterable[Sequence[str]]) -> Generator[Answered, None, None]:
    """Yields (texts, answers) for each of `windows` (at most WINDOW texts each), in order, as soon as it is
    scored.

    An empty window says that the next one may be a long time in coming: all answers that are due come before
    it is asked for, followed by ([], []). A few windows are read ahead, so memory is bounded however many
    there are.
    """
    cores, given, ready = devices.cpu_cores(), 0, None
    due: deque = deque()
    pool = ThreadPoolExecutor(cores)
    try:
        with _undisturbed():
            for texts in windows:
                if texts:
                    given += len(texts)
                    if given > WORTH_WHILE and not ready:
                        ready = pool.submit(_for_batches, predictor)
                    if ready and ready.done():
                        predictor = ready.result()
                    due.append((texts, pool.submit(answers, predictor, texts)))
                while due and (not texts or len(due) > cores + 1 or due[0][1].done()):
                    yield due[0][0], due.popleft()[1].result()
                if not texts:
                    yield [], []
            while due:
                yield due[0][0], due.popleft()[1].result()
    finally:
        pool.shutdown(cancel_futures=True)


def answers(predictor: Predictor, texts: Sequence[str]) -> list[Answer]:
    """The answers to some texts, by this thread alone. Raises ModelError if the network cannot answer."""
    with _reading:
        seen = [_read(predictor, text) for text in texts]
    numbers = [number for number, reading in enumerate(seen) if isinstance(reading, Reading)]
    lengths = [len(seen[number].ids) for number in numbers]
    for members, width in same_width(lengths, predictor.config, largest_batch(predictor.config)):
        batch = [numbers[member] for member in members]
        with at_most(BATCH_SECONDS) as limit:
            probabilities = predictor.probabilities([seen[number].ids for number in batch], width, limit)
        for number, probability in zip(batch, probabilities.tolist(), strict=True):
            seen[number] = Score(probability, seen[number])
    return seen


def _for_batches(predictor) -> Predictor:
    try:
        return predictor.for_batches()
    except ModelError:  # its run was deleted or replaced meanwhile; the network in memory goes on
        return predictor


def _read(predictor, text) -> Reading | UserError:
    try:
        return predictor.scorable(text)
    except UserError as error:
        return error.with_traceback(None)  # a traceback would keep the whole window in memory


def largest_batch(config: RunConfig) -> Callable[[int], int]:
    """How many reviews of a width are scored together, for a core's cache and for attention's tables."""
    heads = config.heads if "heads" in architectures.hyperparameters(config.network) else 0

    def reviews(width: int) -> int:
        tables = LARGEST_TABLE // (heads * width**2) if heads else LARGEST_BATCH
        return max(1, min(LARGEST_BATCH // width, tables))

    return reviews


@contextlib.contextmanager
def _undisturbed():
    """Python's threads take turns more often, for a batch that is ready would else wait 5 ms for a thread
    that reads; and Python looks for garbage more seldom, for it looks at every word that is read."""
    turn, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(LOCK_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*thresholds)
