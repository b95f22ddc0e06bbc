"""The kind of each test, which is also its marker: fast, app, keras, browser or faults. Called by conftest.

The kind follows from the folder of the test, its fixtures and its code; nothing is listed by hand. A test is
"keras" if its code or the code of a fixture may load a framework or starts the real worker, and "app" if it
opens a page or starts a process. tests/source.py follows the calls in the syntax trees; guard() makes a test
of the kinds "fast" and "app" fail if it loads a framework all the same.
"""

import builtins
import contextlib
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import source
from tests.source import FRAMEWORKS, TESTS

KINDS = ("fast", "app", "keras", "browser", "faults")
WITHOUT_KERAS = ("fast", "app")
WORKER = "imdb_core.training.worker"
STARTS = frozenset({"imdb_core.runs.launcher.submit", "imdb_core.runs.launcher.resume"})
PROCESSES_AND_PAGES = frozenset(
    {"subprocess.Popen", "subprocess.run", "os.fork", "streamlit.testing.v1.AppTest"}
)
STUB = "IMDB_WORKER_MODULE"  # code that names this variable replaces the worker


def kind(item: pytest.Item) -> str:
    """One of KINDS."""
    folder = item.path.relative_to(TESTS).parts[0]
    if folder == "faults":
        return "faults"
    if folder == "browser" or "page" in item.fixturenames:
        return "browser"
    if _needs_keras(item):
        return "keras"
    units = (source.unit_of(item.function), *_fixtures(item))
    starts_more = any(source.reaches(unit, PROCESSES_AND_PAGES) for unit in units)
    return "app" if folder == "pages" or starts_more else "fast"


def loads_on_import(path: Path) -> bool:
    """Whether a framework is loaded when pytest imports this module."""
    return source.loads(source.unit_name(path))


def _needs_keras(item: pytest.Item) -> bool:
    test, fixtures = source.unit_of(item.function), _fixtures(item)
    if any(map(source.loads, (source.unit_name(item.path), test, *fixtures))):
        return True
    stubbed = any(source.mentions(unit, STUB) for unit in (test, *fixtures))
    if source.mentions(test, WORKER) or (source.reaches(test, STARTS) and not stubbed):
        return True
    return any(source.reaches(unit, STARTS) and not source.mentions(unit, STUB) for unit in fixtures)


def _fixtures(item: pytest.Item) -> list[str]:
    """The units of the project's own fixtures that the test uses, directly or through other fixtures."""
    known = item._fixtureinfo.name2fixturedefs.values()  # pytest has no public name for them
    functions = [definitions[-1].func for definitions in known]
    return [source.unit_of(each) for each in functions if _is_ours(each.__code__.co_filename)]


@functools.cache
def _is_ours(filename: str) -> bool:
    return TESTS in Path(filename).parents


_guarded: str | None = None  # the kind of the test that is running


@contextlib.contextmanager
def guard(test: str, kind: str) -> Iterator[None]:
    """A context in which a test must load no framework, not start the worker and, if fast, no process."""
    global _guarded
    import_module = builtins.__import__

    def checked(name, *arguments, **keywords):
        if name.partition(".")[0] in FRAMEWORKS and _is_called_by_us():
            pytest.fail(f"{test} loads {name}, which its code does not show: pytest.mark.keras.")
        return import_module(name, *arguments, **keywords)

    builtins.__import__, _guarded = checked, kind
    try:
        yield
    finally:
        builtins.__import__, _guarded = import_module, None


def _is_called_by_us() -> bool:
    """Whether the import stands in this project, not in a library that looks for what is installed."""
    return str(TESTS.parent) in sys._getframe(2).f_code.co_filename


def _watch_processes(event: str, arguments: tuple) -> None:
    if _guarded and event == "subprocess.Popen":
        if _guarded == "fast":
            pytest.fail("A fast test starts a process, which its code does not show: pytest.mark.app.")
        command = [str(word) for word in arguments[1]]
        if WORKER in command[:-1] and Path(command[command.index(WORKER) + 1]).is_dir():
            pytest.fail("The test starts the real worker; use the fixture stub_worker or pytest.mark.keras.")


sys.addaudithook(_watch_processes)
