"""A run elsewhere is stopped in each phase: its folder carries the request, and nothing is lost."""

import os
import signal

import pytest

from imdb_core.runs import launcher, layout, movers, places, rows, store
from imdb_core.runs.recorded import ENDED
from imdb_core.training import checkpoints
from tests import fake_ray
from tests.recorded_runs import event_kinds
from tests.stub_place import NAME, use_stub_place

pytestmark = pytest.mark.usefixtures("stub_worker")
PHASES = ("launching", "loading_texts", "starting_keras", "training", "writing")


@pytest.fixture(params=[NAME, fake_ray.NAME])
def place(request, monkeypatch):
    """A place elsewhere with two slots, by its name; nobody but the test moves the queue on."""
    monkeypatch.setattr(movers, "start", lambda **_: None)
    use_stub_place(monkeypatch)
    with fake_ray.running(is_working=True) as ray:
        fake_ray.use_fake_cluster(ray, monkeypatch)
        yield request.param


@pytest.fixture
def busy(place, tiny, monkeypatch, wait_until):
    """busy(phase, seconds): a run whose worker is in this phase, and obeys nothing for so long."""

    def busy(phase, seconds):
        monkeypatch.setenv("STUB_CHECKPOINTS", "1")
        monkeypatch.setenv("STUB_EPOCHS", "200")
        monkeypatch.setenv("STUB_PAUSE", f"{phase} {seconds}")
        run = launcher.submit(tiny(place=place, epochs=200))
        wait_until(lambda: _is_in(phase, store.read(run.folder)), 60)
        monkeypatch.delenv("STUB_PAUSE")
        return run

    return busy


def _is_in(phase, run):
    if phase == "launching":
        return run.state == "starting"
    if phase == "writing":
        return bool(list(run.folder.glob(f"{layout.CHECKPOINTS}/.epoch-*.tmp/{layout.WEIGHTS}")))
    return run.event("phase").get("phase") == phase


def stop(run):
    """Stop the run as the page does; the stop helper is another process, which does not know these places."""
    launcher.stop(run)
    launcher.end(run)
    return store.read(run.folder)


def require_one_end_and_no_loss(run):
    """The run has one end, "stopped". Each finished epoch has row and event, and the newest a checkpoint."""
    assert run.state == "stopped", run.log_tail()
    assert [kind for kind in event_kinds(run) if kind in ENDED] == ["stopped"]
    epochs = [row["epoch"] for row in run.epochs]
    assert epochs == [event["epoch"] for event in run.events if event["event"] == "epoch-saved"]
    saved = [manifest["row"]["epoch"] for manifest in checkpoints.manifests(run.folder / layout.CHECKPOINTS)]
    assert saved[-1:] == epochs[-1:]


def test_a_run_that_waits_is_taken_from_the_queue(place, tiny, endless):
    for _ in range(places.get(place).slots()):
        launcher.submit(tiny(place=place))
    run = launcher.submit(tiny(place=place))
    launcher.stop(run)
    launcher.dispatch()
    assert event_kinds(run) == ["queued", "stopped"]
    assert store.read(run.folder).state == "stopped"


@pytest.mark.parametrize("phase", PHASES)
def test_a_worker_that_reads_the_request_ends_by_itself(place, busy, phase):
    run = stop(busy(phase, 1.5))
    require_one_end_and_no_loss(run)
    assert run.ending["code"] == ("stopped_with_epoch" if phase == "writing" else run.ending["code"])
    assert bool(run.epochs) or phase != "writing"


@pytest.mark.parametrize("phase", PHASES)
def test_a_worker_that_does_not_read_it_is_ended_by_force_and_its_run_can_be_resumed(
    place, busy, phase, monkeypatch, wait_until
):
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0.2)
    run = stop(busy(phase, 600))
    require_one_end_and_no_loss(run)
    launcher.resume(run)
    wait_until(lambda: len(store.read(run.folder).epochs) >= 2, 60)
    written = rows.rows(run.folder / layout.METRICS)
    finished = [row["epoch"] for row in written if row["kind"] == "epoch"]
    assert finished == sorted(set(finished))  # no finished epoch was trained again


def test_a_page_that_sees_the_end_by_force_before_the_stop_helper_records_the_same_end(busy, wait_until):
    run = store.read(busy("training", 600).folder)
    store.record(run.folder, "stop-requested")
    os.kill(run.event("started")["pid"], signal.SIGKILL)
    wait_until(lambda: store.read(run.folder).state == "interrupted", 60)
    launcher.runs()
    launcher.end(run)
    require_one_end_and_no_loss(store.read(run.folder))
    assert store.read(run.folder).ending["code"] == "ended_by_force"
