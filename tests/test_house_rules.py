"""The rules of the house that a program can check: how long code may be, and who may import what.

ruff checks the length of lines (E501). test_server_imports.py checks what a running server has imported.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.source import FRAMEWORKS, PROJECT

MOST_LINES = 250  # of a module
MOST_LINES_OF_FUNCTION = 40
FOLDERS = ("imdb_core", "ui", "pages", "bench", "docs", "tests")
PATHS = [*PROJECT.glob("*.py"), *(path for name in FOLDERS for path in (PROJECT / name).rglob("*.py"))]
SOURCES = {path.relative_to(PROJECT).as_posix(): path.read_text("utf-8") for path in PATHS}
HEAVY = {*FRAMEWORKS, "pandas", "imdb_core.training"}  # they take seconds to load, or memory of the server
FORBIDDEN = {  # file or folder -> what none of its modules may import, not even inside a function
    "imdb_core": {"streamlit", "ui", "pages", "tests", "bench"},
    "imdb_core/architectures": {"imdb_core.training", "imdb_core.runs", "imdb_core.scoring"},
    "app.py": HEAVY,
    "ui": HEAVY,
    "pages": HEAVY,
}
HAND_MADE_PLURAL = re.compile(r"""(['"])s\1 if | else (['"])s\2""")

# A value that only an f-string fills in: the texts for str.format name no attributes, items or calls.
# plotly's templates begin with %.
FILLED_IN = re.compile(r"(?<![%$])\{[A-Za-z_]\w*(\.\w+|\[[^]]*\]|\([^)]*\))+(:[^{}]*)?\}")


def long_functions(source: str) -> dict[str, int]:
    """Name -> number of lines of each function that is too long, decorators not counted."""
    nodes = ast.walk(ast.parse(source))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions}
    return {name: length for name, length in lengths.items() if length > MOST_LINES_OF_FUNCTION}


def forgotten_prefixes(source: str) -> list[str]:
    """The texts that show their braces to the reader, because the f before the quotation mark is missing."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    plain = [each.string for each in tokens if each.type == tokenize.STRING and "f" not in _prefix(each)]
    return [text for text in plain if FILLED_IN.search(text)]


def _prefix(token: tokenize.TokenInfo) -> str:
    """The letters before the quotation mark."""
    return re.split("[\"']", token.string, maxsplit=1)[0].lower()


def forbidden_imports(source: str, forbidden: set[str]) -> list[str]:
    """The imported names that are one of `forbidden` or lie in it."""
    imports = set(_imported(ast.parse(source)))
    return sorted(name for name in imports if any(f"{name}.".startswith(f"{top}.") for top in forbidden))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The dotted name of everything that the code imports: a module, or a name in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_module_can_be_read_at_one_sitting():
    lengths = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_a_function_fits_on_a_screen():
    long = {name: long_functions(source) for name, source in SOURCES.items()}
    assert {name: functions for name, functions in long.items() if functions} == {}


@pytest.mark.parametrize("place", FORBIDDEN)
def test_nothing_imports_what_it_must_not_know(place):
    sources = {name: source for name, source in SOURCES.items() if f"{name}/".startswith(f"{place}/")}
    assert sources, f"{place} is gone"
    imports = {name: forbidden_imports(source, FORBIDDEN[place]) for name, source in sources.items()}
    assert {name: names for name, names in imports.items() if names} == {}


def test_a_plural_is_made_in_one_place():
    found = [name for name, source in SOURCES.items() if HAND_MADE_PLURAL.search(source)]
    assert found == ["imdb_core/quantities.py"]


def test_no_text_lacks_the_prefix_that_fills_in_its_values():
    shown = {name: source for name, source in SOURCES.items() if not name.startswith("tests/")}
    found = {name: forgotten_prefixes(source) for name, source in shown.items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('say("at most {limits.SECONDS:.0f} s")', 1),
        ('say("{texts[0]} and {len(texts)}")', 1),
        ('say("at most {limits.SECONDS:.0f} s " f"of {all}")', 1),
        ('say(f"at most {limits.SECONDS:.0f} s")', 0),
        ('say("at most {seconds} s".format(seconds=2))', 0),
        ('hover = "%{customdata[0]:,} texts"', 0),
    ],
)
def test_a_forgotten_prefix_is_noticed(line, count):
    assert len(forgotten_prefixes(line)) == count


def test_a_function_that_is_too_long_is_noticed():
    source = "def short():\n    pass\n\n\ndef long():\n" + "    pass\n" * MOST_LINES_OF_FUNCTION
    assert long_functions(source) == {"long": MOST_LINES_OF_FUNCTION + 1}


@pytest.mark.parametrize(
    "line",
    [
        "import keras.layers",
        "from keras import layers",
        "from imdb_core import training",
        "from imdb_core.training.export import Exporter",
        "def build():\n    import tensorflow as tf",
    ],
)
def test_each_way_to_import_is_noticed(line):
    assert len(forbidden_imports(line, HEAVY)) == 1


def test_a_longer_name_is_another_module():
    assert forbidden_imports("import keras_settings\nfrom imdb_core import training_fields", HEAVY) == []
