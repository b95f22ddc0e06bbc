"""The server imports neither a framework nor imdb_core.training, which sets the worker's variables."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imdb_core import paths

# Imports all that the server and its pages import, and prints the project's modules and the variable.
IMPORT_ALL = """
import ast, importlib, json, os, pathlib, pkgutil, sys

def import_all_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
        if isinstance(node, ast.ImportFrom):
            importlib.import_module(node.module)
            names = [f"{node.module}.{name}" for name in names]
        for name in names:
            try:
                importlib.import_module(name)
            except ModuleNotFoundError:  # a name in a module, not a module
                pass

import app, ui
for module in pkgutil.iter_modules(ui.__path__):
    importlib.import_module(f"ui.{module.name}")
for page in sorted(pathlib.Path("pages").glob("*.py")):
    import_all_of(page)
own = [name for name in sys.modules if name.startswith(("ui", "imdb_core"))]
files = {name: sys.modules[name].__file__ for name in own}
heavy = {"keras", "tensorflow", "jax", "torch", "onnxruntime", "pandas"} & set(sys.modules)
print(json.dumps({"files": files, "heavy": sorted(heavy), "threads": os.environ.get("OPENBLAS_NUM_THREADS")}))
"""


@pytest.fixture(scope="module")
def imported():
    """What a server with all pages has imported.

    {"files": module name -> its file, "heavy": slow packages, "threads": OPENBLAS_NUM_THREADS}
    """
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    output = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        cwd=paths.PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


def test_no_page_imports_training(imported):
    assert {"ui.charts", "imdb_core.runs.launcher", "imdb_core.scoring.predictor"} <= imported["files"].keys()
    assert not [name for name in imported["files"] if name.startswith("imdb_core.training")]
    assert imported["threads"] is None


def test_no_page_imports_a_framework_or_another_slow_package(imported):
    assert imported["heavy"] == []


def test_no_function_that_a_page_may_call_imports_training(imported):
    """Also imports inside functions, which happen only when the function is called."""
    files = [*imported["files"].values(), *map(str, (paths.PROJECT / "pages").glob("*.py"))]
    importers = [file for file in files if file and _imports_training(Path(file))]
    assert importers == []


def _imports_training(path: Path) -> bool:
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return any(name.startswith("imdb_core.training") for name in names)
