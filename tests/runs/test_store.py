"""A run is a folder: its state, its rows, and what becomes of folders that are damaged."""

import json
import subprocess
import sys

import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import journal, launcher, locks, reading, store
from imdb_core.runs.progress import refresh_seconds, progress


@pytest.fixture
def run(tiny):
    return store.create(tiny(name="first"), store.new_id())


@pytest.fixture
def alive(run, each_way):
    """Another process holds the run's lock, as a worker does."""
    lock = locks.hold(run.folder / "run.lock")
    yield
    lock.release()


def again(run):
    return store.read(run.folder)


STARTED = {"pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}


def happened(run, *events):
    for event in events:
        store.record(
            run.folder,
            event,
            **(STARTED if event == "started" else {}),
            **({"phase": "x"} if event == "phase" else {}),
        )
    return again(run)


# States: events since "queued", and what is shown while the lock is free / held.
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


@pytest.mark.parametrize("events, free, _", STATES)
def test_the_state_of_a_run_without_a_worker_follows_from_its_events(run, events, free, _):
    found = happened(run, *events)
    assert found.state == free
    assert found.can_resume == (free in ("interrupted", "stopped", "failed"))
    assert not found.active


@pytest.mark.parametrize("events, _, held", STATES)
def test_the_state_of_a_run_with_a_worker_follows_from_its_events(run, alive, events, _, held):
    found = happened(run, *events)
    assert found.state == held
    assert found.active == (held in ("starting", "running", "stopping"))


def test_a_worker_that_ends_during_the_look_at_its_run_has_ended_as_it_says(run, monkeypatch):
    store.record(run.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)

    def ends_meanwhile(path):
        if not store.read(run.folder).event("finished"):
            store.record(run.folder, "finished", test_accuracy=0.5, test_reviews=1)
        return False

    monkeypatch.setattr(locks, "held", ends_meanwhile)
    assert store.read(run.folder).state == "finished"


def test_a_run_that_goes_on_does_not_show_how_it_ended_before(run, alive):
    store.record(run.folder, "started", **STARTED)
    store.record(run.folder, "interrupted", message="The power failed.")
    assert again(run).summary()["message"] == "The power failed."
    found = happened(run, "queued", "started")
    assert found.state == "running"
    assert found.ending == {}
    assert found.summary()["message"] is None


def write(name, content):
    def damage(folder):
        (folder / "other").write_bytes(
            content
        )  # in place, a reader that follows would take more bytes for new rows
        (folder / "other").replace(folder / name)

    return damage


def replace_by_folder(name):
    def damage(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return damage


def replace_by_loop(name):
    def damage(folder):
        (folder / name).unlink()
        (folder / name).symlink_to(name)

    return damage


def config_with(**values):
    return write("config.json", json.dumps({"format": 1, "config": values}).encode())


DAMAGE = {
    "config missing": (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    "config empty": (write("config.json", b""), "not JSON"),
    "config cut": (write("config.json", b'{"format": 1, "conf'), "not JSON"),
    "config binary": (write("config.json", b"\xff\xfe\x00"), "not JSON"),
    "config nested deeply": (write("config.json", b"[" * 100_000), "not JSON"),
    "config a list": (write("config.json", b"[1]"), "format 1"),
    "config of another format": (
        write("config.json", b'{"format": 2, "config": {}}'),
        "of format 2, written by a newer version",
    ),
    "config without values": (write("config.json", b'{"format": 1}'), "config.json: "),
    "config with NaN": (write("config.json", b'{"format": 1, "config": {"units": NaN}}'), "units is nan"),
    "config out of range": (config_with(units=0), "units is 0; it must be"),
    "config with a foreign key": (config_with(colour="red"), "colour is not a hyperparameter"),
    "config of an unknown network": (config_with(network="gru"), "network is 'gru'"),
    "config a folder": (replace_by_folder("config.json"), "config.json is not a file"),
    "config a loop of links": (replace_by_loop("config.json"), "config.json is a link"),
    "events missing": (lambda folder: (folder / "events.jsonl").unlink(), "events.jsonl is missing"),
    "events empty": (write("events.jsonl", b""), "holds no event"),
    "events binary": (write("events.jsonl", b"\0" * 5000), "holds no event"),
    "events a folder": (replace_by_folder("events.jsonl"), "events.jsonl is not a file"),
    "metrics a folder": (replace_by_folder("metrics.jsonl"), "metrics.jsonl is not a file"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_run_is_listed_with_its_reason_and_can_be_deleted(tiny, run, kind):
    damage, reason = DAMAGE[kind]
    good = store.create(tiny(), store.new_id())
    happened(run, "started", "finished")
    damage(run.folder)
    happened(good, "started", "finished")
    for listed in (store.runs(), launcher.runs()):
        assert [found.id for found in listed] == [good.id, run.id]
        assert listed[0].state == "finished"
        assert listed[1].state == "damaged"
        assert reason in listed[1].damaged
        assert listed[1].damaged.endswith(".")
        assert listed[1].summary()["message"] == listed[1].damaged
        assert not (listed[1].active or listed[1].can_resume)
        assert listed[1].name
    store.delete(again(run))
    assert [found.id for found in store.runs()] == [good.id]


ODD_ROWS = [
    ("events.jsonl", {"event": 7}, "names no event"),
    ("events.jsonl", {"event": "started"}, "pid is missing"),
    ("events.jsonl", {"event": "finished", "test_accuracy": "high"}, "test_accuracy is 'high'"),
    ("events.jsonl", {"event": "queued", "time": 7}, "time is '7'"),
    ("events.jsonl", {}, "names no event"),
    ("metrics.jsonl", {"kind": "resumed"}, "epoch is missing"),
    ("metrics.jsonl", {"kind": "resumed", "epoch": "2"}, "epoch is '2'"),
    ("metrics.jsonl", {"kind": "epoch", "epoch": 2}, "step is missing"),
    ("metrics.jsonl", {"val_loss": "small"}, "val_loss is 'small'"),
    ("metrics.jsonl", {"loss": True}, "loss is 'True'"),
    ("metrics.jsonl", {"seconds": 1e999}, "seconds is"),
    ("metrics.jsonl", {"steps": 0}, "steps is '0'"),
]


@pytest.mark.parametrize("file, odd, reason", ODD_ROWS)
def test_a_row_that_no_worker_wrote_damages_its_run_with_a_reason_and_no_other(run, tiny, file, odd, reason):
    good = happened(store.create(tiny(name="good"), store.new_id()), "started", "finished")
    happened(run, "started")
    with (run.folder / file).open("a") as opened:  # journal.append would not write infinity
        opened.write(
            json.dumps(odd if file == "events.jsonl" or "kind" in odd else {**row("epoch", 1), **odd}) + "\n"
        )
    listed = {found.id: found for found in launcher.runs()}
    between_epochs = odd.get("kind") == "batch"  # a list of thousands of runs does not look there
    found = store.find(run.id) if between_epochs else listed[run.id]
    assert reason in found.damaged and found.summary()["state"] == "damaged"
    assert listed[good.id].state == "finished"


def test_what_lies_beside_the_runs_is_no_run(run):
    root = paths.runs_folder()
    (root / ".new-20260131-120000000-abcdefgh-1-2").mkdir()
    (root / ".trash-20260131-120000000-abcdefgh-1").mkdir()
    (root / "notes.txt").write_text("mine")
    assert [found.id for found in store.runs()] == [run.id]
    (root / "my holiday").mkdir()  # a folder somebody put there is shown, not hidden
    assert [found.damaged for found in store.runs() if found.id == "my holiday"] == [reading.NO_ID]


def test_without_a_runs_folder_there_are_no_runs():
    assert store.runs() == []
    assert launcher.runs() == []


def test_a_run_keeps_its_config_and_is_found_by_its_id(tiny, run):
    assert store.find(run.id).config == tiny(name="first")
    assert json.loads((run.folder / "config.json").read_text())["config"]["name"] == "first"


def test_runs_are_listed_newest_first(tiny):
    ids = [store.create(tiny(), store.new_id()).id for _ in range(3)]
    assert ids == sorted(ids)
    assert [run.id for run in store.runs()] == ids[::-1]


def test_creating_the_same_id_twice_is_one_run(tiny, run):
    happened(run, "started")
    second = store.create(tiny(name="second"), run.id)
    assert second.name == "first"
    assert [event["event"] for event in second.events] == ["queued", "started"]
    assert [entry.name for entry in paths.runs_folder().iterdir()] == [run.id]


def test_many_processes_creating_the_same_id_make_one_whole_run(tiny):
    id, config = store.new_id(), tiny().model_dump_json()
    program = "import sys; from imdb_core import config; from imdb_core.runs import store\n"
    program += "sys.stdin.read(); store.create(config.read(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", program, config, id]
    creators = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    for creator in creators:  # all wait for the end of their input
        creator.stdin.close()
    assert [creator.wait() for creator in creators] == [0] * 4
    assert [entry.name for entry in paths.runs_folder().iterdir()] == [id]
    assert [event["event"] for event in store.find(id).events] == ["queued"]


def test_a_runs_folder_that_cannot_be_written_is_refused_with_a_sentence(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tmp_path / "file" / "runs"))
    with pytest.raises(RunError, match=r"could not be written to .*runs: .*IMDB_RUNS_DIR\."):
        store.create(tiny(), store.new_id())


@pytest.mark.parametrize(
    "id",
    [
        "",
        ".",
        "..",
        "../runs",
        "/etc/passwd",
        "a/b",
        "20260131-120000000-abcdefgh/..",
        "20260131-120000000-ABCDEFGH",
        "x" * 500,
    ]
    + [
        "20260131-120000000-abcdefgh\n",
        "20260131-120000000-abcdefg\0",
        "<b>bold</b>",
        "２０２６０１３１-120000000-abcdefgh",
        "\ud800",
    ],
)
def test_an_id_that_is_a_path_or_odd_is_refused_with_a_sentence(tiny, id):
    for wish in (lambda: store.find(id), lambda: store.create(tiny(), id)):
        with pytest.raises(RunError, match="is not a run's id; ids look like") as caught:
            wish()
        assert len(str(caught.value)) < 200


def test_an_unknown_id_is_refused_with_a_sentence():
    with pytest.raises(RunError, match="There is no run 20260131-120000000-abcdefgh; .*list"):
        store.find("20260131-120000000-abcdefgh")


def test_ids_differ_and_sort_by_time():
    ids = [store.new_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert [id[:18] for id in ids] == sorted(id[:18] for id in ids)


def test_renaming_changes_what_is_shown_and_not_the_config(run):
    before = (run.folder / "config.json").read_bytes()
    store.rename(run, "läuft <b>gut</b>")
    assert again(run).name == "läuft <b>gut</b>"
    store.rename(run, "x" * 80)
    assert again(run).name == "x" * 80
    assert (run.folder / "config.json").read_bytes() == before
    store.rename(run, "")
    assert again(run).name.startswith("CNN + LSTM ")


@pytest.mark.parametrize("name", ["x" * 81, "\ud800", None, 7])
def test_a_name_that_is_too_long_or_no_text_is_refused(run, name):
    with pytest.raises(ConfigError, match="at most 80 characters"):
        store.rename(run, name)
    assert again(run).name == "first"


def test_a_damaged_run_cannot_be_renamed(run):
    (run.folder / "config.json").write_text("")
    with pytest.raises(RunError, match="cannot be renamed"):
        store.rename(again(run), "new")


def test_a_run_that_is_alive_is_not_deleted(run, alive):
    with pytest.raises(RunError, match="first is still training; stop it first"):
        store.delete(happened(run, "started"))
    assert again(run).state == "running"


def test_a_run_is_deleted_whole_and_twice_does_no_harm(run):
    (run.folder / "checkpoints").mkdir()
    store.delete(run)
    store.delete(run)
    assert list(paths.runs_folder().iterdir()) == []


def row(kind, epoch, step=1, **more):
    figures = {
        "steps": 9,
        "loss": 0.5,
        "accuracy": 0.5,
        "seconds": 1.0,
        "words_per_second": 9.0,
        "memory": None,
    }
    if kind == "epoch":
        figures |= {"val_loss": None, "val_accuracy": None, "validation_seconds": 0.1}
    return {"kind": kind, "epoch": epoch, "step": step, **figures, **more}


def test_rows_of_an_interrupted_epoch_are_void_when_the_run_goes_on(run):
    written = [row("batch", 1), row("epoch", 1, val_loss=0.6), row("batch", 2), row("batch", 2, 2)]
    written += [
        {"kind": "resumed", "epoch": 1},
        row("batch", 2, 9),
        row("epoch", 2, val_loss=0.5),
        row("batch", 3),
    ]
    written += [
        {"kind": "resumed", "epoch": 2},
        {"kind": "resumed", "epoch": 2},
        row("epoch", 3, val_loss=0.7),
    ]
    for one in written:
        journal.append(run.folder / "metrics.jsonl", one)
    found = again(run)
    assert found.metrics == [written[number] for number in (0, 1, 5, 6, 10)]
    assert [one["epoch"] for one in found.epochs] == [1, 2, 3]
    assert found.best["epoch"] == 2


def test_time_left_is_unknown_while_no_step_was_added_since_the_first_row(run, alive):
    happened(run, "started")
    for seconds in (1.0, 2.0):  # a short epoch's first rows may both come from its validation
        journal.append(run.folder / "metrics.jsonl", row("batch", 1, 9, seconds=seconds))
    assert progress(again(run)).seconds_left is None


def test_a_run_is_looked_at_once_an_epoch_but_every_two_to_eight_seconds(run, alive):
    happened(run, "started")
    assert refresh_seconds(again(run)) == 2  # nothing is known yet
    journal.append(run.folder / "metrics.jsonl", row("batch", 1, 1, seconds=1.0))
    journal.append(run.folder / "metrics.jsonl", row("batch", 1, 3, seconds=1.6))
    assert refresh_seconds(again(run)) == 3  # nine steps of 0.3 s
    for epoch, (seconds, rest) in enumerate([(0.4, 2), (3.6, 4), (60.0, 8)], 1):
        journal.append(run.folder / "metrics.jsonl", row("epoch", epoch, seconds=seconds))
        assert refresh_seconds(again(run)) == rest


def test_a_run_that_starts_anew_keeps_no_earlier_row(run):
    for one in (row("batch", 1), {"kind": "resumed", "epoch": 0}, row("batch", 1, 2)):
        journal.append(run.folder / "metrics.jsonl", one)
    assert again(run).metrics == [row("batch", 1, 2)]


def test_an_epoch_without_a_validation_loss_is_not_the_best(run):
    for one in (row("epoch", 1, val_loss=0.6), row("epoch", 2, val_loss=float("nan")), row("epoch", 3)):
        journal.append(run.folder / "metrics.jsonl", one)
    assert again(run).best["epoch"] == 1


def test_the_log_ends_with_its_last_lines_whatever_bytes_it_holds(run):
    assert run.log_tail() == ""
    (run.folder / "worker.log").write_bytes(b"x" * 10**6 + b"\n\xff\xfe\nlast \xe2\x82\xac\n")
    assert run.log_tail(2) == "\ufffd\ufffd\nlast €"


def test_a_summary_holds_plain_values_only(run):
    assert json.loads(json.dumps(run.summary())) == run.summary()


def test_a_config_the_user_wrote_by_hand_needs_only_what_differs(run):
    config_with(network="lstm", dataset="demo")(run.folder)
    assert again(run).config == configs.RunConfig(network="lstm", dataset="demo")
