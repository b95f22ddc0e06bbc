"""The run doctor's rules on losses and accuracies: each on runs made for it, and exact at its threshold."""

import math

import pytest

from imdb_core.evaluation import doctor

CHANCE = math.log(2)


def titles(run):
    return [finding.title for finding in doctor.findings(run)]


# Chance level


@pytest.mark.parametrize("away, fires", [(0.0, True), (-0.019, True), (-0.021, False), (0.019, True)])
def test_a_loss_near_ln_2_in_every_epoch_is_stuck(ended, away, fires):
    assert (
        "Stuck at chance" in titles(ended(loss=[CHANCE, CHANCE + away], val_loss=[CHANCE, CHANCE]))
    ) == fires


@pytest.mark.parametrize("away, fires", [(-0.019, True), (-0.021, False)])
def test_a_network_whose_validation_loss_has_left_chance_level_has_begun_to_learn(ended, away, fires):
    assert ("Stuck at chance" in titles(ended(loss=[CHANCE], val_loss=[CHANCE + away]))) == fires


def test_a_run_that_left_chance_level_for_one_epoch_is_not_stuck(ended):
    assert "Stuck at chance" not in titles(
        ended(loss=[CHANCE, 0.6, CHANCE], val_loss=[CHANCE, CHANCE, CHANCE])
    )


@pytest.mark.parametrize(
    "values, change",
    [
        ({"learning_rate": 0.0001}, {"learning_rate": 0.001}),
        ({"learning_rate": 0.001}, {"learning_rate": 0.003}),
        ({"learning_rate": 0.05}, {"learning_rate": 0.005}),
        ({"optimizer": "sgd"}, {"optimizer": "adam"}),
    ],
)
def test_the_proposal_for_a_stuck_run_follows_from_its_config(ended, values, change):
    [finding] = doctor.findings(ended(loss=[CHANCE, CHANCE], val_loss=[CHANCE, CHANCE], values=values))
    assert finding.try_next == change
    assert "ln 2 = 0.693" in finding.explanation and "was never below 0.693" in finding.explanation


def test_heavy_dropout_is_suspected_only_where_the_network_has_it(ended):
    stuck = {"loss": [CHANCE, CHANCE], "val_loss": [CHANCE, CHANCE]}
    assert doctor.findings(ended("lstm_dropout", values={"dropout": 0.8}, **stuck))[0].try_next == {
        "dropout": 0.2
    }
    assert doctor.findings(ended("lstm_dropout", values={"dropout": 0.5}, **stuck))[0].try_next == {
        "learning_rate": 0.003
    }


# Overfitting


@pytest.mark.parametrize("rise, fires", [(0.029, False), (0.03, True), (0.2, True)])
def test_validation_loss_that_rises_while_training_loss_falls_is_overfitting(ended, rise, fires):
    run = ended(loss=[0.5, 0.4, 0.3], val_loss=[0.45, 0.40, 0.40 + rise])
    assert ("Overfitting" in titles(run)) == fires


def test_overfitting_names_its_epoch_and_its_gap(ended):
    [finding] = doctor.findings(ended(loss=[0.5, 0.4, 0.3, 0.2], val_loss=[0.45, 0.40, 0.46, 0.55]))
    assert "Since epoch 2 validation loss rose from 0.400 to 0.550" in finding.explanation
    assert "fell from 0.400 to 0.200: a gap of 0.350 after epoch 4" in finding.explanation


def test_both_losses_rising_is_not_overfitting(ended):
    assert "Overfitting" not in titles(ended(loss=[0.3, 0.4, 0.5], val_loss=[0.40, 0.5, 0.6]))


def test_against_overfitting_dropout_is_raised_or_if_that_is_impossible_a_size_is_halved(ended):
    over = {"loss": [0.5, 0.4, 0.3], "val_loss": [0.45, 0.4, 0.5]}
    assert doctor.findings(ended("lstm_dropout", **over))[0].try_next == {"dropout": 0.4}
    assert doctor.findings(ended("lstm_dropout", values={"dropout": 0.45}, **over))[0].try_next == {
        "dropout": 0.5
    }
    assert doctor.findings(ended("lstm_dropout", values={"dropout": 0.5}, **over))[0].try_next == {
        "units": 50
    }
    assert doctor.findings(ended("lstm", **over))[0].try_next == {"units": 50}
    assert doctor.findings(ended("lstm", values={"units": 1}, **over))[0].try_next == {"embedding_size": 16}


def test_where_nothing_can_be_made_smaller_no_change_is_proposed(ended):
    over = {"loss": [0.5, 0.4, 0.3], "val_loss": [0.45, 0.4, 0.5]}
    assert (
        doctor.findings(ended("lstm", values={"units": 1, "embedding_size": 2}, **over))[0].try_next is None
    )


