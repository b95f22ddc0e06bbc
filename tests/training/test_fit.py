"""Batches, the split, and the training loop: with Keras where numbers count, else with a scripted network."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from imdb_core import architectures
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.training import checkpoints, fit

LENGTHS = [1, 2, 3, 5, 8, 13, 15, 16, 17, 21, 31, 32, 33, 34, 39, 40] * 5


@pytest.fixture
def reviews():
    """80 reviews of 1 to 40 words; the last word's id is the review's number + 10, so that each is known
    again.
    """
    lists = [[1] * (length - 1) + [number + 10] for number, length in enumerate(LENGTHS)]
    return Reviews.from_lists(lists, [number % 2 for number in range(len(lists))])


def numbers(words):
    """Which reviews are in a batch: padding is in front, so the last column tells."""
    return (words[:, -1] - 10).tolist()


@pytest.mark.parametrize("batching", ["length_buckets", "padded"])
@pytest.mark.parametrize("batch_size", [1, 7, 80, 200])
def test_training_batches_hold_each_review_once_with_its_label(tiny, reviews, batching, batch_size):
    found = list(batches.training_batches(reviews, tiny(batching=batching, batch_size=batch_size), 1))
    seen = [number for words, _ in found for number in numbers(words)]
    assert sorted(seen) == list(range(80))
    assert len(found) == math.ceil(80 / batch_size)
    for words, labels in found:
        assert words.dtype == np.int32
        assert labels.shape == (len(words), 1)
        assert labels[:, 0].tolist() == [number % 2 for number in numbers(words)]
        assert np.count_nonzero(words, axis=1).tolist() == [LENGTHS[number] for number in numbers(words)]


def test_the_order_of_batches_hangs_on_seed_and_epoch_only(tiny, reviews):
    def order(epoch, **changes):
        found = batches.training_batches(reviews, tiny(batch_size=7, **changes), epoch)
        return [number for words, _ in found for number in numbers(words)]

    assert order(1) == order(1, units=9, learning_rate=0.5)
    assert order(1) != order(2)
    assert order(1) != order(1, seed=8)


def test_length_buckets_pad_little_and_mix_lengths_over_the_epoch(tiny, reviews):
    found = [words for words, _ in batches.training_batches(reviews, tiny(batch_size=10), 1)]
    assert {words.shape[1] for words in found} <= {16, 32, 40}
    assert sum(words.size for words in found) < 80 * 40 * 0.8
    widths = [words.shape[1] for words in found]
    assert widths != sorted(widths)


def test_where_every_width_is_compiled_batches_are_the_same_but_for_padding(tiny, reviews):
    usual, wider = (
        list(batches.training_batches(reviews, tiny(batch_size=10), 1, step)) for step in (16, 32)
    )
    assert [numbers(words) for words, _ in usual] == [numbers(words) for words, _ in wider]
    assert {words.shape[1] for words, _ in wider} == {32, 40}


def test_where_every_shape_is_compiled_scoring_asks_for_one_batch_size_and_gives_the_same(
    tiny, reviews, monkeypatch
):
    class Last:
        """Judges by the last word and notes the shapes it saw."""

        def predict_on_batch(self, words):
            shapes.append(words.shape)
            return words[:, -1:] / 100

    found = []
    for compiled in (False, True):
        shapes = []
        monkeypatch.setattr(fit, "compiles_every_shape", lambda compiled=compiled: compiled)
        found.append(fit.predict(Last(), reviews, tiny()).tolist())
    assert found[0] == found[1] and len(set(found[0])) == 80
    assert {size for size, _ in shapes} == {batches.EVALUATION_BATCH} and len(set(shapes)) == len(shapes)


def test_padded_batching_pads_every_review_to_review_length(tiny, reviews):
    config = tiny(batching="padded", batch_size=10)
    assert {words.shape[1] for words, _ in batches.training_batches(reviews, config, 1)} == {40}
    assert {words.shape[1] for _, words in batches.evaluation_batches(reviews, config)} == {40}


@pytest.mark.parametrize("batching", ["length_buckets", "padded"])
def test_evaluation_pads_a_review_the_same_whoever_its_neighbours_are(tiny, reviews, batching):
    config = tiny(batching=batching)
    together = {}
    for indices, words in batches.evaluation_batches(reviews, config, size=3):
        together |= {int(index): row.tolist() for index, row in zip(indices, words, strict=True)}
    assert sorted(together) == list(range(80))
    for number in range(80):
        [(_, alone)] = batches.evaluation_batches(reviews.select([number]), config)
        assert alone[0].tolist() == together[number]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_the_split_is_disjoint_complete_stratified_and_seeded(share):
    labels = np.array([1] * 300 + [0] * 100)
    reviews = Reviews.from_lists([[1]] * 400, labels)
    train, validation = batches.split(reviews, share, 7)
    assert sorted([*train, *validation]) == list(range(400))
    assert labels[validation].sum() == 300 * share
    assert len(validation) == 400 * share
    for again, same in ((batches.split(reviews, share, 7), True), (batches.split(reviews, share, 8), False)):
        assert np.array_equal(again[1], validation) == same


@dataclass
class Scripted:
    """A network that trains nothing: `losses` per training batch, `answers` per validation. Keras is not
    ours.
    """

    losses: list = field(default_factory=lambda: [0.5])
    answers: list = field(default_factory=lambda: [0.5])
    trained: int = 0
    validated: int = 0

    def train_on_batch(self, words, labels):
        self.trained += 1
        return self.losses[(self.trained - 1) % len(self.losses)], labels.mean()

    def predict_on_batch(self, words):
        return np.full((len(words), 1), self.answers[min(self.validated, len(self.answers) - 1)])


def trained(model, reviews, config, *, on_batch=lambda row: None, progress=None):
    """(rows of epochs, last progress); each epoch is one validation."""
    rows = []

    def on_epoch(row, progress):
        rows.append(row)
        if isinstance(model, Scripted):
            model.validated += 1

    options = {"progress": progress or fit.Progress(), "on_batch": on_batch, "on_epoch": on_epoch}
    positive = reviews.select(np.flatnonzero(reviews.labels == 1))
    return rows, fit.fit(model, reviews, positive, config, **options)


def test_an_epochs_loss_is_the_mean_over_reviews_not_over_batches(tiny, reviews):
    losses = [0.1, 0.9, 0.4]
    rows, _ = trained(Scripted(losses), reviews, tiny(batch_size=32, epochs=1, batching="padded"))
    assert rows[0]["loss"] == pytest.approx((0.1 * 32 + 0.9 * 32 + 0.4 * 16) / 80)
    assert rows[0]["accuracy"] == pytest.approx(0.5)
    assert (rows[0]["step"], rows[0]["steps"]) == (3, 3)


def test_training_can_be_stopped_after_any_batch(tiny, reviews):
    config = tiny(batch_size=30, epochs=2)
    for wanted in range(1, 7):
        model, seen = Scripted(), []

        def stop(row, wanted=wanted, seen=seen):
            if (row["epoch"], row["step"]) not in seen:  # during validation the epoch's last row comes again
                seen.append((row["epoch"], row["step"]))
            if len(seen) == wanted:
                raise fit.Stopped

        with pytest.raises(fit.Stopped):
            trained(model, reviews, config, on_batch=stop)
        assert model.trained == wanted
        assert seen == [(n // 3 + 1, n % 3 + 1) for n in range(wanted)]


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


def test_patience_goes_on_counting_after_a_resume(tiny, reviews):
    model = Scripted(answers=[0.6])
    started = fit.Progress(epoch=4, best_epoch=3, best_val_loss=0.1)
    rows, progress = trained(model, reviews, tiny(epochs=20, patience=3), progress=started)
    assert [row["epoch"] for row in rows] == [5, 6]
    assert progress.best_epoch == 3
    assert trained(model, reviews, tiny(epochs=20, patience=3), progress=progress) == ([], progress)


@pytest.mark.parametrize(
    "model", [Scripted(losses=[0.5, math.nan]), Scripted(losses=[math.inf]), Scripted(answers=[math.nan])]
)
def test_a_loss_that_is_no_number_ends_training_with_a_sentence(tiny, reviews, model):
    with pytest.raises(
        fit.Diverged, match=r"loss became .*in epoch 1, step .*learning rate below 0\.25 .*clipping at 1\."
    ):
        trained(model, reviews, tiny(learning_rate=0.25))


def test_loss_and_accuracy_are_those_computed_by_hand():
    loss, accuracy = fit.loss_and_accuracy(np.float32([0.9, 0.2, 0.5, 0.6]), np.array([1, 0, 1, 0]))
    assert loss == pytest.approx(
        (-math.log(0.9) - math.log(0.8) - math.log(0.5) - math.log(0.4)) / 4, abs=1e-6
    )
    assert accuracy == 0.5  # exactly 0.5 counts as negative
    loss, accuracy = fit.loss_and_accuracy(np.float32([0, 1]), np.array([1, 0]))
    assert loss == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert accuracy == 0
    assert fit.loss_and_accuracy(np.float32([0, 1]), np.array([0, 1])) == pytest.approx((0, 1), abs=1e-6)


# With Keras from here on; all reviews are so short that they have one width, and Keras compiles once a
# network.


@pytest.fixture
def few():
    words = np.random.default_rng(5).integers(4, 400, (80, 12))
    return Reviews.from_lists(words.tolist(), words[:, 0] % 2)


def stopped_after_one_epoch(model, reviews, config):
    """(rows, progress) as a killed run leaves them; the config is the whole run's."""
    rows, seen = [], []

    def on_epoch(row, progress):
        rows.append(row)
        seen.append(progress)
        raise fit.Stopped

    with pytest.raises(fit.Stopped):
        positive = reviews.select(np.flatnonzero(reviews.labels == 1))
        options = {"progress": fit.Progress(), "on_batch": lambda row: None, "on_epoch": on_epoch}
        fit.fit(model, reviews, positive, config, **options)
    return rows, seen[0]


