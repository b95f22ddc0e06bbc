"""The teacher of a run is asked once, before the training. Its answers stay in the run's folder.

A resumed run learns from the same answers, even if its teacher has been deleted. Called by course.
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imdb_core import answers, errors
from imdb_core.arrays import packed, unpacked
from imdb_core.config import RunConfig
from imdb_core.data.sources import Texts
from imdb_core.errors import DataError
from imdb_core.evaluation.run_config import config_of
from imdb_core.files import read_bounded, write_atomically
from imdb_core.runs import layout
from imdb_core.runs.run import Run
from imdb_core.scoring import teachers
from imdb_core.scoring.teachers import TeacherAnswers
from imdb_core.training.material import Teacher
from imdb_core.training.recorder import RunRecorder

LARGEST_FILE = 2**29  # bytes; the answers for 2,000,000 texts of 50 classes have 400 MB
Arrays = dict[str, NDArray[np.generic]]


def teacher(run: Run, recorder: RunRecorder) -> Teacher | None:
    """A function that gives the answers for the texts without labels; None if the run has no teacher."""
    config = config_of(run)
    return partial(_answers, run, config, recorder) if config.teacher else None


def write(folder: Path, given: TeacherAnswers, fingerprint: str) -> None:
    """Keep the answers for the corpus with this `fingerprint` in a run's folder. Raises OSError."""
    arrays: Arrays = {
        "places": given.places,
        "shares": answers.stored(given.shares),
        "fingerprint": np.frombuffer(fingerprint.encode(), np.uint8),
    }
    write_atomically(folder / layout.TEACHER_ANSWERS, packed(arrays))


def read(folder: Path, config: RunConfig, texts: int, fingerprint: str) -> TeacherAnswers | None:
    """The answers that a run keeps; None if it has none for the corpus with this `fingerprint`.

    `texts` is the number of texts in Source.unlabelled(). Raises DataError if the file is damaged.
    """
    try:
        arrays: Arrays = dict(
            unpacked(read_bounded(folder / layout.TEACHER_ANSWERS, LARGEST_FILE, below=folder))
        )
        if fault := _fault(arrays):
            raise ValueError(fault)
        if arrays["fingerprint"].tobytes() != fingerprint.encode():
            return None  # the texts have changed since: other texts stand at these places
        given = TeacherAnswers(
            arrays["places"].astype(np.int32), answers.restored(arrays["shares"].astype(np.float32))
        )
        if fault := _misfit(given, config, texts):
            raise ValueError(fault)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError) as error:
        raise DataError(
            f"The teacher's answers in {folder / layout.TEACHER_ANSWERS} cannot be used: "
            f"{errors.reason(error)}. Put the file back, or train a new run with “Train a variant”."
        ) from error
    return given


def _answers(
    run: Run, config: RunConfig, recorder: RunRecorder, texts: Texts, fingerprint: str
) -> TeacherAnswers:
    """The answers in the run's folder, or else the teacher's.

    Raises DataError, ModelError, OSError and Stopped.
    """
    if kept := read(run.folder, config, len(texts), fingerprint):
        return kept
    recorder.phase("asking_teacher")
    given = teachers.ask(config, texts, recorder.raise_if_stopped)
    write(run.folder, given, fingerprint)
    return given


def _fault(arrays: Arrays) -> str | None:
    """Which array is not as it was written; None if all are."""
    expected = {"places": (np.int32, (1,)), "shares": (np.float32, (1, 2)), "fingerprint": (np.uint8, (1,))}
    for name, (kind, dimensions) in expected.items():
        if arrays[name].dtype != kind or arrays[name].ndim not in dimensions:
            return f"{name} is not the array that was written"
    return None


def _misfit(given: TeacherAnswers, config: RunConfig, texts: int) -> str | None:
    """Why the answers do not fit the texts and classes of the run; None if they do."""
    places, shares = given.places, given.shares
    if not len(places) or shares.shape != (len(places), len(config.classes)):
        return "the answers do not fit the texts and classes"
    if places[0] < 0 or places[-1] >= texts or (np.diff(places) <= 0).any():
        return "it names texts that the data set does not have"
    in_range = ((shares >= 0) & (shares <= 1)).all()  # False for NaN
    if not in_range or np.abs(shares.sum(axis=1) - 1).max() > answers.ROUNDING:
        return "the answers are no probabilities"
    return None
