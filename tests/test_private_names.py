"""Tests use public names only, or their docstring says why they need a private one.

A private name of another module may be renamed at any time, and a test that patches it then tests nothing.
A function that needs one says so in its docstring, with the word "private". In tests/faults a broken variant
of the app may replace private functions (see tests/faults/rows.py), but it must not call or read them.
"""

import ast
from pathlib import Path

import pytest

from imdb_core import paths

TESTS = paths.PROJECT / "tests"
PACKAGES = ("imdb_core", "ui", "pages", "tests")


def private_names(tree: ast.Module, *, may_replace: bool) -> list[str]:
    """Private names of other modules that are used without the word "private" in the docstring."""
    modules = _imported(tree)
    visitor = _Visitor(modules, may_replace=may_replace)
    visitor.visit(tree)
    return visitor.names


def _imported(tree: ast.Module) -> set[str]:
    """The names that the file gives to this project's modules and to what they define."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    return {
        alias.asname or alias.name.split(".")[0]
        for node in imports
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).split(".")[0] in PACKAGES
    }


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


class _Visitor(ast.NodeVisitor):
    def __init__(self, modules: set[str], *, may_replace: bool):
        self.modules, self.may_replace, self.names = modules, may_replace, []

    def visit_FunctionDef(self, node) -> None:
        if "private" not in (ast.get_docstring(node) or ""):
            self.generic_visit(node)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_ImportFrom(self, node) -> None:
        if (node.module or "").split(".")[0] in PACKAGES:
            self.names += [f"{node.module}.{alias.name}" for alias in node.names if _is_private(alias.name)]

    def visit_Attribute(self, node) -> None:
        replaced = self.may_replace and isinstance(node.ctx, ast.Store)
        if _is_private(node.attr) and _root(node.value) in self.modules and not replaced:
            self.names.append(ast.unparse(node))
        self.generic_visit(node)

    def visit_Call(self, node) -> None:
        """Patches that name the attribute by text: setattr(module, "_name"), setattr("module._name")."""
        texts = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
        function = ast.unparse(node.func).rpartition(".")[2]
        if function in ("setattr", "getattr", "delattr", "object", "patch") and not self.may_replace:
            parts = [str(text).rpartition(".")[2] for text in texts]
            dotted = any(str(text).split(".")[0] in PACKAGES for text in texts)
            if any(map(_is_private, parts)) and (dotted or _root(node.args[0]) in self.modules):
                self.names.append(ast.unparse(node)[:60])
        self.generic_visit(node)


def _root(node) -> str | None:
    """The first name of a dotted expression."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return getattr(node, "id", None)


def unexplained(path: Path) -> list[str]:
    return private_names(ast.parse(path.read_text("utf-8")), may_replace="faults" in path.parts)


def test_a_private_name_of_another_module_is_used_with_a_reason_only():
    names = {str(path.relative_to(TESTS)): unexplained(path) for path in sorted(TESTS.rglob("*.py"))}
    assert {file: private for file, private in names.items() if private} == {}


SOURCES = {
    "import": "from imdb_core.runs.store import _checked_id",
    "read": "from imdb_core.runs import store\nstore._checked_id('x')",
    "of an object": "from imdb_core.scoring import predictor\npredictor.load('x')._session",
    "patch": "from imdb_core.runs import store\npatch.setattr(store, '_checked_id', str)",
    "patch by text": "patch.setattr('imdb_core.runs.store._checked_id', str)",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_each_way_to_a_private_name_is_detected(source):
    assert len(private_names(ast.parse(source), may_replace=False)) == 1


def test_a_function_that_gives_its_reason_may_use_a_private_name():
    lines = [
        "from imdb_core.runs import store",
        "def test():",
        "    '''The private cache.'''",
        "    store._cache",
    ]
    assert private_names(ast.parse("\n".join(lines)), may_replace=False) == []