def network(config):
    import keras

    keras.utils.set_random_seed(config.seed)
    return fit.compiled(architectures.build(config), config)


@pytest.fixture
def small(tiny):
    return tiny(
        network="lstm_dropout", units=4, embedding_size=4, batch_size=32, optimizer="sgd", learning_rate=1e-6
    )


def test_keras_reports_the_loss_of_each_batch_alone(small, few):
    """Some versions of Keras report the mean since the start: then epoch 2 would show epoch 1's loss as well."""
    model, seen = network(small.changed(network="lstm")), []
    for words, labels in batches.training_batches(few, small, 1):
        expected = fit.loss_and_accuracy(np.asarray(model.predict_on_batch(words))[:, 0], labels[:, 0])
        seen.append((model.train_on_batch(words, labels), expected))
    for (found, _), (expected, _) in seen:
        assert found == pytest.approx(expected, abs=1e-4)
    assert len({round(float(found), 5) for (found, _), _ in seen}) > 1


def test_the_same_seed_gives_the_same_history_and_another_seed_another(small, few):
    def history(**changes):
        config = small.changed(learning_rate=0.1, **changes)
        rows, _ = trained(network(config), few, config)
        return [(row["loss"], row["val_loss"]) for row in rows]

    first = history()
    assert len(first) == 2
    assert history() == first
    assert history(seed=8) != first


