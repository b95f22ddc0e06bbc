"""Folders that environment variables name, spelled as people, shells, .env files and services do."""

import pytest
from apptest import APP
from streamlit.testing.v1 import AppTest

from imdb_core import __main__ as command_line
from imdb_core import paths
from imdb_core.data import download
from imdb_core.errors import DataError, SettingError

FOLDERS = {
    "IMDB_RUNS_DIR": paths.runs_folder,
    "IMDB_CACHE_DIR": paths.cache_folder,
    "IMDB_DATA_DIR": paths.imdb_data_folder,
}
SPELLINGS = [
    "{home}/x y",
    "~/x y",
    "'~/x y'",
    '"{home}/x y"',
    "\"'{home}/x y'\"",
    ' "{home}/x y" \n',
    "{home}/x y \r\n",
    "\t{home}/x y",
    "{home}/x y/",
    "$HOME/x y",
    "${{HOME}}/x y",
    '"$HOME/x y"',
    "file://{home}/x y",
    "file://{home}/x%20y",
    "FILE://localhost{home}/x%20y",
    "file://~/x y",
    "x y",
    "./x y",
]
IMPOSSIBLE = [
    ("{home}/file", "file is no folder"),
    ("'~/file'", "file is no folder"),
    ("{home}/nowhere", "nowhere is no folder"),
    ("/dev/null", "/dev/null is no folder"),
    ("~no-such-user/x", "knows no such home folder"),
    ("$NO_SUCH_VARIABLE/x", "the variable $NO_SUCH_VARIABLE is not set"),
    ("${{NO_SUCH_VARIABLE}}", "the variable ${{NO_SUCH_VARIABLE}} is not set"),
    ("http://example.org/imdb", "an address"),
    ("s3://bucket/imdb", "an address"),
]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder with a file and a link to nowhere; it is the working folder as well."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    return tmp_path


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_understood_however_it_is_spelled(name, spelling, home, monkeypatch):
    monkeypatch.setenv(name, spelling.format(home=home))
    assert FOLDERS[name]() == home / "x y"


@pytest.mark.parametrize("empty", ["", " ", "\n", '""', "' '"])
@pytest.mark.parametrize("name", FOLDERS)
def test_an_empty_variable_counts_as_unset(name, empty, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    default = FOLDERS[name]()
    monkeypatch.setenv(name, empty)
    assert FOLDERS[name]() == default


@pytest.mark.parametrize("value, sentence", IMPOSSIBLE)
@pytest.mark.parametrize("name", FOLDERS)
def test_a_value_that_cannot_be_a_folder_gets_a_sentence(name, value, sentence, home, monkeypatch):
    monkeypatch.setenv(name, value.format(home=home))
    with pytest.raises(SettingError, match="Set it to the path of a folder") as refusal:
        FOLDERS[name]()
    assert name in str(refusal.value) and sentence.format() in str(refusal.value)


@pytest.mark.parametrize("folder", ["$ales", "it's", "a 'b'", "100%", "~x"])
def test_a_folder_with_an_odd_name_is_taken_as_it_is(folder, home, monkeypatch):
    (home / folder).mkdir()
    monkeypatch.setenv("IMDB_RUNS_DIR", str(home / folder))
    assert paths.runs_folder() == home / folder


@pytest.mark.parametrize("name", FOLDERS)
def test_the_app_shows_the_sentence_on_a_wrong_folder_instead_of_a_page(name, home, monkeypatch):
    monkeypatch.setenv(name, str(home / "file"))
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception and not app.title
    [shown] = [error.value.replace("\\", "") for error in app.error]
    assert f"{name} is '{home}/file', but {home}/file is no folder" in shown


def test_the_command_line_ends_with_the_sentence_and_code_2(home, monkeypatch, capsys):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(home / "file"))
    assert command_line.main(["runs"]) == 2
    assert "IMDB_RUNS_DIR is" in capsys.readouterr().err


@pytest.mark.parametrize("spelling", ["{}", "{}/", "'{}'", '"{}/" \n', " {}// "])
def test_a_mirrors_address_is_understood_however_it_is_spelled(spelling, monkeypatch):
    monkeypatch.setenv("IMDB_BASE_URL", spelling.format("http://127.0.0.1:9/mirror"))
    with pytest.raises(DataError, match=r"\(http://127.0.0.1:9/mirror/imdb.npz\)"):
        download.fetch("imdb.npz", "")
