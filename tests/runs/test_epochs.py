"""Which rows of the metrics count after a resume, which epoch is the best, and how often a page looks."""

from imdb_core.runs.progress import progress, row_seconds
from tests.recorded_runs import after_events, after_metrics, metrics_row


def test_rows_of_an_interrupted_epoch_are_void_when_the_run_goes_on(run):
    valid = [
        metrics_row("batch", 1),
        metrics_row("epoch", 1, val_loss=0.6),
        metrics_row("batch", 2, 9),
        metrics_row("epoch", 2, val_loss=0.5),
        metrics_row("epoch", 3, val_loss=0.7),
    ]
    resumed_after_1, resumed_after_2 = ({"kind": "resumed", "epoch": epoch} for epoch in (1, 2))
    written = [*valid[:2], metrics_row("batch", 2), metrics_row("batch", 2, 2), resumed_after_1]
    written += [*valid[2:4], metrics_row("batch", 3), resumed_after_2, resumed_after_2, valid[4]]
    changed = after_metrics(run, *written)
    assert changed.metrics == valid
    assert [row["epoch"] for row in changed.epochs] == [1, 2, 3]
    assert changed.best["epoch"] == 2


def test_a_run_that_starts_anew_keeps_no_earlier_row(run):
    rows = metrics_row("batch", 1), {"kind": "resumed", "epoch": 0}, metrics_row("batch", 1, 2)
    assert after_metrics(run, *rows).metrics == [metrics_row("batch", 1, 2)]


def test_an_epoch_without_a_validation_loss_is_not_the_best(run):
    losses = {"val_loss": 0.6}, {"val_loss": float("nan")}, {}
    rows = [metrics_row("epoch", epoch, **loss) for epoch, loss in enumerate(losses, 1)]
    assert after_metrics(run, *rows).best["epoch"] == 1


def test_time_left_is_unknown_while_no_step_was_added_since_the_first_row(run, alive):
    after_events(run, "started")
    # Both first rows of a short epoch may come from its validation.
    rows = [metrics_row("batch", 1, 9, seconds=seconds) for seconds in (1.0, 2.0)]
    assert progress(after_metrics(run, *rows)).seconds_left is None


def test_the_time_between_two_rows_is_known_within_an_epoch_only(run, alive):
    assert row_seconds(after_events(run, "started")) is None
    rows = metrics_row("batch", 1, 1, seconds=1.0), metrics_row("batch", 1, 3, seconds=2.5)
    assert row_seconds(after_metrics(run, *rows)) == 1.5
    assert row_seconds(after_metrics(run, metrics_row("epoch", 1, seconds=3.0))) == 1.5
    assert row_seconds(after_metrics(run, metrics_row("batch", 2, 1, seconds=0.3))) is None


def test_the_scores_of_the_untrained_network_are_no_epoch(run):
    untrained = {"kind": "probes", "epoch": 0, "probes": [0.5, 0.4]}
    changed = after_metrics(run, untrained, metrics_row("batch", 1), metrics_row("epoch", 1, val_loss=0.6))
    assert changed.untrained_probes == [0.5, 0.4]
    assert [row["kind"] for row in changed.metrics] == ["batch", "epoch"]
    assert len(changed.epochs) == 1 and "probes" not in changed.epochs[0]


def test_a_run_that_began_anew_has_the_newest_scores_of_the_untrained_network(run):
    first, second = ({"kind": "probes", "epoch": 0, "probes": [share]} for share in (0.3, 0.6))
    changed = after_metrics(run, first, {"kind": "resumed", "epoch": 0}, second)
    assert changed.untrained_probes == [0.6]
    assert after_metrics(run, {"kind": "resumed", "epoch": 3}).untrained_probes == [0.6]


def test_without_probes_the_untrained_network_was_not_asked(run):
    assert after_metrics(run, metrics_row("batch", 1)).untrained_probes is None