def test_weights_that_are_no_numbers_end_training_with_a_sentence(small, few):
    model = network(small)
    model.layers[1].embeddings.assign(np.full(model.layers[1].embeddings.shape, np.nan))
    with pytest.raises(fit.Diverged, match="The loss became nan in epoch 1, step 1 of 3"):
        trained(model, few, small)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_the_optimizer_is_the_one_asked_for_and_clips_only_if_asked(small, optimizer):
    config = small.changed(optimizer=optimizer, learning_rate=0.25, gradient_clipping=0.5)
    found = network(config).optimizer
    assert type(found).__name__.lower() == optimizer
    assert float(found.learning_rate) == 0.25
    assert found.global_clipnorm == 0.5
    assert network(config.changed(gradient_clipping=0.0)).optimizer.global_clipnorm is None


def test_the_cosine_schedule_starts_at_the_learning_rate_and_ends_near_zero(small, few):
    config = small.changed(learning_rate=0.2, learning_rate_schedule="cosine", epochs=2)
    assert [fit.learning_rate(config, done) for done in (0, 0.5, 1)] == pytest.approx([0.2, 0.1, 0.0])
    model, seen = network(config), []
    trained(
        model,
        few,
        config,
        on_batch=lambda row: seen.append((row["epoch"], float(model.optimizer.learning_rate))),
    )
    rates = list(dict(seen).values())  # of each epoch's last batch: 3 batches, so 2/6 and 5/6 of the way
    assert rates == pytest.approx([0.15, 0.2 * 0.5 * (1 + math.cos(math.pi * 5 / 6))])
    assert fit.learning_rate(config.changed(learning_rate_schedule="constant"), 0.9) == 0.2


