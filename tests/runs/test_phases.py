"""The phase before the first row: since when, and how long it usually takes on this machine."""

import pytest

from imdb_core.runs import journal, layout, locks, phases, store
from imdb_core.runs.run import NAMING_EVENTS
from tests.recorded_runs import STARTED

START = ("launching", "started", "loading_texts", "starting_keras", "training", "first-row", "epoch-saved")


@pytest.fixture
def record_run(tiny):
    """record_run(seconds, *events, **changes): a run with these events, `seconds` apart."""

    def record_run(seconds, *events, **changes):
        run = store.create(tiny(**changes), store.new_id())
        for number, event in enumerate(events):
            seconds_of_day = number * seconds
            time = f"2026-01-01T00:{seconds_of_day // 60:02.0f}:{seconds_of_day % 60:02.0f}.000+00:00"
            kinds = ("launching", "started", "first-row", "epoch-saved", "failed", "queued", *NAMING_EVENTS)
            is_kind = event in kinds
            fields = (
                {"event": event} if is_kind or event == "finished" else {"event": "phase", "phase": event}
            )
            fields |= STARTED if event == "started" else {}
            journal.append(run.folder / layout.EVENTS, fields | {"time": time})
        return store.read(run.folder)

    return record_run


@pytest.fixture
def current(each_way):
    """current(run, past): the phase of `run` while a worker holds its lock."""

    def current(run, past=()):
        lock = locks.hold(run.folder / layout.LOCK)
        try:
            return phases.current(store.read(run.folder), past)
        finally:
            lock.release()

    return current


@pytest.mark.parametrize(
    "events, code",
    [
        (0, None),
        (1, "starting"),
        (2, "starting"),
        (3, "loading_texts"),
        (4, "starting_keras"),
        (5, "first_batches"),
        (6, None),
        (7, None),
    ],
)
def test_the_phase_follows_from_the_newest_event(record_run, current, events, code):
    phase = current(record_run(1, *START[:events]))
    assert (phase.code if phase else None) == code


def test_the_phase_began_at_its_event(tiny, current):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, "started", **STARTED)
    store.record(run.folder, "phase", phase="loading_texts")
    assert 0 <= current(run).seconds < 60


def test_the_evaluation_is_a_phase_until_the_run_has_finished(record_run, current):
    events = (*START, "evaluating")
    assert current(record_run(1, *events)).code == "evaluating"
    assert current(record_run(1, *events, "finished")) is None


def test_a_run_without_a_worker_has_no_phase(record_run):
    assert phases.current(record_run(1, *START[:4])) is None


def test_without_past_runs_no_duration_is_usual(record_run, current):
    run = record_run(1, *START[:4])
    assert current(run).usual_seconds is None
    assert current(run, [run]).usual_seconds is None


def test_the_usual_duration_is_the_median_of_runs_with_the_same_network_and_data_set(record_run, current):
    past = [record_run(seconds, *START) for seconds in (1, 2, 9)]
    past.append(record_run(5, *START, network="lstm"))
    assert current(record_run(1, *START[:4]), past).usual_seconds == 2


def test_else_it_is_that_of_runs_with_the_same_network_else_of_any_run(record_run, current):
    other_network = record_run(7, *START, network="lstm")
    other_data_set = record_run(3, *START, dataset="imdb")
    run = record_run(1, *START[:4])
    assert current(run, [other_network, other_data_set]).usual_seconds == 3
    assert current(run, [other_network]).usual_seconds == 7


def test_only_the_newest_durations_count(record_run, current):
    past = [record_run(seconds, *START) for seconds in (2,) * phases.MOST_DURATIONS + (9,) * 20]
    assert current(record_run(1, *START[:4]), past).usual_seconds == 2


def test_a_phase_that_was_cut_off_has_no_duration(record_run, current):
    past = record_run(4, "launching", "started", "loading_texts", "failed", "queued", "launching", "started")
    assert current(record_run(1, *START[:3]), [past]).usual_seconds is None


def test_a_start_after_a_cut_off_one_counts(record_run, current):
    past = record_run(4, "launching", "started", "starting_keras", "failed", "queued", *START)
    assert current(record_run(1, *START[:4]), [past]).usual_seconds == 4


def test_a_past_run_whose_events_became_unreadable_is_left_out(record_run, current):
    past = store.Run(record_run(4, *START).folder, None)
    (past.folder / layout.EVENTS).write_bytes(b'{"event": 7}\n')
    assert current(record_run(1, *START[:4]), [past]).usual_seconds is None


@pytest.mark.parametrize("by_standby, usual", [(True, 2), (False, 20)])
def test_a_start_by_a_standby_is_compared_with_starts_by_a_standby(
    record_run, current, monkeypatch, by_standby, usual
):
    past = []
    for seconds, standby in ((20, False), (2, True)):
        monkeypatch.setitem(STARTED, "standby", standby)
        past.append(record_run(seconds, *START))
    monkeypatch.setitem(STARTED, "standby", by_standby)
    assert current(record_run(1, *START[:4]), past).usual_seconds == usual
    assert current(record_run(1, *START[:1]), past).usual_seconds == 22  # not known yet who trains the run


def test_a_clock_that_was_set_back_gives_no_negative_duration(record_run, current):
    run = record_run(1, *START[:3])
    later = {"event": "phase", "phase": "starting_keras", "time": "2999-01-01T00:00:00.000+00:00"}
    journal.append(run.folder / layout.EVENTS, later)
    assert current(run).seconds == 0


@pytest.mark.parametrize("naming", NAMING_EVENTS)
def test_naming_or_tagging_a_run_leaves_its_phase(record_run, current, naming):
    phase = current(record_run(1, *START[:4], naming))
    assert phase.code == "starting_keras"
