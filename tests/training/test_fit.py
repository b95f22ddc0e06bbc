"""The training loop with a scripted network: losses, stops, patience, divergence."""

import math

import pytest

from imdb_core.data import batches
from imdb_core.training import fit
from tests.training.fitting import Scripted, reviews_of_all_lengths, trained


@pytest.fixture
def reviews():
    return reviews_of_all_lengths()


def test_where_every_shape_is_compiled_all_batches_are_filled_and_the_result_is_the_same(
    tiny, reviews, monkeypatch
):
    class ByLastWord:
        """Answers by the last word and records the shapes of the batches."""

        def predict_on_batch(self, words):
            shapes.append(words.shape)
            return words[:, -1:] / 100

    results = []
    for compiled in (False, True):
        shapes = []
        monkeypatch.setattr(fit, "compiles_every_shape", lambda compiled=compiled: compiled)
        results.append(fit.predict(ByLastWord(), reviews, tiny())[:, 1].tolist())
    assert results[0] == results[1] and len(set(results[0])) == 80
    assert {size for size, _ in shapes} == {batches.EVALUATION_BATCH} and len(set(shapes)) == len(shapes)


def test_an_epochs_loss_is_the_mean_over_reviews_not_over_batches(tiny, reviews):
    losses = [0.1, 0.9, 0.4]
    rows, _ = trained(Scripted(losses), reviews, tiny(batch_size=32, epochs=1, batching="padded"))
    assert rows[0]["loss"] == pytest.approx((0.1 * 32 + 0.9 * 32 + 0.4 * 16) / 80)
    assert rows[0]["accuracy"] == pytest.approx(0.5)
    assert (rows[0]["step"], rows[0]["steps"]) == (3, 3)


def test_training_can_be_stopped_after_any_batch(tiny, reviews):
    config = tiny(batch_size=30, epochs=2)
    for count in range(1, 7):
        model, steps = Scripted(), []

        def stop(row, count=count, steps=steps):
            if (row["epoch"], row["step"]) not in steps:  # validation repeats the epoch's last row
                steps.append((row["epoch"], row["step"]))
            if len(steps) == count:
                raise fit.Stopped

        with pytest.raises(fit.Stopped):
            trained(model, reviews, config, on_batch=stop)
        assert model.trained == count
        assert steps == [(n // 3 + 1, n % 3 + 1) for n in range(count)]


def test_a_stop_during_validation_is_obeyed(tiny, reviews):
    calls = []

    def stop(row):
        calls.append(row)
        if len(calls) == 4:  # three training batches, then the first of validation
            raise fit.Stopped

    with pytest.raises(fit.Stopped):
        trained(Scripted(), reviews, tiny(batch_size=30, epochs=2), on_batch=stop)
    assert [row["step"] for row in calls] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    "patience, epochs, best", [(0, 7, 6), (1, 3, 2), (2, 4, 2), (3, 5, 2), (4, 7, 6)]
)  # positive reviews: the higher the answer, the lower the loss
def test_patience_counts_epochs_without_a_better_validation_loss(tiny, reviews, patience, epochs, best):
    model = Scripted(answers=[0.5, 0.7, 0.6, 0.7, 0.69, 0.8, 0.1])
    rows, progress = trained(model, reviews, tiny(epochs=7, patience=patience))
    assert [row["epoch"] for row in rows] == list(range(1, epochs + 1))
    assert (progress.epoch, progress.best_epoch) == (epochs, best)
    assert progress.best_val_loss == min(row["val_loss"] for row in rows)


def test_patience_continues_to_count_after_a_resume(tiny, reviews):
    model = Scripted(answers=[0.6])
    started = fit.FitState(epoch=4, best_epoch=3, best_val_loss=0.1)
    rows, progress = trained(model, reviews, tiny(epochs=20, patience=3), progress=started)
    assert [row["epoch"] for row in rows] == [5, 6]
    assert progress.best_epoch == 3
    assert trained(model, reviews, tiny(epochs=20, patience=3), progress=progress) == ([], progress)


@pytest.mark.parametrize(
    "model", [Scripted(losses=[0.5, math.nan]), Scripted(losses=[math.inf]), Scripted(answers=[math.nan])]
)
def test_a_loss_that_is_not_finite_ends_training_with_a_sentence(tiny, reviews, model):
    with pytest.raises(
        fit.Diverged, match=r"loss became .*in epoch 1, step .*learning rate below 0\.25 .*clipping at 1\."
    ):
        trained(model, reviews, tiny(learning_rate=0.25))