# Still improving


@pytest.mark.parametrize("fall, fires", [(0.0049, False), (0.005, True)])
def test_a_last_epoch_that_is_clearly_the_best_ended_too_early(ended, fall, fires):
    run = ended(val_loss=[0.5, 0.4, 0.4 - fall])
    assert ("Still improving at the end" in titles(run)) == fires
    if fires:
        assert doctor.findings(run)[0].try_next == {"epochs": 6}


def test_more_epochs_are_not_proposed_for_a_stopped_run(ended):
    assert "Still improving at the end" not in titles(
        ended(val_loss=[0.5, 0.4, 0.3], planned=9, event="stopped")
    )


def test_more_epochs_than_allowed_are_never_proposed(ended):
    falling = {name: [1 - 0.004 * number for number in range(150)] for name in ("loss", "val_loss")}
    run = ended(**falling, val_accuracy=[0.8] * 150)
    assert [
        finding.try_next for finding in doctor.findings(run)
    ] == []  # 0.004 an epoch is below the threshold
    falling["val_loss"][-1] -= 0.01
    assert doctor.findings(ended(**falling, val_accuracy=[0.8] * 150))[0].try_next == {"epochs": 200}


# Divergence


def test_a_failed_runs_own_message_is_shown(ended):
    message = "The loss became nan in epoch 1, step 3 of 9: training has diverged."
    [finding] = doctor.findings(ended(loss=[], event="failed", message=message))
    assert finding.explanation == message and finding.try_next == {"gradient_clipping": 1.0}


def test_a_run_that_failed_for_another_reason_has_not_diverged(ended):
    assert doctor.findings(ended(loss=[], event="failed", message="Out of memory.")) == []


@pytest.mark.parametrize("measure", ["loss", "val_loss"])
def test_a_loss_that_is_not_a_number_is_always_divergence(ended, measure):
    run = ended(**{measure: [0.5, None, None, None]}, event="stopped")
    assert doctor.findings(run)[0].title == "Training diverged"
    assert "epoch 2, step 9 of 9" in doctor.findings(run)[0].explanation


@pytest.mark.parametrize("loss, fires", [(0.712, False), (0.714, True), (3.0, True)])
def test_a_training_loss_that_rose_above_guessing_is_divergence(ended, loss, fires):
    assert ("Training diverged" in titles(ended(loss=[0.5, loss], val_loss=[0.5, 0.9]))) == fires


@pytest.mark.parametrize("before, fires", [(0.90, False), (0.881, False), (0.88, True), (0.7, True)])
def test_a_training_loss_above_guessing_is_divergence_only_if_it_rose(ended, before, fires):
    assert ("Training diverged" in titles(ended(loss=[before, 0.9], val_loss=[0.7, 0.9]))) == fires


def test_a_loss_that_rose_inside_the_only_epoch_is_divergence(ended):
    run = ended(loss=[3.0], val_loss=[0.9], first_rows=[0.69])
    assert "Training diverged" in titles(run) and "It was 0.690 before" in doctor.findings(run)[0].explanation


@pytest.mark.parametrize(
    "values, change",
    [
        ({"learning_rate": 0.001}, {"gradient_clipping": 1.0}),
        ({"learning_rate": 0.001, "gradient_clipping": 1.0}, {"learning_rate": 0.00033}),
        ({"learning_rate": 0.001, "gradient_clipping": 50.0}, {"gradient_clipping": 1.0}),
        ({"learning_rate": 0.5}, {"learning_rate": 0.05}),
        ({"learning_rate": 1e-6, "gradient_clipping": 1.0}, None),
    ],
)
def test_against_divergence_the_gradient_is_clipped_or_the_rate_made_smaller(ended, values, change):
    assert doctor.findings(ended(loss=[0.5, 3.0], values=values))[0].try_next == change


# Jumps of the validation accuracy


@pytest.mark.parametrize(
    "scores, fires",
    [
        ([0.80, 0.77, 0.80], True),
        ([0.80, 0.772, 0.80], False),
        ([0.80, 0.77, 0.79], False),
        ([0.80, 0.84, 0.80], False),
        ([0.80, 0.70, 0.71, 0.75], True),
        ([0.80, 0.70], False),
    ],
)
def test_validation_accuracy_that_falls_and_rises_by_three_points_is_unstable(ended, scores, fires):
    run = ended(val_accuracy=scores, reviews=25_000)
    assert ("Validation accuracy jumps" in titles(run)) == fires


def test_with_few_validation_reviews_a_jump_may_be_luck(ended):
    assert "Validation accuracy jumps" not in titles(ended(val_accuracy=[0.8, 0.7, 0.8], reviews=100))
    assert "Validation accuracy jumps" in titles(ended(val_accuracy=[0.8, 0.65, 0.8], reviews=100))
