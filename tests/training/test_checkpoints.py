"""A checkpoint holds all that a resume needs; a damaged one is refused."""

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core.errors import ModelError
from imdb_core.runs import layout
from imdb_core.training import checkpoints, fit
from tests.training.fitting import network, trained


def stopped_after_one_epoch(model, reviews, config):
    """(rows, FitState) of a run that is killed after its first epoch."""
    rows, states = [], []

    def on_epoch(row, progress):
        rows.append(row)
        states.append(progress)
        raise fit.Stopped

    with pytest.raises(fit.Stopped):
        positive = reviews.select(np.flatnonzero(reviews.labels == 1))
        options = {"progress": fit.FitState(), "on_batch": lambda row: None, "on_epoch": on_epoch}
        fit.fit(model, fit.LabelTask(reviews, positive, config), config, **options)
    return rows, states[0]


@pytest.mark.parametrize("changes", [{}, {"learning_rate_schedule": "cosine"}, {"weight_averaging": 0.9}])
def test_a_checkpoint_holds_weights_optimizer_and_random_state(small_config, reviews, tmp_path, changes):
    config = small_config.changed(optimizer="adam", learning_rate=0.01, epochs=3, **changes)
    whole, _ = trained(network(config), reviews, config)

    model = network(config)
    rows, progress = stopped_after_one_epoch(model, reviews, config)
    checkpoints.save(tmp_path, model, rows[0], progress)
    other = network(config.changed(seed=99))
    checkpoints.restore(tmp_path, other, 1)
    assert checkpoints.manifests(tmp_path)[0]["progress"] == progress.as_dict()
    rest, _ = trained(other, reviews, config, progress=progress)
    for row, expected in zip(rows + rest, whole, strict=True):
        assert (row["loss"], row["val_loss"]) == pytest.approx(
            (expected["loss"], expected["val_loss"]), abs=1e-6
        )


@pytest.mark.parametrize("answers", [1, 2])
def test_answers_beside_the_training_leave_its_dropout_masks(reviews, answers):
    sizes = {"vocabulary_size": 400, "embedding_size": 4, "units": 4, "review_length": 12, "batch_size": 16}
    config = configs.preset("lstm_recurrent_dropout", dataset="demo", epochs=2, **sizes)
    expected, _ = trained(network(config), reviews, config)
    model = network(config)
    with checkpoints.random_state_kept(model):
        for _ in range(answers):
            fit.predict(model, reviews, config)
    rows, _ = trained(model, reviews, config)
    assert [(row["loss"], row["val_loss"]) for row in rows] == [
        (row["loss"], row["val_loss"]) for row in expected
    ]


def test_only_the_last_and_the_best_checkpoint_are_kept(small_config, reviews, tmp_path):
    model = network(small_config)
    for epoch, best in ((1, 1), (2, 2), (3, 2), (4, 2)):
        checkpoints.save(tmp_path, model, {"epoch": epoch}, fit.FitState(epoch, best, 0.5))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["epoch-002", "epoch-004"]


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing", "foreign"])
def test_a_damaged_checkpoint_is_refused_with_a_sentence(small_config, tmp_path, damage):
    model = network(small_config)
    checkpoints.save(tmp_path, model, {"epoch": 1}, fit.FitState(1, 1, 0.5))
    path = tmp_path / layout.epoch_folder(1) / layout.WEIGHTS
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "flipped":
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "missing":
        path.unlink()
    else:
        model = network(small_config.changed(units=5))
    with pytest.raises(ModelError, match=r"damaged|cannot be read|do not fit"):
        checkpoints.restore(tmp_path, model, 1)