def test_one_cycle_rises_for_three_tenths_then_falls_to_zero(small):
    config = small.changed(learning_rate=0.5, learning_rate_schedule="one_cycle")
    found = [fit.learning_rate(config, done) for done in (0, 0.15, 0.3, 0.65, 1)]
    assert found == pytest.approx([0.02, 0.26, 0.5, 0.25, 0.0])


def test_weight_averaging_judges_the_average_and_trains_on_from_the_last_weights(small, few):
    config = small.changed(network="lstm", learning_rate=0.3, epochs=2, weight_averaging=0.8, batch_size=16)
    model, after = network(config), []
    plain_config = config.changed(weight_averaging=0.0)
    plain, expected = network(plain_config), None

    def follow(row):
        nonlocal expected
        held = np.asarray(plain.trainable_variables[-1])
        if len(after) < row["step"] + 5 * (
            row["epoch"] - 1
        ):  # during validation the epoch's last row comes again
            after.append(held)
            expected = held if expected is None else 0.8 * expected + 0.2 * held

    trained(plain, few, plain_config, on_batch=follow)
    trained(model, few, config)
    assert np.asarray(model.trainable_variables[-1]) == pytest.approx(expected, abs=1e-5)
    assert expected != pytest.approx(after[-1], abs=1e-4)


def test_label_smoothing_moves_both_labels_towards_the_middle(small, few):
    model = network(small.changed(label_smoothing=0.2))
    words, labels = next(batches.training_batches(few, small, 1))
    answers = np.asarray(model.predict_on_batch(words), np.float64)
    wanted = labels * 0.8 + 0.1
    expected = -np.mean(wanted * np.log(answers) + (1 - wanted) * np.log(1 - answers))
    assert model.evaluate(words, labels, verbose=0)[0] == pytest.approx(expected, abs=1e-5)


def test_weight_decay_is_adamws_alone(small):
    assert network(small.changed(optimizer="adamw", weight_decay=0.03)).optimizer.weight_decay == 0.03
    assert network(small.changed(optimizer="adam", weight_decay=0.03)).optimizer.weight_decay is None


@pytest.mark.parametrize("changes", [{}, {"learning_rate_schedule": "cosine"}, {"weight_averaging": 0.9}])
def test_a_checkpoint_holds_weights_optimizer_and_random_state(small, few, tmp_path, changes):
    config = small.changed(optimizer="adam", learning_rate=0.01, epochs=3, **changes)
    whole, _ = trained(network(config), few, config)

    model = network(config)
    rows, progress = stopped_after_one_epoch(model, few, config)
    checkpoints.save(tmp_path, model, rows[0], progress)
    other = network(config.changed(seed=99))
    checkpoints.restore(tmp_path, other, 1)
    assert checkpoints.manifests(tmp_path)[0]["progress"] == progress.as_dict()
    rest, _ = trained(other, few, config, progress=progress)
    for row, expected in zip(rows + rest, whole, strict=True):
        assert (row["loss"], row["val_loss"]) == pytest.approx(
            (expected["loss"], expected["val_loss"]), abs=1e-6
        )


def test_only_the_last_and_the_best_checkpoint_are_kept(small, few, tmp_path):
    model = network(small)
    for epoch, best in ((1, 1), (2, 2), (3, 2), (4, 2)):
        checkpoints.save(tmp_path, model, {"epoch": epoch}, fit.Progress(epoch, best, 0.5))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["epoch-002", "epoch-004"]


@pytest.mark.parametrize("damage", ["flipped", "cut", "missing", "foreign"])
def test_a_damaged_checkpoint_is_refused_with_a_sentence(small, tmp_path, damage):
    from imdb_core.errors import ModelError

    model = network(small)
    checkpoints.save(tmp_path, model, {"epoch": 1}, fit.Progress(1, 1, 0.5))
    path = tmp_path / "epoch-001" / "weights.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "flipped":
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "missing":
        path.unlink()
    else:
        model = network(small.changed(units=5))
    with pytest.raises(ModelError, match=r"damaged|cannot be read|do not fit"):
        checkpoints.restore(tmp_path, model, 1)
