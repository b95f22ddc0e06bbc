"""The folders of compiled code and temporary files. Damaged caches: row J10 of tests/faults."""

import os
import tempfile
from pathlib import Path

import pytest

from imdb_core.runs import layout
from imdb_core.training import compiled_caches

VARIABLES = (*compiled_caches.OTHERS, compiled_caches.JAX)


@pytest.fixture
def own_root(tmp_path, monkeypatch):
    """The folder of all caches is in the test's own folder."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    for variable in (*VARIABLES, "CUDA_CACHE_DISABLE", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"):
        monkeypatch.setenv(variable, "")  # so that monkeypatch restores it
        monkeypatch.delenv(variable)
    compiled_caches.root.cache_clear()
    yield tmp_path / "mine" / "compiled"
    compiled_caches.root.cache_clear()


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_librarys_cache_is_a_private_folder_of_ours(own_root, variable):
    compiled_caches.prepare("gpu:0")
    folder = Path(os.environ[variable])
    assert folder.parent == own_root
    assert folder.stat().st_mode & 0o777 == own_root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_users_own_folder_is_kept_if_nobody_else_can_write_to_it(
    own_root, monkeypatch, tmp_path, variable
):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    monkeypatch.setenv(variable, str(theirs))
    compiled_caches.prepare("gpu:0")
    assert os.environ[variable] == str(theirs)
    theirs.chmod(0o777)
    compiled_caches.prepare("gpu:0")
    assert Path(os.environ[variable]).parent == own_root


def test_without_a_private_folder_libraries_have_no_cache(own_root, monkeypatch):
    monkeypatch.setattr(compiled_caches, "private_folder", lambda folder, parents=False: None)
    compiled_caches.prepare("gpu:0")
    assert not {*VARIABLES} & set(os.environ)
    assert os.environ["CUDA_CACHE_DISABLE"] == "1"


def test_temporary_files_of_a_training_are_in_its_run_and_are_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/nowhere")
    before = tempfile.gettempdir()
    (tmp_path / layout.SCRATCH).mkdir()
    (tmp_path / layout.SCRATCH / "left").write_text("by a worker that was killed")
    with compiled_caches.scratch(tmp_path):
        assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(tmp_path / layout.SCRATCH)
        assert os.listdir(tempfile.gettempdir()) == []
        tempfile.NamedTemporaryFile(suffix=".py", delete=False).close()
    assert os.listdir(tmp_path) == []
    assert tempfile.gettempdir() == before and os.environ["TMPDIR"] == "/nowhere"


def test_if_the_runs_folder_is_missing_the_systems_temporary_folder_is_used(tmp_path):
    before = tempfile.gettempdir()
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "removed", tmp_path / "file"):
        with compiled_caches.scratch(folder):
            assert tempfile.gettempdir() == before
    assert os.listdir(tmp_path) == ["file"]  # a removed run's folder is not created again
