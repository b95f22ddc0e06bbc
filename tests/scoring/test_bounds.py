"""A model's work and outputs are bounded, and a slow model delays no other visitor."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from onnx import TensorProto

from imdb_core import paths
from imdb_core.errors import ModelError
from imdb_core.evaluation import behaviour
from imdb_core.scoring import explanations, many, model_files, models, onnx_models, predictor, time_limit
from imdb_core.scoring.time_limit import at_most
from tests import hostile_models
from tests.faults.support.sample_runs import trained_copy
from tests.hostile_models import answering, node
from tests.scoring.forging import put

REVIEW = "a wonderful film with a superb story and the worst of all endings"
QUICK = paths.PRETRAINED / "cnn_lstm_dense"


@pytest.fixture(autouse=True)
def nothing_in_memory():
    predictor.loaded_models.clear()


@pytest.fixture
def folder():
    """The folder of a run with a model, to be changed."""
    return trained_copy().folder


def model_with(folder, model):
    put(folder, "model.onnx", model.SerializeToString())
    return predictor.load(folder)


ASKED = {
    "score": lambda network, _: network.score(REVIEW),
    "attention": lambda network, _: network.attention(network.read(REVIEW)),
    "running score": lambda network, _: explanations.running_score(network, network.read(REVIEW)),
    "word effects": lambda network, _: explanations.word_effects(network, REVIEW),
    "many reviews": lambda network, _: list(many.scores(network, [REVIEW] * 3)),
    "many reviews, rewritten": lambda network, _: list(many.scores(network.for_batches(), [REVIEW] * 3)),
    "behaviour": lambda _, folder: behaviour.results(folder),
}
WRONG = {
    "7.5": hostile_models.constant(7.5),
    "-0.1": hostile_models.constant(-0.1),
    "nan": hostile_models.constant(np.nan),
    "inf": hostile_models.constant(np.inf),
    "attention": hostile_models.attending(7.5),
    "negative attention": hostile_models.attending(-1.0),
    "no attention at all": hostile_models.attending(np.nan),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("wrong", WRONG)
def test_outputs_that_are_not_probabilities_or_attention_are_refused(folder, wrong, asked):
    network = model_with(folder, WRONG[wrong])
    if asked == "attention" and "attention" not in wrong:
        assert ASKED[asked](network, folder) is None
        return
    with pytest.raises(ModelError, match="which is no probability|attention whose shares") as caught:
        ASKED[asked](network, folder)
    assert str(caught.value).endswith("Train the run again, or choose another.")


@pytest.mark.parametrize("asked", ASKED)
def test_a_sound_model_gives_every_kind_of_output(folder, asked):
    ASKED[asked](model_with(folder, answering()), folder)


def test_the_model_of_an_epoch_is_checked_like_the_best_model(folder):
    (folder / "epochs").mkdir(exist_ok=True)
    put(folder, "epochs/epoch-001.onnx", hostile_models.constant(7.5).SerializeToString())
    with pytest.raises(
        ModelError, match=r"epoch-001\.onnx cannot be used: it gave 7\.5, which is no probability"
    ):
        predictor.load(folder, 1).score(REVIEW)
    put(folder, "epochs/epoch-001.onnx", hostile_models.loop(3).SerializeToString())
    with pytest.raises(ModelError, match=r"epoch-001\.onnx cannot be used: .*'Loop'"):
        predictor.load(folder, 1)


@pytest.fixture
def slow(folder):
    """A model of allowed size that takes seconds for a review."""
    tables = [node("MatMul", f"t{number} t{number}", f"t{number + 1}") for number in range(60)]
    start = [node("ReduceMean", "good", "one", axes=[0], keepdims=1), node("Expand", "one far", "t0")]
    return model_with(folder, answering(*start, *tables, far=np.array([1, 1200, 1200])))


def test_scoring_ends_when_its_time_is_over(slow):
    with at_most(0.2) as limit, pytest.raises(ModelError, match=r"ended after 0\.2 seconds"):
        slow.score(REVIEW, limit)
    with at_most(0.2) as limit, pytest.raises(ModelError, match=r"ended after 0\.2 seconds"):
        explanations.word_effects(slow, REVIEW, limit)
    assert 0 < predictor.load(QUICK).score(REVIEW).probability < 1


def test_an_explanation_ends_between_two_runs_when_the_visitor_has_left():
    """Reads the private _running, because a limit that is watched for ever shows nowhere else."""
    network, looks = predictor.load(QUICK), []

    class Left(BaseException):
        pass

    def pause():
        looks.append(len(looks))
        if len(looks) == 3:
            raise Left

    with at_most(30, pause) as limit, pytest.raises(Left):
        explanations.running_score(network, network.read(" ".join([REVIEW] * 20)), limit)
    assert len(looks) == 3
    assert not time_limit._running, "the limit is no longer watched"


def test_a_slow_model_is_loaded_once_and_delays_no_other_model(folder, monkeypatch):
    read, begun, go_on, reads = model_files.checked, threading.Event(), threading.Event(), []

    def slowly(place, name, *more):
        if place == folder:
            reads.append(name)
            begun.set()
            assert go_on.wait(60)
        return read(place, name, *more)

    monkeypatch.setattr(model_files, "checked", slowly)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(predictor.load, folder) for _ in range(2)]
        assert begun.wait(60)
        assert predictor.load(QUICK).score(REVIEW)
        assert not any(future.done() for future in waiting)
        go_on.set()
        first, second = (future.result() for future in waiting)
    assert first is second and sorted(reads) == ["model.onnx", "vocabulary.json"]


def test_all_threads_that_wait_for_a_model_get_its_error_which_is_not_kept(folder):
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(b"cut")
    for _ in range(2):
        with pytest.raises(ModelError, match="checksum"):
            predictor.load(folder)
    assert not predictor.loaded_models
    (folder / "model.onnx").write_bytes(content)
    assert predictor.load(folder).score(REVIEW)


def test_a_network_without_vectors_for_its_words_is_refused_when_it_scores(folder):
    gathered = answering(
        node("Gather", "table words", "vectors", axis=0),
        node("Cast", "words", "f", to=TensorProto.FLOAT),
        table=np.zeros((3, 1), np.float32),
    )
    with pytest.raises(ModelError, match="cannot be used: "):
        model_with(folder, gathered).score(REVIEW)


def test_the_pretrained_models_are_within_the_bounds():
    for model in models.pretrained():
        onnx = (model.folder / "model.onnx").stat().st_size
        assert onnx <= onnx_models.most_bytes(model.run.config) <= 3 * onnx + 2**21
