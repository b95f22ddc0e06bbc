"""How easily a network is fooled: how many test texts can be turned with at most three swapped words.

The figure is computed by robustness_job or by the command `fool`, and kept in the run's folder. The pages
"Look into a run" and "Compare runs" show it. It uses test texts: it reports, and nothing is chosen by it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge
from pydantic import TypeAdapter, ValidationError

from imdb_core.data import sources
from imdb_core.data.nouns import nouns
from imdb_core.errors import DataError, ModelError, TextError
from imdb_core.evaluation import comparisons, hard_reviews, predictions
from imdb_core.evaluation.run_config import config_of
from imdb_core.files import read_bounded, write_json
from imdb_core.inside import word_map
from imdb_core.runs import layout
from imdb_core.runs.run import Run
from imdb_core.scoring import fooling, model_files, predictor
from imdb_core.scoring.fooling import Attempt
from imdb_core.scoring.predictor import Predictor
from imdb_core.scoring.time_limit import nothing

TEXTS = 200  # test texts that are tried; only texts that the network judges right at first
SEED = 0  # the same order of the test texts for all runs
TEXT_SECONDS = 300.0  # for one text, so that no text's result depends on the speed of the machine
LARGEST_FILE = 2**14  # bytes
FORMAT: Literal[1] = 1  # of the file; a change of the search is a new format, too

Count = Annotated[int, Ge(0)]
Progress = Callable[[int, int], object]  # called before each text with (texts that were tried, all texts)


@dataclass(frozen=True)
class Robustness:
    """The figure of one model: of `texts` test texts, `by_swaps[i]` were turned with i + 1 swapped words.

    `model` is the checksum (sha256, hex) of the ONNX file that was fooled.
    """

    format: Literal[1]
    model: str
    texts: Annotated[int, Ge(1)]
    by_swaps: tuple[Count, Count, Count]
    seconds: Annotated[float, Ge(0)]
    when: str

    @property
    def turned(self) -> int:
        return sum(self.by_swaps)

    @property
    def share(self) -> float:
        """The share of the texts that were turned, 0 to 1."""
        return self.turned / self.texts

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval (Wilson) of `share`."""
        return comparisons.wilson_interval(self.turned, self.texts)


def of(run: Run) -> Robustness | None:
    """The figure of the run's kept model; None if there is none, if it is damaged or of another model."""
    try:
        content = read_bounded(run.folder / layout.ROBUSTNESS, LARGEST_FILE, below=run.folder)
        figure = _FILE.validate_json(content)
        is_sound = figure.turned <= figure.texts and figure.model == checksum(run)
    except (OSError, ValueError, ValidationError, ModelError):
        return None
    return figure if is_sound else None


def checksum(run: Run) -> str | None:
    """The checksum of the run's kept model. Raises ModelError."""
    return model_files.facts(run.folder).checksums.get(layout.MODEL)


def why_not(run: Run) -> str | None:
    """Why the figure of this run cannot be computed here, as a sentence; None if it can."""
    config = config_of(run)
    if not word_map.has_word_vectors(config):
        return fooling.why_impossible(config.network)
    if not run.has_model or not predictions.has_predictions(run):
        return f"{run.name} has no model or was not tested; train it to the end first."
    source = sources.find(config.dataset)
    if source is None or not source.is_available():
        return (
            f"The test {nouns(config.dataset).many} are not on this machine, so none can be turned. Get "
            "them first."
        )
    return None


def compute(run: Run, progress: Progress, pause: Callable[[], object] = nothing) -> Robustness:
    """Try to turn the test texts, write the figure into the run's folder and return it. Takes minutes.

    `pause` is called before each run of the network and may raise a UserError, which ends the computation.
    Raises DataError if the texts are missing or the network judges none of them right, ModelError if the
    network cannot be used or is too slow, and OSError if the figure cannot be written.
    """
    if reason := why_not(run):
        raise DataError(reason)
    network, began = predictor.load(run.folder), time.monotonic()
    attempts = list(_attempts(run, network, progress, pause))
    if not attempts:
        raise DataError(f"{run.name} judges no test text right, so there is no verdict to turn.")
    swapped = [len(attempt.swaps) for attempt in attempts if attempt.turned]
    first, second, third = (swapped.count(number) for number in range(1, fooling.MOST_SWAPS + 1))
    figure = Robustness(
        format=FORMAT,
        model=network.checksum or "",
        texts=len(attempts),
        by_swaps=(first, second, third),
        seconds=round(time.monotonic() - began, 1),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_json(run.folder / layout.ROBUSTNESS, asdict(figure))
    return figure


def _attempts(
    run: Run, network: Predictor, progress: Progress, pause: Callable[[], object]
) -> Iterator[Attempt]:
    """Yields an Attempt for each of at most TEXTS texts that the network judges right."""
    judged = predictions.read_classes(run)
    tested = hard_reviews.tested_reviews(run, judged)
    order = np.random.default_rng(SEED).permutation(len(judged))
    right = order[judged.right[order]].tolist()
    total, done = min(TEXTS, len(right)), 0
    for index in right:
        if done == total:
            break
        progress(done, total)
        try:
            attempt = fooling.fool(network, tested.text(index), seconds=TEXT_SECONDS, pause=pause)
        except TextError:  # the network knows none of the words
            continue
        if not attempt.is_complete:
            raise ModelError(
                f"One text took longer than {TEXT_SECONDS:.0f} seconds: {run.name} is too slow here."
            )
        if attempt.verdict == judged.labels[index]:
            done += 1
            yield attempt


_FILE = TypeAdapter(Robustness)
