"""Temporary files of killed processes are removed; those of living processes stay, also on other machines.

IMDB_HOST names the machine of this process, as in tests/runs/test_two_machines.py.
"""

import os

import pytest

from imdb_core import files, temporary
from imdb_core.operating_system import machine
from imdb_core.runs import launcher, layout, ownership, store
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps.sweep import FILE
from tests.folders import make_old
from tests.recorded_runs import STARTED

FIRST, SECOND = "first-machine", "second-machine"


@pytest.fixture
def on(monkeypatch):
    """on(name): this process is on that machine from now on, where only its own id is a process."""
    monkeypatch.setattr(temporary.psutil, "pid_exists", lambda pid: pid == os.getpid())

    def on(name):
        monkeypatch.setenv(machine.HOST_VARIABLE, name)

    on(FIRST)
    return on


def made_by(pid, host, path):
    """A temporary file of `path` as the process with this id has written it on the machine `host`."""
    made = path.with_name(f".{path.name}.{temporary.owner({'pid': pid, 'host': host})}.0123abcd.tmp")
    made.touch()
    return made


def test_a_file_is_left_behind_if_its_process_has_ended_on_its_own_machine(tmp_path, on):
    path = tmp_path / "status.json"
    made_by(77, FIRST, path)
    living = made_by(os.getpid(), FIRST, path)
    ended_there, same_id_there = made_by(77, SECOND, path), made_by(os.getpid(), SECOND, path)
    files.sweep(tmp_path, "status.json")
    assert set(tmp_path.iterdir()) == {living, ended_there, same_id_there}
    files.sweep(tmp_path, "status.json", alone=True)
    assert set(tmp_path.iterdir()) == {ended_there, same_id_there}
    on(SECOND)
    files.sweep(tmp_path, "status.json")
    assert set(tmp_path.iterdir()) == {same_id_there}


def test_a_file_of_another_machine_or_of_an_earlier_version_is_left_behind_after_a_day(tmp_path, on):
    path = tmp_path / "status.json"
    there = made_by(os.getpid(), SECOND, path)
    earlier = [tmp_path / f".status.json.{os.getpid()}{suffix}" for suffix in (".tmp", ".0123abcd.tmp")]
    for each in earlier:
        each.touch()
    files.sweep(tmp_path, "status.json")
    assert set(tmp_path.iterdir()) == {there, *earlier}
    for each in tmp_path.iterdir():
        make_old(each)
    files.sweep(tmp_path, "status.json")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_which_a_file_is_written_is_not_old(tmp_path):
    folder = tmp_path / ".own-01234567.77-01234567.0123abcd.tmp"
    folder.mkdir()
    (folder / "texts.utf8").touch()
    os.utime(folder, (0, 0))
    assert not temporary.is_old(folder)
    assert temporary.is_old(make_old(folder))


@pytest.mark.parametrize("host", [FIRST, "ö", "x" * 255])
def test_a_name_tells_its_owner(tmp_path, on, host):
    on(host)
    name = temporary.beside(tmp_path / "model.json").name
    assert files.names(files.own_folder(tmp_path), temporary.names_of("model.json")) == []
    (tmp_path / name).touch()
    assert files.names(tmp_path, temporary.names_of("model.json")) == [name]
    assert temporary.owner_in(name) == temporary.owner()


def test_two_machines_with_one_process_id_write_different_files(tmp_path, on, monkeypatch):
    monkeypatch.setattr(temporary.secrets, "token_hex", lambda count: "01" * count)
    first = temporary.beside(tmp_path / "texts")
    on(SECOND)
    assert temporary.beside(tmp_path / "texts") != first


def test_what_a_killed_worker_of_another_machine_left_in_its_run_is_removed(tiny, on):
    """The end of the worker is known, so its own files go; those of another process there stay."""
    run = store.create(tiny(), store.new_id())
    left, other = (made_by(pid, SECOND, run.folder / layout.HEARTBEAT) for pid in (77, 78))
    ownership.sweep_run(run.folder, {**STARTED, "pid": 77, "host": SECOND})
    assert other.exists() and not left.exists()


def test_folders_of_earlier_versions_in_which_a_run_was_made_are_removed_after_a_day(tiny, on):
    run = store.create(tiny(), store.new_id())
    building = run.folder.rename(run.folder.with_name(f".new-{run.id}-77-0123abcd"))
    launcher.dispatch(propose=False)
    assert building.exists()
    make_old(building)
    launcher.dispatch(propose=False)
    assert not building.exists()


def test_folders_in_which_a_killed_process_made_a_sweep_are_removed(on):
    sweep_store.root().mkdir(parents=True)
    left = made_by(77, FIRST, sweep_store.root() / store.new_id())
    left.unlink()
    left.mkdir()
    (left / FILE).touch()
    launcher.dispatch(propose=False)
    assert not left.exists()
