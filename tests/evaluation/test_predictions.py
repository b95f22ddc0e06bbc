"""A predictions.npz that training cannot have written is refused with a sentence."""

import os

import numpy as np
import pytest

from imdb_core.arrays import packed
from imdb_core.errors import ModelError
from imdb_core.evaluation import predictions
from imdb_core.runs import layout
from tests.faults.support.sample_runs import trained_copy

SOUND = np.array([0.2, 0.8, 0.5], np.float32)
LABELS = np.array([0, 1, 1], np.uint8)


@pytest.fixture
def run():
    """A run with predictions, to be changed."""
    return trained_copy()


def put(run, **arrays):
    sound = {"test": SOUND, "test_labels": LABELS, "validation": SOUND, "validation_labels": LABELS}
    (run.folder / layout.PREDICTIONS).write_bytes(packed({**sound, **arrays}))
    return run


def test_sound_predictions_are_read(run):
    assert predictions.read_classes(put(run)).right.tolist() == [True, True, False]


ARRAYS = {
    "NaN": {"test": np.array([0.1, np.nan, 0.2])},
    "infinity": {"test": np.array([0.1, np.inf, 0.2])},
    "7.5": {"test": np.array([0.1, 7.5, 0.2])},
    "-0.1": {"test": np.array([0.1, -0.1, 0.2])},
    "whole numbers": {"test": np.array([0, 1, 1])},
    "complex numbers": {"test": SOUND.astype(np.complex64)},
    "texts": {"test": np.array(["0.1", "0.2", "0.3"])},
    "dates": {"test": np.array([1, 2, 3], "datetime64[s]")},
    "records": {"test": np.zeros(3, [("a", "f4")])},
    "fewer probabilities": {"test": SOUND[:2]},
    "fewer labels": {"test_labels": LABELS[:2]},
    "none": {"test": SOUND[:0], "test_labels": LABELS[:0]},
    "a table": {"test": SOUND[:, None], "test_labels": LABELS[:, None]},
    "a single number": {"test": np.float32(0.5), "test_labels": np.uint8(1)},
    "label 2": {"test_labels": np.array([0, 1, 2])},
    "a negative label": {"test_labels": np.array([0, -1, 1])},
    "a label of 2**63": {"test_labels": np.array([0, 2**63, 1], np.uint64)},
    "labels with a half": {"test_labels": np.array([0, 0.5, 1])},
    "labels that are texts": {"test_labels": np.array(["0", "1", "1"])},
    "labels that are NaN": {"test_labels": np.array([0, np.nan, 1])},
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_that_are_not_predictions_are_refused(run, kind):
    with pytest.raises(ModelError, match="has no usable predictions") as caught:
        predictions.read_classes(put(run, **ARRAYS[kind]))
    assert str(caught.value).endswith("train the run again.") and len(str(caught.value)) < 500


FILES = {
    "a pipe": os.mkfifo,
    "a link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": lambda path: path.mkdir(),
    "a terabyte": lambda path: (path.touch(), os.truncate(path, 2**40)),
    "nothing": lambda path: None,
    "rubbish": lambda path: path.write_bytes(b"rubbish" * 99),
}


@pytest.mark.parametrize("kind", FILES)
def test_predictions_that_are_not_a_regular_file_are_refused_at_once(run, kind):
    (run.folder / layout.PREDICTIONS).unlink()
    FILES[kind](run.folder / layout.PREDICTIONS)
    with pytest.raises(ModelError, match="has no usable predictions"):
        predictions.read_classes(run)
