"""The training loop with Keras: losses, seeds, optimizers, learning rates and moving averages."""

import math

import numpy as np
import pytest

from imdb_core import answers
from imdb_core.data import batches
from imdb_core.training import fit
from tests.training.fitting import network, trained


def test_keras_reports_the_loss_of_each_batch_alone(small_config, reviews):
    """Some versions of Keras report the mean since the start, so epoch 2 would contain epoch 1's loss."""
    model, seen = network(small_config.changed(network="lstm")), []
    for words, labels in batches.training_batches(reviews, small_config, 1):
        expected = answers.loss_and_accuracy(
            answers.shares(model.predict_on_batch(words)), labels[:, 0].astype(int)
        )
        seen.append((model.train_on_batch(words, labels), expected))
    for (reported, _), (expected, _) in seen:
        assert reported == pytest.approx(expected, abs=1e-4)
    assert len({round(float(reported), 5) for (reported, _), _ in seen}) > 1


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
def test_the_accuracy_on_a_teachers_answers_compares_verdicts(tiny, reviews, classes):
    config = tiny(network="lstm", units=4, classes=classes, teacher="pretrained/lstm")
    model, words = network(config), reviews.padded(range(64), 12)
    shares = np.random.default_rng(2).dirichlet(np.ones(len(classes)), 64).astype(np.float32)
    verdicts = answers.verdicts(answers.shares(model.predict_on_batch(words)))
    agreed = float(np.mean(verdicts == answers.verdicts(shares)))
    _, accuracy = model.train_on_batch(words, answers.soft_targets(shares))
    assert 0 < agreed < 1 and accuracy == pytest.approx(agreed)


def test_the_same_seed_gives_the_same_history_and_another_seed_another(small_config, reviews):
    def history(**changes):
        config = small_config.changed(learning_rate=0.1, **changes)
        rows, _ = trained(network(config), reviews, config)
        return [(row["loss"], row["val_loss"]) for row in rows]

    first = history()
    assert len(first) == 2
    assert history() == first
    assert history(seed=8) != first


def test_weights_that_are_nan_end_training_with_a_sentence(small_config, reviews):
    model = network(small_config)
    model.layers[1].embeddings.assign(np.full(model.layers[1].embeddings.shape, np.nan))
    with pytest.raises(fit.Diverged, match="The loss became nan in epoch 1, step 1 of 3"):
        trained(model, reviews, small_config)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_the_optimizer_and_its_clipping_are_those_of_the_config(small_config, optimizer):
    config = small_config.changed(optimizer=optimizer, learning_rate=0.25, gradient_clipping=0.5)
    built = network(config).optimizer
    assert type(built).__name__.lower() == optimizer
    assert float(built.learning_rate) == 0.25
    assert built.global_clipnorm == 0.5
    assert network(config.changed(gradient_clipping=0.0)).optimizer.global_clipnorm is None


def test_the_cosine_schedule_starts_at_the_learning_rate_and_ends_near_zero(small_config, reviews):
    config = small_config.changed(learning_rate=0.2, learning_rate_schedule="cosine", epochs=2)
    assert [fit.learning_rate(config, share) for share in (0, 0.5, 1)] == pytest.approx([0.2, 0.1, 0.0])
    model, seen = network(config), []
    trained(
        model,
        reviews,
        config,
        on_batch=lambda row: seen.append((row["epoch"], float(model.optimizer.learning_rate))),
    )
    rates = list(dict(seen).values())  # of each epoch's last batch: 3 batches, so 2/6 and 5/6 of the way
    assert rates == pytest.approx([0.15, 0.2 * 0.5 * (1 + math.cos(math.pi * 5 / 6))])
    assert fit.learning_rate(config.changed(learning_rate_schedule="constant"), 0.9) == 0.2


def test_one_cycle_rises_for_three_tenths_then_falls_to_zero(small_config):
    config = small_config.changed(learning_rate=0.5, learning_rate_schedule="one_cycle")
    rates = [fit.learning_rate(config, share) for share in (0, 0.15, 0.3, 0.65, 1)]
    assert rates == pytest.approx([0.02, 0.26, 0.5, 0.25, 0.0])


def test_weight_averaging_validates_the_averages_and_continues_from_the_last_weights(small_config, reviews):
    config = small_config.changed(
        network="lstm", learning_rate=0.3, epochs=2, weight_averaging=0.8, batch_size=16
    )
    model, after = network(config), []
    plain_config = config.changed(weight_averaging=0.0)
    plain, expected = network(plain_config), None

    def follow(row):
        nonlocal expected
        held = np.asarray(plain.trainable_variables[-1])
        batches_before = 5 * (row["epoch"] - 1)
        if len(after) < batches_before + row["step"]:  # validation repeats the epoch's last row
            after.append(held)
            expected = held if expected is None else 0.8 * expected + 0.2 * held

    trained(plain, reviews, plain_config, on_batch=follow)
    trained(model, reviews, config)
    assert np.asarray(model.trainable_variables[-1]) == pytest.approx(expected, abs=1e-5)
    assert expected != pytest.approx(after[-1], abs=1e-4)


def test_label_smoothing_moves_both_labels_towards_the_middle(small_config, reviews):
    model = network(small_config.changed(label_smoothing=0.2))
    words, labels = next(batches.training_batches(reviews, small_config, 1))
    answers = np.asarray(model.predict_on_batch(words), np.float64)
    smoothed = labels * 0.8 + 0.1
    expected = -np.mean(smoothed * np.log(answers) + (1 - smoothed) * np.log(1 - answers))
    assert model.evaluate(words, labels, verbose=0)[0] == pytest.approx(expected, abs=1e-5)


def test_only_adamw_uses_weight_decay(small_config):
    assert network(small_config.changed(optimizer="adamw", weight_decay=0.03)).optimizer.weight_decay == 0.03
    assert network(small_config.changed(optimizer="adam", weight_decay=0.03)).optimizer.weight_decay is None
