"""The names of a run's files stand in imdb_core/runs/layout.py, and in no other module of the app."""

import ast
import re

import pytest

from imdb_core import paths
from imdb_core.runs import layout, ownership

MODULES = [paths.PROJECT / "app.py"]
for folder in ("imdb_core", "ui", "pages"):
    MODULES += sorted((paths.PROJECT / folder).rglob("*.py"))
CATALOGUES = paths.PROJECT / "imdb_core" / "languages"  # sentences for people, which may name files
OTHERS = [path for path in MODULES if path.name != "layout.py" and path.parent != CATALOGUES]
NAMES = {*layout.FILES, *layout.CHECKPOINT_FILES, layout.SCRATCH}
NAME = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, sorted(NAMES)))})(?!\w)")


def file_names(source: str) -> list[str]:
    """The names of a run's files in the texts of a program, except those in docstrings."""
    tree = ast.parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]
    return [name for text in texts for name in NAME.findall(text)]


def test_no_other_module_spells_out_the_name_of_a_runs_file():
    names = {str(path): file_names(path.read_text("utf-8")) for path in OTHERS}
    assert {path: spelled for path, spelled in names.items() if spelled} == {}


@pytest.mark.parametrize(
    "source, names",
    [
        ('open(folder / "config.json")', ["config.json"]),
        ('f"{folder}/weights.npz"', ["weights.npz"]),
        ('folder.glob("checkpoints/*/manifest.json")', ["manifest.json"]),
        ('f"{layout.CONFIG} or model.json is missing."', ["model.json"]),
        ('"""Reads config.json."""\ndef read():\n    """Reads model.json."""', []),
        ('PATHS = "imdb.npz", "my-config.json", "model.json5", "tokenizer_config.json"', []),
    ],
)
def test_a_file_name_is_noticed_in_any_text_but_a_docstring(source, names):
    assert file_names(source) == names


def test_each_file_of_an_epoch_is_one_that_delete_removes():
    for name in (layout.START_VECTORS, *layout.epoch_files(7), *layout.epoch_files(1234)):
        assert ownership.OWN.fullmatch(name), name
