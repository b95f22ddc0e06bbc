"""The run doctor as a whole: when it judges a run, healthy runs, the order of findings, its proposals."""

import math

import pytest
from ended_runs import judged

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.evaluation import doctor
from imdb_core.runs import journal, store

CHANCE = math.log(2)


def test_a_healthy_run_says_so_in_a_sentence_with_its_numbers(ended):
    run = judged(ended(), 0.86, 0.83)
    assert doctor.ready(run) and doctor.findings(run) == []
    assert "0.550 to 0.270" in doctor.healthy_sentence(
        run
    ) and "0.364 after epoch 3" in doctor.healthy_sentence(run)


def test_one_epoch_or_none_is_called_too_little_to_judge(ended):
    assert doctor.findings(ended(val_loss=[0.5])) == []
    assert "Only one epoch is done" in doctor.healthy_sentence(ended(val_loss=[0.5]))
    assert "No epoch is done" in doctor.healthy_sentence(ended(val_loss=[], event="failed"))


def test_each_run_that_comes_with_the_project_gets_findings_that_fit_it():
    for folder in sorted(path.parent for path in paths.PRETRAINED.glob("*/model.json")):
        run = store.read(folder)
        rise = run.epochs[-1]["val_loss"] - run.best["val_loss"]
        fall = run.epochs[-2]["val_loss"] - run.epochs[-1]["val_loss"]
        expected = {f"Since epoch {run.best['epoch']} "} if rise >= doctor.OVERFIT_RISE else set()
        if run.best == run.epochs[-1] and fall >= doctor.STILL_FALLING:
            expected |= {f"validation loss still fell by {fall:.3f}"}
        findings = [finding.explanation for finding in doctor.findings(run)]
        assert len(findings) == len(expected) and all(
            phrase in explanation for phrase, explanation in zip(expected, findings, strict=True)
        ), folder


def test_a_run_is_judged_after_two_epochs_or_when_it_has_ended(tiny):
    run = store.create(tiny(), store.new_id())
    row = {
        "kind": "epoch",
        "step": 9,
        "steps": 9,
        "accuracy": 0.5,
        "seconds": 1.0,
        "loss": 0.5,
        "validation_seconds": 0.1,
    }
    for epoch, looked_at in ((1, False), (2, True)):
        journal.append(
            run.folder / "metrics.jsonl", row | {"epoch": epoch, "val_loss": 0.5, "val_accuracy": 0.7}
        )
        assert doctor.ready(store.read(run.folder)) == looked_at
    store.record(run.folder, "stopped")
    assert doctor.ready(store.read(run.folder))


def test_the_most_severe_finding_comes_first(ended):
    run = judged(
        ended(loss=[0.5, 0.4, 0.3], val_loss=[0.4, 0.5, 0.6], val_accuracy=[0.85, 0.7, 0.8]), 0.6, 0.9
    )
    assert [finding.title for finding in doctor.findings(run)] == [
        "Validation accuracy jumps",
        "Overfitting",
        "One class is judged better",
    ]


CASES = [
    {"loss": [CHANCE, CHANCE], "val_loss": [CHANCE, CHANCE]},
    {"loss": [0.5, 9.0], "val_loss": [0.5, 9.0]},
    {"loss": [0.5, 0.3], "val_loss": [0.4, 0.6]},
    {"loss": [0.5, 0.3], "val_loss": [0.5, 0.3]},
    {"val_accuracy": [0.9, 0.5, 0.9]},
]


@pytest.mark.parametrize("network", architectures.names())
@pytest.mark.parametrize("case", CASES)
def test_every_proposal_is_one_setting_the_network_uses_within_its_bounds(ended, network, case):
    for values in (
        {},
        {"learning_rate": 10.0},
        {"learning_rate": 1e-6},
        {"units": 1},
        {"gradient_clipping": 0.1},
    ):
        if not set(values) <= set(configs.hyperparameters(network)):
            continue
        run = ended(network, values=values, **case)
        assert doctor.findings(run)
        for change in (finding.try_next for finding in doctor.findings(run) if finding.try_next):
            [(name, value)] = change.items()
            assert name in configs.hyperparameters(network) and value != getattr(run.config, name)
            assert getattr(run.config.changed(**change), name) == value
