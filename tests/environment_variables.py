"""The environment variables that the app's code reads, found in its syntax trees. Used by test_docs.

A read is os.environ[name], .get(name), .setdefault(name), .pop(name), `name in os.environ`, os.getenv(name),
and paths.variable(name). The name may be a constant, a loop's variable or a parameter. A mapping called
`environment` counts as os.environ.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
READERS = {"getenv", "variable"}
METHODS = {"get", "setdefault", "pop"}
Function = ast.FunctionDef | ast.Module


class Code:
    """The parsed modules, and what stands in them: functions and constants, by name."""

    def __init__(self, paths: list[Path]):
        self.trees = [ast.parse(path.read_text("utf-8")) for path in paths]
        self.functions = [
            node for tree in self.trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
        ]
        assignments = [node for tree in self.trees for node in tree.body if isinstance(node, ast.Assign)]
        self.constants: dict[str, list[ast.expr]] = {}  # several modules may have a constant of one name
        for node in assignments:
            for name, value in _pairs(node.targets[0], node.value):
                self.constants.setdefault(name, []).append(value)

    def read(self) -> set[str]:
        """The names of all variables that are read."""
        scopes: list[Function] = [*self.functions, *self.trees]
        names = (name for scope in scopes for key in _keys(scope) for name in self._strings(key, scope, ()))
        return {name for name in names if VARIABLE.fullmatch(name)}

    def _strings(self, key: ast.expr, scope: Function, visited: tuple[str, ...]) -> Iterator[str]:
        """The strings that the expression `key`, in `scope`, may stand for."""
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
        elif isinstance(key, ast.Tuple | ast.List | ast.Set):
            for element in key.elts:
                yield from self._strings(element, scope, visited)
        elif isinstance(key, ast.Dict):
            for element in filter(None, key.keys):
                yield from self._strings(element, scope, visited)
        elif isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute):  # TIDY.items()
            yield from self._strings(key.func.value, scope, visited)
        elif isinstance(key, ast.Attribute):  # cards.VISIBLE
            yield from self._of_name(key.attr, scope, visited)
        elif isinstance(key, ast.Name):
            yield from self._of_name(key.id, scope, visited)

    def _of_name(self, name: str, scope: Function, visited: tuple[str, ...]) -> Iterator[str]:
        """A constant, a loop's variable, or a parameter with all values that it gets in calls."""
        if name in visited:
            return
        visited = (*visited, name)
        for value in self.constants.get(name, ()):
            yield from self._strings(value, scope, visited)
        for node in ast.walk(scope):
            if isinstance(node, ast.For | ast.comprehension) and name in _bound(node.target):
                yield from self._strings(node.iter, scope, visited)
        if isinstance(scope, ast.FunctionDef):
            places = [argument.arg for argument in scope.args.args]
            if name in places:
                yield from self._passed(scope.name, places.index(name), visited)

    def _passed(self, function: str, place: int, visited: tuple[str, ...]) -> Iterator[str]:
        for scope in (*self.functions, *self.trees):
            for node in ast.walk(scope):
                if isinstance(node, ast.Call) and _name(node.func) == function and len(node.args) > place:
                    yield from self._strings(node.args[place], scope, visited)


def _keys(scope: Function) -> Iterator[ast.expr]:
    """The expressions in `scope` that name a variable which is read."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Subscript) and _is_environment(node.value):
            if isinstance(node.ctx, ast.Load):
                yield node.slice
        elif isinstance(node, ast.Compare) and _is_environment(node.comparators[0]):
            yield node.left
        elif isinstance(node, ast.Call) and node.args:
            method = isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
            if _name(node.func) in READERS or (method and _is_environment(node.func.value)):
                yield node.args[0]


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """(name, value) of each name that an assignment binds."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        if len(target.elts) == len(value.elts):  # without a starred name
            for name, part in zip(target.elts, value.elts, strict=True):
                yield from _pairs(name, part)


def _is_environment(node: ast.expr) -> bool:
    return _name(node) in ("environ", "environment")


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _bound(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
