"""On a Python that cannot run the project a sentence is shown, and all files name the same versions."""

import ast
import os
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from imdb_core import paths, python_version

PROJECT = paths.PROJECT
VERSIONS = [
    (2, 7, 18),
    (3, 6, 0),
    (3, 8, 18),
    (3, 10, 13),
    (3, 11, 0),
    (3, 12, 1),
    (3, 13, 9),
    (3, 14, 0),
    (3, 20, 1),
    (4, 0, 0),
]
SUITABLE = [(3, 11, 0), (3, 12, 1), (3, 13, 9)]
REQUIREMENT = re.compile(
    r"^pip==0\+sequence\.lab\.needs\.python\.(3\.\d+)\.to\.(3\.\d+) ; (.+)$", re.MULTILINE
)


@pytest.mark.parametrize("version", VERSIONS)
def test_only_a_python_that_cannot_run_the_project_gets_a_sentence(version):
    sentence = python_version.problem(version)
    if version in SUITABLE:
        assert sentence is None
    else:
        assert f"needs Python 3.11 to 3.13, but this is Python {'.'.join(map(str, version))}." in sentence


@pytest.mark.parametrize("version", VERSIONS)
def test_pip_and_other_tools_refuse_the_same_versions(version):
    text = ".".join(map(str, version))
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    _, _, marker = REQUIREMENT.search((PROJECT / "requirements.txt").read_text("utf-8")).groups()
    refused = Marker(marker).evaluate(
        {"python_version": "{}.{}".format(*version), "python_full_version": text}
    )
    assert (text in SpecifierSet(declared)) == (not refused) == (python_version.problem(version) is None)


def test_readme_and_the_name_that_pip_prints_give_the_same_bounds():
    bounds = tuple(".".join(map(str, bound)) for bound in (python_version.OLDEST, python_version.NEWEST))
    assert REQUIREMENT.search((PROJECT / "requirements.txt").read_text("utf-8")).groups()[:2] == bounds
    assert "(Python {} to {})".format(*bounds) in (PROJECT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["python_version.py", "__init__.py"])
def test_the_modules_that_an_old_python_reads_first_have_its_syntax(name):
    ast.parse((PROJECT / "imdb_core" / name).read_text("utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize(
    "command", [["app.py"], ["-m", "imdb_core", "runs"], ["-m", "imdb_core.training.worker", "x"]]
)
def test_every_way_to_start_ends_with_the_sentence_alone(command, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 10, 13, 'final', 0)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == python_version.problem((3, 10, 13)) + "\n"


def test_if_streamlit_runs_on_an_unsuitable_python_the_page_shows_the_sentence():
    program = """
import sys
from streamlit.testing.v1 import AppTest
sys.version_info = (3, 14, 0, "final", 0)
app = AppTest.from_file("app.py", default_timeout=60).run()
print([error.value for error in app.error], list(app.exception), list(app.title))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{[python_version.problem((3, 14, 0))]} [] []"
