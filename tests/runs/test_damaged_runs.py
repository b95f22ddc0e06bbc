"""A damaged folder is listed as a damaged run with a reason, can be deleted, and affects no other run."""

import json

import pytest

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import launcher, layout, reading, store
from tests.recorded_runs import after_events, metrics_row


def write(name, content):
    def damage(folder):
        # Not in place: a reader that follows would take additional bytes for new rows.
        (folder / "other").write_bytes(content)
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
    return write(layout.CONFIG, json.dumps({"format": 1, "config": values}).encode())


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
    after_events(run, "started", "finished")
    damage(run.folder)
    after_events(good, "started", "finished")
    for listed in (store.runs(), launcher.runs()):
        assert [each.id for each in listed] == [good.id, run.id]
        assert listed[0].state == "finished"
        assert listed[1].state == "damaged"
        assert reason in listed[1].damaged
        assert listed[1].damaged.endswith(".")
        assert listed[1].summary()["message"] == listed[1].damaged
        assert not (listed[1].active or listed[1].can_resume)
        assert listed[1].name
    store.delete(store.read(run.folder))
    assert [each.id for each in store.runs()] == [good.id]


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
    good = after_events(store.create(tiny(name="good"), store.new_id()), "started", "finished")
    after_events(run, "started")
    is_whole = file == layout.EVENTS or "kind" in odd
    with (run.folder / file).open("a") as opened:  # journal.append would not write infinity
        opened.write(json.dumps(odd if is_whole else metrics_row("epoch", 1, **odd)) + "\n")
    listed = {each.id: each for each in launcher.runs()}
    assert reason in listed[run.id].damaged and listed[run.id].summary()["state"] == "damaged"
    assert listed[good.id].state == "finished"


def test_files_and_folders_beside_the_runs_are_no_runs(run):
    root = paths.runs_folder()
    (root / ".new-20260131-120000000-abcdefgh-1-2").mkdir()
    (root / ".trash-20260131-120000000-abcdefgh-1").mkdir()
    (root / "notes.txt").write_text("mine")
    assert [listed.id for listed in store.runs()] == [run.id]
    (root / "my holiday").mkdir()  # a folder of the user is shown, not hidden
    assert [listed.damaged for listed in store.runs() if listed.id == "my holiday"] == [reading.NO_ID]


def test_a_damaged_run_cannot_be_renamed(run):
    (run.folder / layout.CONFIG).write_text("")
    with pytest.raises(RunError, match="cannot be renamed"):
        store.rename(store.read(run.folder), "new")


def test_a_config_written_by_hand_needs_only_the_values_that_differ_from_the_defaults(run):
    config_with(network="lstm", dataset="demo")(run.folder)
    assert store.read(run.folder).config == configs.RunConfig(network="lstm", dataset="demo")
