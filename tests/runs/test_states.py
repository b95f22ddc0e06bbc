"""A run's state follows from its events and from the lock, and a summary holds plain values."""

import json

import pytest

from imdb_core.runs import layout, locks, store
from tests.recorded_runs import STARTED, after_events

# States: events since "queued", and the state while the lock is free / held.
STATES = [
    ([], "queued", "starting"),
    (["started"], "interrupted", "running"),
    (["started", "phase", "epoch-saved"], "interrupted", "running"),
    (["started", "stop-requested"], "interrupted", "stopping"),
    (["stop-requested", "started"], "interrupted", "running"),
    (["stopped"], "stopped", "stopping"),
    (["started", "stop-requested", "stopped"], "stopped", "stopping"),
    (["started", "finished"], "finished", "finished"),
    (["started", "failed"], "failed", "failed"),
    (["started", "interrupted"], "interrupted", "interrupted"),
    (["started", "interrupted", "queued"], "queued", "starting"),
    (["started", "interrupted", "queued", "started"], "interrupted", "running"),
    (["started", "stop-requested", "stopped", "queued", "started"], "interrupted", "running"),
    (["started", "finished", "renamed"], "finished", "finished"),
]


@pytest.mark.parametrize("events, state, _", STATES)
def test_the_state_of_a_run_without_a_worker_follows_from_its_events(run, events, state, _):
    changed = after_events(run, *events)
    assert changed.state == state
    assert changed.can_resume == (state in ("interrupted", "stopped", "failed"))
    assert not changed.active


@pytest.mark.parametrize("events, _, state", STATES)
def test_the_state_of_a_run_with_a_worker_follows_from_its_events(run, alive, events, _, state):
    changed = after_events(run, *events)
    assert changed.state == state
    assert changed.active == (state in ("starting", "running", "stopping"))


def test_a_worker_that_ends_while_its_run_is_read_has_ended_as_it_recorded(run, monkeypatch):
    after_events(run, "started")

    def ends_meanwhile(path):
        if not store.read(run.folder).event("finished"):
            store.record(run.folder, "finished", test_accuracy=0.5, test_reviews=1)
        return False

    monkeypatch.setattr(locks, "held", ends_meanwhile)
    assert store.read(run.folder).state == "finished"


def test_a_run_that_goes_on_does_not_show_how_it_ended_before(run, alive):
    store.record(run.folder, "started", **STARTED)
    store.record(run.folder, "interrupted", message="The power failed.")
    assert store.read(run.folder).summary()["message"] == "The power failed."
    resumed = after_events(run, "queued", "started")
    assert resumed.state == "running"
    assert resumed.ending == {}
    assert resumed.summary()["message"] is None


def test_a_summary_holds_plain_values_only(run):
    assert json.loads(json.dumps(run.summary())) == run.summary()


def test_the_log_ends_with_its_last_lines_whatever_bytes_it_holds(run):
    assert run.log_tail() == ""
    (run.folder / layout.LOG).write_bytes(b"x" * 10**6 + b"\n\xff\xfe\nlast \xe2\x82\xac\n")
    assert run.log_tail(2) == "\ufffd\ufffd\nlast €"
