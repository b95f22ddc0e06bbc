"""No process of the app imports modules from the folder where it is started. See row J10 of tests/faults."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imdb_core import background, import_path, paths
from imdb_core.training import export
from tests.faults.j_found_later import foreign_code

OWN_FOLDERS = ("imdb_core", "ui", "pages", "bench")
PROJECT = str(paths.PROJECT)


@pytest.fixture
def started_in(tmp_path, monkeypatch):
    """The current folder is full of canaries: modules that write their names into the returned file."""
    monkeypatch.setenv("CANARY_RAN", str(tmp_path / "ran"))
    monkeypatch.chdir(foreign_code.start_folder(tmp_path))
    return tmp_path / "ran"


@pytest.mark.parametrize(
    "value", ["", ".", "src", os.pathsep, f".{os.pathsep}", f"src{os.pathsep}{os.pathsep}."]
)
def test_no_relative_entry_of_the_import_path_reaches_a_process_of_the_app(monkeypatch, value, tmp_path):
    absolute = str(tmp_path / "absolute")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([value, absolute]))
    entries = background.environment()["PYTHONPATH"].split(os.pathsep)
    assert entries == [PROJECT, absolute]


def test_the_import_path_does_not_grow_from_process_to_process(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", background.environment()["PYTHONPATH"])
    assert background.environment()["PYTHONPATH"].split(os.pathsep).count(PROJECT) == 1


def test_relative_folders_in_variables_are_absolute_for_a_process_in_the_apps_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("IMDB_RUNS_DIR", "IMDB_CACHE_DIR", "KERAS_HOME"):
        monkeypatch.setenv(name, "mine")
    environment = background.environment()
    assert {environment[name] for name in ("IMDB_RUNS_DIR", "IMDB_CACHE_DIR", "KERAS_HOME")} == {
        str(tmp_path / "mine")
    }


@pytest.mark.parametrize(
    ("entries", "value", "remaining"),
    [
        (["", "/packages"], "", ["/packages"]),
        (["{start}", "/packages"], "", ["/packages"]),
        (["{start}", "{start}/src", "/packages"], "src", ["/packages"]),
        (["{start}", "/packages"], "{start}", ["{start}", "/packages"]),
        (["{start}/venv/packages"], "", ["{start}/venv/packages"]),
    ],
)
def test_a_server_and_a_command_leave_the_start_folder_out(monkeypatch, tmp_path, entries, value, remaining):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", value.format(start=tmp_path))
    monkeypatch.setattr(sys, "path", [entry.format(start=tmp_path) for entry in entries])
    import_path.leave_out_start_folder()
    assert sys.path == [entry.format(start=tmp_path) for entry in remaining]


def test_the_apps_own_folder_stays_where_it_is_the_start_folder(monkeypatch):
    monkeypatch.chdir(PROJECT)
    monkeypatch.setattr(sys, "path", ["", "/packages"])
    import_path.leave_out_start_folder()
    assert sys.path == [PROJECT, "/packages"]


def run_in_start_folder(*command, **changes):
    environment = {**os.environ, "PYTHONPATH": PROJECT, **changes}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=120
    )


def test_the_command_line_imports_nothing_from_the_start_folder(started_in):
    """Only the package's own name could be: Python looks for it there before any line of the app runs."""
    Path("imdb_core.py").unlink()
    done = run_in_start_folder("-m", "imdb_core", "models")
    assert done.returncode == 0, done.stderr
    assert not started_in.exists(), started_in.read_text()


def test_the_server_imports_nothing_of_its_own_from_the_start_folder(started_in):
    """`python -m streamlit` imports Streamlit's packages from there before app.py runs, but not the app's."""
    program = "import sys, runpy, streamlit, uvicorn; sys.path.insert(0, ''); "
    program += "runpy.run_path(sys.argv[1], run_name='served')"
    done = run_in_start_folder("-P", "-c", program, f"{PROJECT}/app.py")
    assert "settings are not in force" in done.stderr, done.stderr
    assert not started_in.exists(), started_in.read_text()


def test_the_export_in_tensorflow_imports_nothing_from_the_start_folder(started_in, monkeypatch):
    """Calls the private _in_tensorflow, which else only another Keras backend reaches."""
    started = []

    def run(command, **options):
        started.append(subprocess.run([*command[:2], "-c", "import json, sys; print(sys.path)"], **options))
        return started[0]

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", "src"]))
    monkeypatch.setattr(export, "subprocess", type("", (), {"run": staticmethod(run)}))
    export._in_tensorflow("scratch", Path("target"))
    assert started[0].returncode == 0
    assert not started_in.exists()


@pytest.mark.parametrize("folder", OWN_FOLDERS)
def test_every_python_process_is_started_through_background(folder):
    """No module but background names sys.executable."""
    naming = [
        path for path in (paths.PROJECT / folder).rglob("*.py") if "sys.executable" in path.read_text("utf-8")
    ]
    assert [path.name for path in naming] == (["background.py"] if folder == "imdb_core" else [])


@pytest.mark.parametrize(
    "variable, value", [("PYTHONOPTIMIZE", "2"), ("PYTHONWARNINGS", "error"), ("PYTHONINSPECT", "1")]
)
def test_pythons_own_variables_do_not_change_a_process_of_the_app(variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    program = "import sys; print(sys.flags.optimize, sys.flags.inspect, sys.warnoptions)"
    command = background.command("-c", program)
    done = subprocess.run(
        command, env=background.environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "0 0 []\n"
