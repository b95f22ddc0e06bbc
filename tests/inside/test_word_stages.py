"""Word vectors before training: read with care, and compared with the trained."""

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.arrays import packed
from imdb_core.errors import ModelError
from imdb_core.inside import start_vectors, word_map, word_stages
from imdb_core.runs import layout
from imdb_core.scoring import predictor
from imdb_core.training import start_vectors as training_start
from tests.faults.support.sample_runs import trained_copy


def test_the_share_of_neighbours_with_the_same_class_is_that_of_a_hand_count():
    vectors = np.array([[1, 0], [2, 0.1], [0, 3], [0.1, 1], [1, 1.05]], np.float64)
    # Nearest by cosine: 0 and 1 each other, 2 and 3 each other, 4 leans a little more to 3.
    assert word_stages.same_side(vectors, np.array([0, 0, 1, 1, 1])) == 1
    assert word_stages.same_side(vectors, np.array([0, 1, 1, 1, 1])) == 3 / 5
    assert word_stages.same_side(vectors, np.array([0, 0, 1, 1, 0])) == 4 / 5


def test_random_vectors_know_nothing_and_trained_ones_do():
    network = predictor.load(paths.PRETRAINED / "lstm")
    random, trained = word_stages.stages(network, word_map.word_map(network))
    assert (random.kind, trained.kind) == ("random", "trained")
    assert 0.35 < random.same_side < 0.65 < 0.9 < trained.same_side
    shown = word_map.word_map(network)
    assert trained.places.points == pytest.approx(shown.places.points, abs=1e-6)


def test_learned_vectors_bring_words_together_before_training():
    network = predictor.load(paths.PRETRAINED / "wide_deep")
    kinds = {stage.kind: stage for stage in word_stages.stages(network, word_map.word_map(network))}
    assert list(kinds) == ["random", "learned", "trained"]
    assert kinds["random"].same_side + 0.1 < kinds["learned"].same_side < kinds["trained"].same_side
    assert all((stage.places.ids == kinds["random"].places.ids).all() for stage in kinds.values())


def test_a_network_with_random_vectors_stores_none():
    config = configs.preset("cnn_lstm_dense")
    assert training_start.keep(paths.PRETRAINED, config, model=None) == 0
    assert not (paths.PRETRAINED / layout.START_VECTORS).exists()


def test_of_long_vectors_fewer_words_are_kept(tmp_path):
    start_vectors.write(tmp_path, np.ones((9000, 1000), np.float32))
    assert (tmp_path / layout.START_VECTORS).stat().st_size < 2**20


DAMAGE = {
    "empty": b"",
    "nothing inside": packed({}),
    "another size": packed({"vectors": np.ones((9, 5), np.float16)}),
    "not finite": packed({"vectors": np.full((9, 64), np.nan, np.float16)}),
    "only zeros": packed({"vectors": np.zeros((9, 64), np.float16)}),
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused_with_a_sentence(content):
    network = predictor.load(trained_copy("wide_deep").folder)
    (network.folder / layout.START_VECTORS).write_bytes(content)
    with pytest.raises(ModelError, match=layout.START_VECTORS):
        word_stages.stages(network, word_map.word_map(network))
