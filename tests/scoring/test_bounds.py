"""The size, work and output of a model's files are bounded, and a slow model delays no other visitor."""

import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from onnx import TensorProto

from imdb_core import paths
from imdb_core.errors import ModelError
from imdb_core.evaluation import behaviour
from imdb_core.file_cache import FileCache
from imdb_core.runs import store
from imdb_core.scoring import explanations, many, model_files, models, predictor, time_limit
from imdb_core.scoring.time_limit import at_most
from tests import hostile_models
from tests.faults.support.sample_runs import trained_copy
from tests.hostile_models import answering, node

REVIEW = "a wonderful film with a superb story and the worst of all endings"
QUICK = paths.PRETRAINED / "cnn_lstm_dense"


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch):
    monkeypatch.setattr(predictor, "_loaded", FileCache(predictor.MODELS_IN_MEMORY))


@pytest.fixture
def folder():
    """The folder of a run with a model, to be changed."""
    return trained_copy().folder


def put(folder, name, content):
    """Replace a file of a model and its checksum in model.json, as an attacker can."""
    (folder / name).write_bytes(content)
    model = json.loads((folder / "model.json").read_bytes())
    hash = hashlib.sha256(content).hexdigest()
    if name.startswith("epochs/"):
        model["epochs"][str(int(name[-8:-5]))] = hash
    else:
        model["sha256"][name] = hash
    (folder / "model.json").write_text(json.dumps(model))


def model_with(folder, model):
    put(folder, "model.onnx", model.SerializeToString())
    return predictor.load(folder)


