"""Score many reviews in batches of one padded width, on all cores. Called by the command line.

One thread reads and scores a window of reviews. Reading words holds Python's lock (the GIL), ONNX Runtime
does not: while one thread reads, the other threads compute. Answers come in the order of the texts.
"""

import contextlib
import gc
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

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

# Reviews in a window. Fewer make small batches; more need more memory (about 13 KB a review).
WINDOW = 2048
LARGEST_BATCH = 8192  # reviews x width; larger ones do not stay in a core's cache
LARGEST_TABLE = 2**20  # heads x reviews x width x width: 4 MiB of attention weights
MANY_REVIEWS = WINDOW  # with more reviews than this, Predictor.for_batches() saves time
# New objects after which Python's garbage collector runs. Readings hold thousands of words and no cycles.
YOUNG_OBJECTS = 100_000
# Seconds for which one thread may hold the GIL while another thread waits with a ready batch.
LOCK_SECONDS = 0.0005

_reading = threading.Lock()  # held while a thread reads a window, because switching threads costs time


def scores(predictor: Predictor, texts: Sequence[str]) -> Iterator[Answer]:
    """Yields the Score of each text, or the UserError that says why there is none, in the order of `texts`.

    Probabilities are those of predictor.score(), except for rounding: a review is padded to the same width.
    Raises ModelError if the network cannot answer.
    """
    windows = (texts[start : start + WINDOW] for start in range(0, len(texts), WINDOW))
    for _, answers in scored(predictor, windows):
        yield from answers


def scored(predictor: Predictor, windows: Iterable[Sequence[str]]) -> Generator[Answered, None, None]:
    """Yields (texts, answers) for each of `windows`, in order, as soon as the window is scored.

    A window has at most WINDOW texts. An empty window means that the input pauses: all answers of earlier
    windows come before the next window is requested, followed by ([], []). Only a few windows are read ahead,
    so memory is bounded.
    """
    cores, count = devices.cpu_cores(), 0
    faster: Future[Predictor] | None = None
    due: deque[tuple[Sequence[str], Future[list[Answer]]]] = deque()
    pool = ThreadPoolExecutor(cores)
    try:
        with _settings_for_many():
            for texts in windows:
                if texts:
                    count += len(texts)
                    if count > MANY_REVIEWS and not faster:
                        faster = pool.submit(_for_batches, predictor)
                    if faster and faster.done():
                        predictor = faster.result()
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
    """The answers for `texts`, by the calling thread. Raises ModelError if the network cannot answer."""
    with _reading:
        results: list[Reading | UserError] = [_read(predictor, text) for text in texts]
    readings = {number: result for number, result in enumerate(results) if isinstance(result, Reading)}
    scored_readings: dict[int, Score] = {}
    numbers, lengths = list(readings), [len(reading.ids) for reading in readings.values()]
    for members, width in same_width(lengths, predictor.config, largest_batch(predictor.config)):
        batch = [numbers[member] for member in members]
        with at_most(BATCH_SECONDS) as limit:
            shares = predictor.shares([readings[number].ids for number in batch], width, limit)
        for number, row in zip(batch, shares, strict=True):
            scored_readings[number] = predictor.answer(row, readings[number])
    return [
        scored_readings[number] if isinstance(result, Reading) else result
        for number, result in enumerate(results)
    ]


def _for_batches(predictor: Predictor) -> Predictor:
    try:
        return predictor.for_batches()
    except ModelError:  # the run was deleted or replaced; the network in memory still works
        return predictor


def _read(predictor: Predictor, text: str) -> Reading | UserError:
    try:
        return predictor.scorable(text)
    except UserError as error:
        return error.with_traceback(None)  # a traceback would keep the whole window in memory


def largest_batch(config: RunConfig) -> Callable[[int], int]:
    """A function: padded width -> reviews in a batch, limited by a core's cache and by attention's memory."""
    heads = config.heads if "heads" in architectures.hyperparameters(config.network) else 0

    def reviews(width: int) -> int:
        tables = LARGEST_TABLE // (heads * width**2) if heads else LARGEST_BATCH
        return max(1, min(LARGEST_BATCH // width, tables))

    return reviews


@contextlib.contextmanager
def _settings_for_many() -> Iterator[None]:
    """A context in which threads switch more often and the garbage collector runs less often.

    With Python's defaults, a ready batch waits 5 ms for the thread that reads, and the garbage collector
    looks at every word of the readings.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(LOCK_SECONDS)
    gc.set_threshold(YOUNG_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)
