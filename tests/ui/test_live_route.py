"""The route that a page asks for a run's new rows: the points it sends, and its answers to odd requests."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette

from imdb_core.errors import RunError, SettingError
from imdb_core.runs import journal, launcher, layout, live, locks, rows, store
from tests.ended_runs import HEALTHY, ended
from tests.page_runs import add_epoch
from ui import live_route

EPOCHS = len(HEALTHY["loss"])


@pytest.fixture(autouse=True)
def runs_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    live.forget()


def request(path, query=""):
    """(status, body) of a GET request to the route, below the base address /lab."""
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": query.encode()}
    answers = []

    async def receive():
        await asyncio.sleep(60)

    async def send(message):
        answers.append(message)

    app = Starlette(routes=[live_route.live_route("/lab")])
    with ThreadPoolExecutor(1) as pool:  # another test may have left an event loop running in this thread
        pool.submit(asyncio.run, app(scope, receive, send)).result()
    return answers[0]["status"], b"".join(message.get("body", b"") for message in answers[1:]).decode()


def answer(run, after=""):
    """The answer about a run, as the browser reads it."""
    status, body = request(f"/lab/live/{run.id}", f"after={after}" if after else "")
    assert status == 200, body
    return json.loads(body)


def add_row(run, epoch, step, **figures):
    row = {
        "kind": "batch",
        "epoch": epoch,
        "step": step,
        "steps": 9,
        "seconds": 0.1,
        "loss": 0.5,
        "accuracy": 0.7,
    }
    journal.append(run.folder / layout.METRICS, row | figures)


def test_all_points_come_first_and_then_only_the_new_ones():
    run = ended(first_rows=(0.7, 0.65))
    first = answer(run)
    assert first["replaces"] and len(first["points"]) == 2 + EPOCHS and first["state"] == "finished"
    assert first["points"][0] == [0.11111, 0.7, 0.5] and first["points"][2] == [1, 0.55, 0.5, 0.48, 0.77]
    assert answer(run, first["position"])["points"] == []
    add_row(run, EPOCHS + 1, 3)
    new = answer(run, first["position"])
    assert not new["replaces"] and new["points"] == [[EPOCHS + 0.33333, 0.5, 0.7]]
    add_epoch(run, EPOCHS + 1)
    assert [len(point) for point in answer(run, new["position"])["points"]] == [5]


def test_points_that_a_resume_made_void_are_replaced():
    run = ended()
    add_row(run, EPOCHS + 1, 3)
    position = answer(run)["position"]
    journal.append(run.folder / layout.METRICS, {"kind": "resumed", "epoch": EPOCHS})
    store.record(run.folder, "resumed", epoch=EPOCHS)
    add_row(run, EPOCHS + 1, 3, loss=0.4)
    again = answer(run, position)
    assert again["replaces"] and len(again["points"]) == EPOCHS + 1 and again["points"][-1][1] == 0.4
    assert answer(run, again["position"])["points"] == []


def test_a_torn_last_line_is_left_out_until_it_is_complete():
    run = ended()
    position = answer(run)["position"]
    with (run.folder / layout.METRICS).open("ab") as file:
        file.write(b'{"kind": "batch", "epoch": 9, "st')
    assert answer(run, position)["points"] == []
    add_row(run, EPOCHS + 1, 1)
    assert len(answer(run, position)["points"]) == 1


def test_rows_without_figures_give_points_without_figures():
    run = ended()
    position = answer(run)["position"]
    nothing = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "words_per_second"))
    add_row(run, EPOCHS + 1, 1, loss=None, accuracy=None)
    add_epoch(run, EPOCHS + 1, **nothing)
    assert answer(run, position)["points"] == [
        [EPOCHS + 0.11111, None, None],
        [EPOCHS + 1, None, None, None, None],
    ]


def test_a_thinned_file_of_a_month_sends_no_point_twice(monkeypatch):
    run = ended()
    form = rows.METRICS.__class__(rows.METRICS.read, frequent=rows.WITHIN_EPOCH, unthinned_bytes=2_000)
    monkeypatch.setattr(rows, "METRICS", form)
    shown, position = [], ""
    for step in range(1, 300):
        add_row(run, EPOCHS + 1, step, steps=300)
        if step % 7 == 0:
            new = answer(run, position)
            shown += new["points"]
            position = new["position"]
    ends = [point[0] for point in shown]
    assert form.step(10**4) > 1 and ends == sorted(set(ends)) and len(ends) > 50


@pytest.mark.parametrize(
    "after", ["x", "1.2.3", "-1.0.0.0", "1.2.3.4.5", "9" * 17 + ".0.0.0", "%00", "٣.0.0.0"]
)
def test_an_odd_position_gets_all_points(after):
    run = ended()
    odd = answer(run, after)
    assert odd["replaces"] and len(odd["points"]) == EPOCHS


@pytest.mark.parametrize(
    "id", ["x", "..", "..%2f..%2fetc", "20260131-120000000-abcdefgh", "%00", "a" * 5000, "ü"]
)
def test_an_id_without_a_run_gets_a_sentence(id):
    status, body = request(f"/lab/live/{id}")
    assert status == 404 and "run" in body.lower() and "Traceback" not in body
    assert request(f"/lab/live/{id}/more")[0] == 404 and request(f"/live/{id}")[0] == 404


@pytest.mark.parametrize(("error", "status"), [(SettingError, 500), (RunError, 503), (locks.Held, 503)])
def test_only_a_missing_run_ends_the_watching(monkeypatch, error, status):
    run = ended()

    def refuse(id):
        raise error("A sentence for the visitor.")

    monkeypatch.setattr(store, "find", refuse)
    assert request(f"/lab/live/{run.id}") == (status, "A sentence for the visitor.")


def test_a_wrong_variable_does_not_look_like_a_missing_run(monkeypatch):
    run = ended()
    monkeypatch.setenv("IMDB_RUNS_DIR", __file__)
    assert request(f"/lab/live/{run.id}")[0] == 500


def test_a_queued_run_is_shown_while_another_look_starts_a_run(monkeypatch):
    run, may_end, waited_too_long = ended(event="queued"), threading.Event(), threading.Event()
    monkeypatch.setattr(live, "LISTING_SECONDS", 0.05)
    monkeypatch.setattr(launcher, "dispatch", lambda **_: may_end.wait(10) or waited_too_long.set())
    try:
        assert answer(run)["activity"].startswith("Number 1 in the queue")
        assert not waited_too_long.is_set()
    finally:
        may_end.set()


def test_a_page_and_the_route_do_not_look_at_the_same_moment(monkeypatch):
    run, inside, most = ended(event="queued"), [], []
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "phase", phase="training")
    current = live.phases.current

    def slow(*arguments):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return current(*arguments)

    monkeypatch.setattr(live.phases, "current", slow)
    with locks.hold(run.folder / layout.LOCK, 1), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda look: look(), [lambda: live.seen(store.read(run.folder))] * 4))
    assert most and max(most) == 1


def test_many_ids_without_a_run_take_no_memory():
    """Reads the private _watched: nothing public shows what the route remembers."""
    for number in range(200):
        request(f"/lab/live/20260131-120000000-{number:08d}")
    assert len(live._watched) == 0


@pytest.mark.parametrize("name", [layout.METRICS, layout.EVENTS, layout.CONFIG])
@pytest.mark.parametrize("content", [b"[]\n", b'{"kind": "epoch"}\n', b"\xff\n", b"", None])
def test_a_damaged_run_gets_its_state_or_a_sentence(name, content):
    run = ended()
    answer(run)
    path = run.folder / name
    path.unlink()
    path.mkdir() if content is None else path.write_bytes(content)
    status, body = request(f"/lab/live/{run.id}")
    assert status in (200, 503) and "Traceback" not in body
    if status == 200:
        assert json.loads(body)["state"] in ("damaged", "finished")


def test_thirty_tabs_on_one_run_read_it_once(monkeypatch):
    run, reads = ended(), []
    monkeypatch.setattr(live, "LOOK_SECONDS", 60.0)
    find = store.find
    monkeypatch.setattr(store, "find", lambda id: reads.append(id) or find(id))
    positions = {answer(run)["position"] for _ in range(30)}
    assert len(positions) == 1 and len(reads) <= 2  # one of them looks whether there is such a run


def test_a_run_that_trains_tells_its_phase_its_figures_and_when_to_ask_again():
    run = ended(event="queued", planned=9)
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(run.folder, "phase", phase="training")
    with locks.hold(run.folder / layout.LOCK, 1, duty="trains"):
        prepares = answer(run)
        store.record(run.folder, "first-row")
        trains = answer(run)
    assert prepares["phase"]["seconds"] >= 0 and prepares["again"] < trains["again"]
    assert trains["phase"] is None and trains["moving"] and ["epoch", "5 of 9"] in trains["figures"]
