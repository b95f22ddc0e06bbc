"""The nearest words in an embedding: exact, of the chosen epoch; hostile weights do no harm."""

import hashlib
import json

import numpy as np
import pytest

from imdb_core import paths
from imdb_core.runs import layout
from imdb_core.scoring import model_files, neighbours, predictor

PRETRAINED = sorted(folder.name for folder in (paths.PROJECT / "pretrained").iterdir() if folder.is_dir())


def folder_of(name):
    return paths.PROJECT / "pretrained" / name


@pytest.mark.parametrize("name", PRETRAINED)
def test_the_nearest_words_are_those_of_largest_cosine(name):
    network = predictor.load(folder_of(name))
    near = neighbours.nearest(network, "good")
    vectors = network.word_vectors().astype(np.float64)
    assert len(vectors) == network.config.vocabulary_size
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    number = network.vocabulary.encode_words(["good"])[1]
    cosines = unit @ unit[number]
    order = [i for i in np.argsort(-cosines) if i > 3 and i != number and i < len(network.vocabulary) + 4]
    assert [word for word, _ in near] == network.vocabulary.decode(order[: len(near)])
    assert [value for _, value in near] == pytest.approx(cosines[order[: len(near)]].tolist(), abs=1e-6)


@pytest.mark.parametrize("name", [name for name in PRETRAINED if (folder_of(name) / "weights.npz").exists()])
def test_the_vectors_are_the_weights_that_were_trained(name):
    weights = np.load(folder_of(name) / "weights.npz", allow_pickle=False)
    trained = next(weights[key] for key in weights.files if key.endswith("Embedding/embeddings"))
    read = predictor.load(folder_of(name)).word_vectors()
    assert read.dtype == np.float32 and np.array_equal(read, trained)


def test_the_neighbours_are_those_of_the_chosen_epoch():
    first, best = (predictor.load(folder_of("lstm"), epoch) for epoch in (1, None))
    assert neighbours.nearest(first, "good") != neighbours.nearest(best, "good")


@pytest.mark.parametrize("word", ["zqxx", "", "<pad>", "\0"])
def test_a_word_that_the_network_does_not_know_has_no_neighbours(word):
    assert neighbours.nearest(predictor.load(folder_of("lstm")), word) == ()


def test_a_network_without_an_embedding_says_so(folder_without_embedding):
    network = predictor.load(folder_without_embedding)
    assert neighbours.nearest(network, "goal") is None and network.word_vectors() is None


def test_vectors_that_are_no_numbers_or_nothing_are_nobodys_neighbours():
    vectors = np.float32([[1, 0], [np.nan, 1], [0, 0], [np.inf, 0], [1, 1], [-1, 0]])
    assert neighbours.cosines(vectors, 0).round(4).tolist() == [1, -np.inf, -np.inf, -np.inf, 0.7071, -1]
    for number in (1, 2, 3):
        assert (neighbours.cosines(vectors, number) == -np.inf).all()
    huge = np.full((3, 2), np.finfo(np.float32).max, np.float32)
    assert neighbours.cosines(huge, 0) == pytest.approx([1, 1, 1])


def test_blocks_of_words_give_what_all_words_at_once_give(monkeypatch):
    vectors = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32)
    expected = neighbours.cosines(vectors, 7)
    monkeypatch.setattr(neighbours, "BLOCK", 7)
    assert neighbours.cosines(vectors, 7) == pytest.approx(expected)


def test_a_word_is_looked_up_once_and_a_retrained_network_anew(tiny_copy, monkeypatch):
    read, reads = model_files.checked, []
    network = predictor.load(tiny_copy.folder)
    word = network.vocabulary.words[5]

    def counted(*arguments):
        reads.append(arguments)
        return read(*arguments)

    monkeypatch.setattr(model_files, "checked", counted)
    before = neighbours.nearest(network, word)
    assert neighbours.nearest(network, word) == before and len(reads) == 1
    facts = json.loads((tiny_copy.folder / layout.MODEL_FACTS).read_text())
    epoch = next(name for name in sorted(facts["epochs"]) if facts["epochs"][name] != network.checksum)
    content = (tiny_copy.folder / layout.epoch_model(int(epoch))).read_bytes()
    (tiny_copy.folder / layout.MODEL).write_bytes(content)
    facts["sha256"][layout.MODEL] = hashlib.sha256(content).hexdigest()
    (tiny_copy.folder / layout.MODEL_FACTS).write_text(json.dumps(facts))
    other = predictor.load(tiny_copy.folder)
    assert other.checksum != network.checksum
    assert neighbours.nearest(other, word) != before


@pytest.fixture
def folder_without_embedding():
    from tests import class_runs

    return class_runs.finished_run().folder
