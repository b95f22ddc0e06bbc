"""The folders of runs and reviews: named by a variable, beside the app, or in the user's data folder."""

import errno
import os
import tempfile

import pytest

from imdb_core import paths

FOLDERS = {"IMDB_RUNS_DIR": paths.runs_folder, "IMDB_CACHE_DIR": paths.cache_folder}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An app in a folder of its own, and a user who has named no folders."""
    for variable in (*FOLDERS, "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "PROJECT", tmp_path / "app")
    paths.PROJECT.mkdir()
    paths.is_writable.cache_clear()
    yield paths.PROJECT
    paths.is_writable.cache_clear()


@pytest.fixture
def refusing(monkeypatch):
    """refusing(folder, number): creating a file in the folder fails with this error number.

    Permissions would not do, because root may write to every folder.
    """
    temporary_file = tempfile.TemporaryFile

    def refuse(folder, number):
        def file(*arguments, dir=None, **options):
            if str(dir) == str(folder):
                raise OSError(number, os.strerror(number), str(dir))
            return temporary_file(*arguments, dir=dir, **options)

        monkeypatch.setattr(tempfile, "TemporaryFile", file)

    return refuse


def test_runs_and_reviews_lie_beside_the_app_and_no_notice_is_shown(installed):
    assert paths.runs_folder() == installed / "runs" and paths.cache_folder() == installed / "data"
    assert paths.moved_folders_notice() is None and list(installed.iterdir()) == []


@pytest.mark.parametrize("number", paths.NOT_WRITABLE)
def test_an_app_folder_that_cannot_be_written_is_replaced_by_the_users_folder(installed, refusing, number):
    refusing(installed, number)
    places = [place() for place in FOLDERS.values()]
    assert all(installed not in place.parents and "sequence-lab" in place.parts for place in places)
    notice = paths.moved_folders_notice()
    assert all(str(place) in notice for place in places) and "IMDB_RUNS_DIR" in notice


def test_a_full_disk_is_no_reason_to_use_another_folder(installed, refusing):
    refusing(installed, errno.ENOSPC)
    assert paths.runs_folder() == installed / "runs"


def test_a_folder_of_runs_that_can_be_written_is_used_in_an_app_that_cannot(installed, refusing):
    (installed / "runs").mkdir()
    refusing(installed, errno.EROFS)
    assert paths.runs_folder() == installed / "runs" and installed not in paths.cache_folder().parents


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_named_folder_is_used_wherever_the_app_lies(installed, refusing, monkeypatch, tmp_path, variable):
    refusing(installed, errno.EACCES)
    monkeypatch.setenv(variable, str(tmp_path / "named"))
    assert FOLDERS[variable]() == tmp_path / "named"
