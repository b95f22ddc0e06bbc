"""The answers of a teacher that a run keeps: read as they were written, or refused."""

import numpy as np
import pytest

from imdb_core import answers
from imdb_core import config as configs
from imdb_core.arrays import packed
from imdb_core.errors import DataError
from imdb_core.runs import layout
from imdb_core.scoring.teachers import TeacherAnswers
from imdb_core.training import teaching

PRINT = "fingerprint of the corpus"


def config():
    return configs.preset("cnn_lstm_dense", dataset="demo", teacher="pretrained/lstm")


@pytest.mark.parametrize("classes", [2, 3])
def test_kept_answers_are_read_as_they_were_written(tmp_path, classes):
    shares = np.random.default_rng(1).dirichlet(np.ones(classes), 5).astype(np.float32)
    given = TeacherAnswers(np.array([0, 2, 3, 7, 9], np.int32), shares)
    wanted = config().changed(classes=("a", "b", "c")[:classes])
    assert teaching.read(tmp_path, wanted, 10, PRINT) is None
    teaching.write(tmp_path, given, PRINT)
    read = teaching.read(tmp_path, wanted, 10, PRINT)
    assert read.places.tolist() == given.places.tolist() and np.abs(read.shares - shares).max() < 1e-6


GOOD = {
    "places": np.array([0, 2], np.int32),
    "shares": np.array([0.25, 0.75], np.float32),
    "fingerprint": np.frombuffer(PRINT.encode(), np.uint8),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"places": np.array([0, 10], np.int32)},
        {"places": np.array([-1, 2], np.int32)},
        {"places": np.array([2, 2], np.int32)},
        {"places": np.array([0, 1, 2], np.int32)},
        {"places": np.array([[0, 2]], np.int32)},
        {"places": np.array([0.0, 2.0])},
        {"places": np.array([], np.int32), "shares": np.array([], np.float32)},
        {"shares": np.array([0.25, np.nan], np.float32)},
        {"shares": np.array([0.25, 1.5], np.float32)},
        {"shares": np.array([-0.25, 0.5], np.float32)},
        {"shares": np.full((2, 3), 1 / 3, np.float32)},
        {"shares": np.array(0.5, np.float32)},
        {"shares": np.array(["0.25", "0.75"])},
        {"fingerprint": np.array(["corpus"])},
    ],
)
def test_answers_that_do_not_fit_are_refused(tmp_path, changes):
    (tmp_path / layout.TEACHER_ANSWERS).write_bytes(packed(GOOD))
    assert teaching.read(tmp_path, config(), 10, PRINT)
    (tmp_path / layout.TEACHER_ANSWERS).write_bytes(packed(GOOD | changes))
    with pytest.raises(DataError, match="teacher's answers"):
        teaching.read(tmp_path, config(), 10, PRINT)


def test_a_damaged_file_of_answers_is_refused(tmp_path):
    teaching.write(tmp_path, TeacherAnswers(GOOD["places"], answers.restored(GOOD["shares"])), PRINT)
    content = (tmp_path / layout.TEACHER_ANSWERS).read_bytes()
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 16
        (tmp_path / layout.TEACHER_ANSWERS).write_bytes(bytes(damaged))
        try:
            read = teaching.read(tmp_path, config(), 10, PRINT)
        except DataError:
            continue
        assert read.places.tolist() == [0, 2] and read.shares[:, 1].tolist() == [0.25, 0.75]
    for length in (0, 1, len(content) // 2, len(content) - 1):
        (tmp_path / layout.TEACHER_ANSWERS).write_bytes(content[:length])
        with pytest.raises(DataError):
            teaching.read(tmp_path, config(), 10, PRINT)


def test_answers_for_other_texts_are_not_used(tmp_path):
    teaching.write(tmp_path, TeacherAnswers(GOOD["places"], answers.restored(GOOD["shares"])), "other corpus")
    assert teaching.read(tmp_path, config(), 10, PRINT) is None
    assert teaching.read(tmp_path, config(), 10, "other corpus")
