"""The version stands once; the command, pages, runs, models and the installed package take it from there."""

import importlib
import json
import re
import runpy
import tomllib

import pytest
import setuptools
from packaging.requirements import Requirement
from streamlit.testing.v1 import AppTest

from imdb_core import paths
from imdb_core.runs import layout
from imdb_core.version import VERSION
from tests.apptest import APP

PROJECT = tomllib.loads((paths.PROJECT / "pyproject.toml").read_text("utf-8"))


def lines_of(name):
    """The lines of a requirements file without comments."""
    lines = (paths.PROJECT / name).read_text("utf-8").splitlines()
    return [line.partition(" #")[0].strip() for line in lines if line and not line.startswith("#")]


def test_a_run_and_its_model_record_the_version(tiny_run):
    assert tiny_run.event("started")["app_version"] == VERSION
    assert json.loads((tiny_run.folder / layout.MODEL_FACTS).read_text())["app_version"] == VERSION


def test_every_page_shows_the_version():
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert VERSION in " ".join(caption.value for caption in app.sidebar.caption)


def test_no_other_file_repeats_the_version():
    assert set(PROJECT["project"]["dynamic"]) == {"version", "dependencies"}
    module, _, name = PROJECT["tool"]["setuptools"]["dynamic"]["version"]["attr"].rpartition(".")
    assert getattr(importlib.import_module(module), name) == VERSION


def test_the_installed_command_is_the_command_line():
    module, _, name = PROJECT["project"]["scripts"]["sequence-lab"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_the_package_needs_what_the_readmes_command_installs(monkeypatch):
    arguments = {}
    monkeypatch.setattr(setuptools, "setup", lambda **given: arguments.update(given))
    runpy.run_path(str(paths.PROJECT / "setup.py"))
    needed = list(map(Requirement, arguments["install_requires"]))
    assert {"streamlit", "tensorflow", "numpy", "plotly", "pandas"} <= {package.name for package in needed}
    lines = lines_of("requirements.txt")
    assert "-c constraints.txt" in lines and len(needed) == len(lines) - 2
    pins = dict(line.split("==") for line in lines_of("constraints.txt"))
    for requirement in needed:
        assert requirement.specifier.contains(pins[requirement.name]), requirement


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-ray.txt"])
def test_everything_beyond_the_app_is_pinned(name):
    pins = dict(line.split("==") for line in lines_of("constraints.txt"))
    first, *others = lines_of(name)
    assert first == "-r requirements.txt" and others
    for requirement in map(Requirement, others):
        assert requirement.specifier.contains(pins[requirement.name]), requirement


def test_the_changelog_begins_with_unreleased_and_has_a_date_for_each_version():
    headings = re.findall(r"^## (.*)$", (paths.PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]" and headings[1].startswith(f"[{VERSION}] - ")
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
