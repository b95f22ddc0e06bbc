"""A run with a teacher learns from the right texts, records them, and uses the same answers when resumed."""

import numpy as np
import pytest

from imdb_core.data import demo
from imdb_core.errors import ModelError
from imdb_core.runs import launcher, layout, store
from imdb_core.scoring import predictor, teachers
from imdb_core.training import teaching
from imdb_core.training.material import Material
from imdb_core.training.recorder import RunRecorder

TEACHER = "pretrained/cnn_lstm_dense"
PRINT = demo.load().fingerprint


@pytest.fixture
def taught(tiny):
    """taught(**changes): a config with a teacher for a tenth of the texts."""
    return lambda **changes: tiny(**{"teacher": TEACHER, "teacher_share": 0.1, **changes})


def wait_for_end(run, wait_until):
    wait_until(lambda: not store.read(run.folder).active)
    return store.read(run.folder)


def test_a_taught_run_learns_scores_and_says_from_how_many_texts(taught, wait_until, each_way):
    run = wait_for_end(launcher.submit(taught(teacher_noise=0.1)), wait_until)
    assert run.state == "finished", run.log_tail()
    texts = round(len(demo.unlabelled()) * 0.1)
    [facts] = [event for event in run.events if event.get("phase") == "starting_keras"]
    assert (facts["taught_reviews"], facts["reviews"]) == (texts, 3600 + texts)
    assert [event["phase"] for event in run.events if event["event"] == "phase"][1] == "asking_teacher"
    assert run.epochs[-1]["steps"] == -(-(3600 + texts) // run.config.batch_size)
    assert len(teaching.read(run.folder, run.config, len(demo.unlabelled()), PRINT).places) == texts
    assert 0 < predictor.load(run.folder).score("a wonderful film").probability < 1


def test_validation_and_test_reviews_are_the_same_with_and_without_a_teacher(taught):
    plain = Material.load(taught(teacher=""))
    places = np.arange(5, dtype=np.int32)
    given = teachers.TeacherAnswers(places, np.full((5, 2), 0.5, np.float32))
    with_teacher = Material.load(taught(), lambda texts, fingerprint: given)
    assert with_teacher.validation_indices.tolist() == plain.validation_indices.tolist()
    assert with_teacher.validation.ids.tolist() == plain.validation.ids.tolist()
    assert len(with_teacher.train) == len(plain.train) + 5
    assert with_teacher.train.ids[: len(plain.train.ids)].tolist() == plain.train.ids.tolist()
    assert with_teacher.train.taught.sum() == 5 and not with_teacher.train.taught[:-5].any()
    assert (
        with_teacher.train.targets(range(3), ("no", "yes")).tolist()
        == plain.train.targets(range(3), ("no", "yes")).tolist()
    )
    assert with_teacher.prepared_fingerprint != plain.prepared_fingerprint


def test_a_resumed_run_learns_from_the_answers_that_it_kept(taught):
    run = store.create(taught(), store.new_id())
    kept = teachers.TeacherAnswers(np.array([3], np.int32), np.array([[0.25, 0.75]], np.float32))
    teaching.write(run.folder, kept, PRINT)
    recorder = RunRecorder(run.folder)
    given = teaching.teacher(run, recorder)(demo.unlabelled(), PRINT)
    assert given.places.tolist() == [3] and given.shares.tolist() == [[0.25, 0.75]]
    assert "asking_teacher" not in [event.get("phase") for event in store.read(run.folder).events]


def test_a_run_without_a_teacher_asks_none(tiny):
    run = store.create(tiny(), store.new_id())
    assert teaching.teacher(run, RunRecorder(run.folder)) is None


def test_a_teacher_that_is_gone_is_refused_before_a_run_is_made(taught):
    with pytest.raises(ModelError, match="There is no model '20200101-000000000-gone'"):
        launcher.submit(taught(teacher="20200101-000000000-gone"))
    assert store.runs() == []


@pytest.mark.keras
def test_a_teacher_that_is_gone_when_the_run_starts_fails_it_with_a_sentence(taught, wait_until, each_way):
    store.create(taught(teacher="20200101-000000000-gone"), store.new_id())
    launcher.runs()
    [run] = store.runs()
    run = wait_for_end(run, wait_until)
    assert run.state == "failed" and "There is no model '20200101-000000000-gone'" in run.message
    assert not (run.folder / layout.TEACHER_ANSWERS).exists()
