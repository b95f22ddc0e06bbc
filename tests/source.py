"""Which code of the project may load Keras: names followed through the syntax trees. Called by kinds.

A unit is a module's own statements ("imdb_core.config") or one of its functions, classes and tables
("imdb_core.config.preset"). Calls of methods are not followed, since a syntax tree does not know types.
"""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROJECT = TESTS.parent
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch", "tf2onnx"}
_IMPORT = re.compile(rf"^\s*(import|from) ({'|'.join(sorted(FRAMEWORKS))})\b", re.MULTILINE)


@functools.cache
def unit_name(path: Path) -> str:
    """The unit of a module's own statements."""
    parts = path.resolve().relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit_of(function: Callable) -> str:
    """The unit of a function or fixture of the project."""
    return f"{unit_name(Path(function.__code__.co_filename))}.{function.__name__}"


def loads(unit: str) -> bool:
    """Whether the unit may load a framework, directly or through the units it names."""
    return unit in _users_of(_framework_names())


def reaches(unit: str, names: frozenset[str]) -> bool:
    """Whether the unit uses one of `names`, directly or through the units it names."""
    return unit in _users_of(names)


def mentions(unit: str, text: str) -> bool:
    """Whether the unit, or a unit of the tests that it names, holds the string `text`."""
    return unit in _users_of(_tests_with(text))


@functools.cache
def _users_of(names: frozenset[str]) -> frozenset[str]:
    """`names`, and every unit that uses one of them, directly or through the units it names."""
    seen, waiting = set(), [*names]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _direct_users().get(name, ())
    return frozenset(seen)


@functools.cache
def _direct_users() -> dict[str, list[str]]:
    """name -> the units that use it."""
    users: dict[str, list[str]] = {}
    for unit, names in _units().items():
        for name in names:
            users.setdefault(name, []).append(unit)
    return users


@functools.cache
def _framework_names() -> frozenset[str]:
    return frozenset(name for name in _direct_users() if name.partition(".")[0] in FRAMEWORKS)


@functools.cache
def _tests_with(text: str) -> frozenset[str]:
    """The units of the tests that hold the string `text`."""
    users = _direct_users().get(f"'{text}'", ())
    return frozenset(unit for unit in users if unit.startswith(f"{TESTS.name}."))


@functools.cache
def _units() -> dict[str, set[str]]:
    """unit -> the names that it uses."""
    units: dict[str, set[str]] = {}
    for folder in ("imdb_core", "tests", "ui", "bench"):
        for path in (PROJECT / folder).rglob("*.py"):
            units |= _units_of(unit_name(path), ast.parse(path.read_text("utf-8")))
    return units


def _units_of(module: str, tree: ast.Module) -> dict[str, set[str]]:
    nodes = {statement: [*ast.walk(statement)] for statement in tree.body}
    aliases = {alias: target for parts in nodes.values() for alias, target in _imported(parts)}
    definitions = {name: statement for statement in tree.body for name in _defined(statement)}
    aliases |= {name: f"{module}.{name}" for name in definitions}
    units = {f"{module}.{name}": set(_names(nodes[node], aliases)) for name, node in definitions.items()}
    statements = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    imports = {target for statement in statements for _, target in _imported(nodes[statement])}
    return units | {module: {name for target in imports for name in (target, target.rpartition(".")[0])}}


def _imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """(alias, dotted name) of each name that an import statement among the nodes binds."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.asname or name.name.partition(".")[0], name.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _names(nodes: list[ast.AST], aliases: dict[str, str]) -> Iterator[str]:
    """The dotted names that the code uses; a text that is a program names the framework it imports."""
    yield from (target for _, target in _imported(nodes))
    for part in nodes:
        if isinstance(part, ast.Name) and part.id in aliases:
            yield aliases[part.id]
        elif (
            isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in aliases
        ):
            yield f"{aliases[part.value.id]}.{part.attr}"
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield f"'{part.value}'"
            if program := _IMPORT.search(part.value):
                yield program[2]
