"""How runs are created, looked up, listed, renamed and deleted."""

import json
import subprocess
import sys

import pytest

from imdb_core import paths
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import launcher, layout, store
from tests.recorded_runs import after_events


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


def test_creating_the_same_id_twice_creates_a_single_run(tiny, run):
    after_events(run, "started")
    second = store.create(tiny(name="second"), run.id)
    assert second.name == "first"
    assert [event["event"] for event in second.events] == ["queued", "started"]
    assert [entry.name for entry in paths.runs_folder().iterdir()] == [run.id]


def test_many_processes_that_create_the_same_id_create_a_single_whole_run(tiny):
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


NO_IDS = ["", ".", "..", "../runs", "/etc/passwd", "a/b", "20260131-120000000-abcdefgh/.."]
NO_IDS += ["20260131-120000000-ABCDEFGH", "x" * 500, "20260131-120000000-abcdefgh\n"]
NO_IDS += ["20260131-120000000-abcdefg\0", "<b>bold</b>", "２０２６０１３１-120000000-abcdefgh", "\ud800"]


@pytest.mark.parametrize("id", NO_IDS)
def test_an_id_that_is_a_path_or_odd_is_refused_with_a_sentence(tiny, id):
    for action in (lambda: store.find(id), lambda: store.create(tiny(), id)):
        with pytest.raises(RunError, match="is not a run's id; ids look like") as caught:
            action()
        assert len(str(caught.value)) < 200


def test_an_unknown_id_is_refused_with_a_sentence():
    with pytest.raises(RunError, match="There is no run 20260131-120000000-abcdefgh; .*list"):
        store.find("20260131-120000000-abcdefgh")


def test_ids_differ_and_sort_by_time():
    ids = [store.new_id() for _ in range(200)]
    assert len(set(ids)) == 200
    assert [id[:18] for id in ids] == sorted(id[:18] for id in ids)


def test_renaming_changes_the_shown_name_and_not_the_config(run):
    before = (run.folder / layout.CONFIG).read_bytes()
    store.rename(run, "läuft <b>gut</b>")
    assert store.read(run.folder).name == "läuft <b>gut</b>"
    store.rename(run, "x" * 80)
    assert store.read(run.folder).name == "x" * 80
    assert (run.folder / layout.CONFIG).read_bytes() == before
    store.rename(run, "")
    assert store.read(run.folder).name.startswith("CNN + LSTM, ")


@pytest.mark.parametrize("name", ["x" * 81, "\ud800", None, 7])
def test_a_name_that_is_too_long_or_no_text_is_refused(run, name):
    with pytest.raises(ConfigError, match="at most 80 characters"):
        store.rename(run, name)
    assert store.read(run.folder).name == "first"


def test_a_run_that_is_alive_is_not_deleted(run, alive):
    with pytest.raises(RunError, match="first is still training; stop it first"):
        store.delete(after_events(run, "started"))
    assert store.read(run.folder).state == "running"


def test_a_run_is_deleted_whole_and_a_second_deletion_does_no_harm(run):
    (run.folder / layout.CHECKPOINTS).mkdir()
    store.delete(run)
    store.delete(run)
    assert list(paths.runs_folder().iterdir()) == []