ASKED = {
    "score": lambda network: network.score(REVIEW),
    "attention": lambda network: network.attention(network.read(REVIEW)),
    "running score": lambda network: explanations.running_score(network, network.read(REVIEW)),
    "word effects": lambda network: explanations.word_effects(network, network.read(REVIEW)),
    "many reviews": lambda network: list(many.scores(network, [REVIEW] * 3)),
    "many reviews, rewritten": lambda network: list(many.scores(network.for_batches(), [REVIEW] * 3)),
    "behaviour": lambda network: behaviour.results(network._file[0]),
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
        assert ASKED[asked](network) is None
        return
    with pytest.raises(ModelError, match="which is no probability|attention whose shares") as caught:
        ASKED[asked](network)
    assert str(caught.value).endswith("Train the run again, or choose another.")


@pytest.mark.parametrize("asked", ASKED)
def test_a_sound_model_gives_all_these_outputs(folder, asked):
    ASKED[asked](model_with(folder, answering()))


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
        explanations.word_effects(slow, slow.read(REVIEW), limit)
    assert 0 < predictor.load(QUICK).score(REVIEW).probability < 1


def test_an_explanation_ends_between_two_runs_when_the_visitor_has_left():
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
    assert not time_limit._running, "nothing is left to look after"


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
        assert not any(one.done() for one in waiting)
        go_on.set()
        first, second = (one.result() for one in waiting)
    assert first is second and sorted(reads) == ["model.onnx", "vocabulary.json"]


def test_all_threads_that_wait_for_a_model_get_its_error_which_is_not_kept(folder):
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(b"cut")
    for _ in range(2):
        with pytest.raises(ModelError, match="checksum"):
            predictor.load(folder)
    assert not predictor._loaded
    (folder / "model.onnx").write_bytes(content)
    assert predictor.load(folder).score(REVIEW)


def _pipe(path):
    os.mkfifo(path)


def _huge(path):
    path.touch()
    os.truncate(path, 2**40)


FILES = {
    "a pipe": _pipe,
    "a link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a file elsewhere": lambda path: path.symlink_to(QUICK / path.name),
    "a folder": lambda path: path.mkdir(),
    "a terabyte": _huge,
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "name", ["config.json", "model.json", "vocabulary.json", "model.onnx", "epochs/epoch-001.onnx"]
)
def test_a_file_that_is_none_is_refused_at_once(folder, name, kind):
    (folder / name).unlink()
    FILES[kind](folder / name)
    with pytest.raises(ModelError) as caught:
        predictor.load(folder, 1 if name.startswith("epochs") else None)
    assert str(caught.value).endswith((".", "train it.")) and len(str(caught.value)) < 400


def test_a_folder_of_epochs_that_is_a_link_is_refused(folder, tmp_path):
    (folder / "epochs").rename(tmp_path / "elsewhere")
    (folder / "epochs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="is a link"):
        predictor.load(folder, 1)


SUM = "0" * 64
MODEL_JSON = {
    "a list": [],
    "a text": "model",
    "null": None,
    "an epoch of 10**400": {"epoch": 10**400, "sha256": {}},
    "an epoch below 1": {"epoch": 0, "sha256": {}},
    "a negative epoch": {"epoch": -3, "sha256": {}},
    "a broken epoch": {"epoch": 1.5, "sha256": {}},
    "an epoch that is true": {"epoch": True, "sha256": {}},
    "an epoch as text": {"epoch": "1", "sha256": {}},
    "no epoch": {"sha256": {}},
    "no checksums": {"epoch": 1},
    "checksums in a list": {"epoch": 1, "sha256": [SUM]},
    "checksums that are numbers": {"epoch": 1, "sha256": {"model.onnx": 7}},
    "checksums that are lists": {"epoch": 1, "sha256": {"model.onnx": [[[SUM]]]}},
    "checksums that are no checksums": {"epoch": 1, "sha256": {"model.onnx": "\ud800"}},
    "epoch 10**9": {"epoch": 1, "sha256": {}, "epochs": {str(10**9): SUM}},
    "epoch 201": {"epoch": 1, "sha256": {}, "epochs": {"201": SUM}},
    "a negative one of several": {"epoch": 1, "sha256": {}, "epochs": {"-2": SUM}},
    "an epoch that is a path": {"epoch": 1, "sha256": {}, "epochs": {"../../1": SUM}},
    "an epoch in other digits": {"epoch": 1, "sha256": {}, "epochs": {"\u0661": SUM}},
    "epochs in a list": {"epoch": 1, "sha256": {}, "epochs": [[1, SUM]]},
    "an epoch's checksum is null": {"epoch": 1, "sha256": {}, "epochs": {"2": None}},
}


@pytest.mark.parametrize("kind", MODEL_JSON)
def test_a_model_json_that_no_export_writes_is_refused(folder, kind):
    (folder / "model.json").write_text(json.dumps(MODEL_JSON[kind]))
    with pytest.raises(ModelError, match=r"cannot be read: model\.json: .*\. Train it again") as caught:
        predictor.load(folder)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[" * 60_000, b'{"epoch": 1' + b"0" * 5000 + b"}", b" " * 2**17]
)
def test_a_model_json_that_cannot_be_parsed_is_refused(folder, content):
    (folder / "model.json").write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read: model.json: "):
        predictor.load(folder)


VOCABULARIES = {
    "a list": [],
    "another format": {"format": 2, "index_from": 3, "words": ["a"]},
    "a format of 10**400": {"format": 10**400, "index_from": 3, "words": ["a"]},
    "a format that is a list": {"format": [1], "index_from": 3, "words": ["a"]},
    "words in an object": {"format": 1, "index_from": 3, "words": {"a": 1}},
    "words that are numbers": {"format": 1, "index_from": 3, "words": [1, 2]},
    "words that are lists": {"format": 1, "index_from": 3, "words": [["a"]]},
    "an empty word": {"format": 1, "index_from": 3, "words": [""]},
    "a word that comes twice": {"format": 1, "index_from": 3, "words": ["a", "b", "a"]},
    "half a character": {"format": 1, "index_from": 3, "words": ["a", "b\ud800"]},
    "more words than the network has vectors for": {
        "format": 1,
        "index_from": 3,
        "words": [f"w{i}" for i in range(497)],
    },
}


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_a_vocabulary_that_no_export_writes_is_refused(folder, kind):
    put(folder, "vocabulary.json", json.dumps(VOCABULARIES[kind]).encode())
    with pytest.raises(ModelError, match="is not a vocabulary|more than its network knows") as caught:
        predictor.load(folder)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'{"format": 1' + b"0" * 5000 + b"}"])
def test_a_vocabulary_that_is_not_json_text_is_refused(folder, content):
    put(folder, "vocabulary.json", content)
    with pytest.raises(ModelError, match="it is not JSON in UTF-8"):
        predictor.load(folder)


def test_a_network_without_vectors_for_its_words_is_refused_when_it_scores(folder):
    gathered = answering(
        node("Gather", "table words", "vectors", axis=0),
        node("Cast", "words", "f", to=TensorProto.FLOAT),
        table=np.zeros((3, 1), np.float32),
    )
    with pytest.raises(ModelError, match="cannot be used: "):
        model_with(folder, gathered).score(REVIEW)


def test_a_config_that_was_changed_by_hand_is_refused_as_in_the_list_of_runs(folder):
    document = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**document, "checksum": SUM}))
    assert "checksum" in store.read(folder).damaged
    with pytest.raises(ModelError, match="checksum differs"):
        predictor.load(folder)


def test_the_pretrained_models_are_within_the_bounds():
    for model in models.pretrained():
        onnx = (model.folder / "model.onnx").stat().st_size
        assert onnx <= model_files.most_onnx_bytes(model.run.config) <= 3 * onnx + 2**21
