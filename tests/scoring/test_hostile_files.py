"""Files of a model that no export writes are refused: pipes, links, huge files, wrong JSON."""

import json
import os

import pytest

from imdb_core import paths
from imdb_core.errors import ModelError
from imdb_core.runs import store
from imdb_core.scoring import predictor
from tests.faults.support.sample_runs import trained_copy
from tests.scoring.forging import put

PRETRAINED = paths.PRETRAINED / "cnn_lstm_dense"


@pytest.fixture
def folder():
    """The folder of a run with a model, to be changed."""
    return trained_copy().folder


def _pipe(path):
    os.mkfifo(path)


def _huge(path):
    path.touch()
    os.truncate(path, 2**40)


FILES = {  # kind -> (what creates it at a path, the reason of the refusal)
    "a pipe": (_pipe, "is not a file|model.json is missing"),
    "a link to an endless device": (
        lambda path: path.symlink_to("/dev/zero"),
        "is a link|model.json is missing",
    ),
    "a link to a file elsewhere": (lambda path: path.symlink_to(PRETRAINED / path.name), "is a link"),
    "a folder": (lambda path: path.mkdir(), "is not a file|model.json is missing"),
    "a terabyte": (_huge, "has 1,099,511,627,776 bytes, more than"),
    "nothing": (lambda path: None, "is missing|No such file"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    "name", ["config.json", "model.json", "vocabulary.json", "model.onnx", "epochs/epoch-001.onnx"]
)
def test_a_file_that_is_not_a_regular_file_is_refused_at_once(folder, name, kind):
    create, reason = FILES[kind]
    (folder / name).unlink()
    create(folder / name)
    with pytest.raises(ModelError, match=reason) as caught:
        predictor.load(folder, 1 if name.startswith("epochs") else None)
    assert str(caught.value).endswith((".", "train it.")) and len(str(caught.value)) < 400


def test_a_folder_of_epochs_that_is_a_link_is_refused(folder, tmp_path):
    (folder / "epochs").rename(tmp_path / "elsewhere")
    (folder / "epochs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="is a link"):
        predictor.load(folder, 1)


CHECKSUM = "0" * 64
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
    "checksums in a list": {"epoch": 1, "sha256": [CHECKSUM]},
    "checksums that are numbers": {"epoch": 1, "sha256": {"model.onnx": 7}},
    "checksums that are lists": {"epoch": 1, "sha256": {"model.onnx": [[[CHECKSUM]]]}},
    "checksums that are no checksums": {"epoch": 1, "sha256": {"model.onnx": "\ud800"}},
    "epoch 10**9": {"epoch": 1, "sha256": {}, "epochs": {str(10**9): CHECKSUM}},
    "epoch 201": {"epoch": 1, "sha256": {}, "epochs": {"201": CHECKSUM}},
    "a negative one of several": {"epoch": 1, "sha256": {}, "epochs": {"-2": CHECKSUM}},
    "an epoch that is a path": {"epoch": 1, "sha256": {}, "epochs": {"../../1": CHECKSUM}},
    "an epoch in other digits": {"epoch": 1, "sha256": {}, "epochs": {"\u0661": CHECKSUM}},
    "epochs in a list": {"epoch": 1, "sha256": {}, "epochs": [[1, CHECKSUM]]},
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
    "another tokenizer than the run's": {
        "format": 2,
        "index_from": 3,
        "tokenizer": "unicode_words",
        "words": ["a"],
    },
    "a tokenizer that does not exist": {"format": 2, "index_from": 3, "tokenizer": "pickle", "words": ["a"]},
    "more words than the network has vectors for": {
        "format": 1,
        "index_from": 3,
        "words": [f"w{i}" for i in range(497)],
    },
}


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_a_vocabulary_that_no_export_writes_is_refused(folder, kind):
    put(folder, "vocabulary.json", json.dumps(VOCABULARIES[kind]).encode())
    with pytest.raises(
        ModelError, match="is not a vocabulary|more than its network knows|belongs to"
    ) as caught:
        predictor.load(folder)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'{"format": 1' + b"0" * 5000 + b"}"])
def test_a_vocabulary_that_is_not_json_text_is_refused(folder, content):
    put(folder, "vocabulary.json", content)
    with pytest.raises(ModelError, match="it is not JSON in UTF-8"):
        predictor.load(folder)


def test_a_config_that_was_changed_by_hand_is_refused_as_in_the_list_of_runs(folder):
    document = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**document, "checksum": CHECKSUM}))
    assert "checksum" in store.read(folder).damaged
    with pytest.raises(ModelError, match="checksum differs"):
        predictor.load(folder)
