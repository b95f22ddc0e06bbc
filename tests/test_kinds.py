"""Every test has one kind, and a fast test cannot load a framework without being noticed."""

import subprocess
import sys

import pytest

from tests import kinds, source


def test_every_test_has_exactly_one_kind(request):
    for item in request.session.items:
        marks = [mark.name for mark in item.iter_markers() if mark.name in kinds.KINDS]
        assert len(marks) == 1, f"{item.nodeid} is {marks or 'of no kind'}"


def test_a_fast_session_loads_no_framework(request):
    if request.config.option.markexpr == "fast":
        assert not {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("imdb_core.architectures.build", True),
        ("imdb_core.training.export", False),
        ("imdb_core.training.export.Exporter", True),
        ("imdb_core.training.onnx_layers", True),
        ("imdb_core.config.preset", False),
        ("imdb_core.runs.launcher.submit", False),
    ],
)
def test_code_that_may_load_keras_is_known_by_the_names_it_uses(unit, expected):
    assert source.loads(unit) == expected


def test_a_fast_test_that_imports_a_framework_all_the_same_fails():
    program = compile("import " + "keras", __file__, "exec")
    with pytest.raises(pytest.fail.Exception, match="a test loads keras"), kinds.guard("a test", "fast"):
        exec(program)  # noqa: S102 - an import that the syntax tree of this module does not show


@pytest.mark.parametrize(
    ("kind", "module", "message"),
    [
        ("app", "imdb_core.training." + "worker", "starts the real worker"),
        ("fast", "this", "starts a process"),
    ],
)
def test_a_test_that_starts_more_than_its_kind_may_fails(kind, module, message, tmp_path):
    command = [sys.executable, "-m", module, str(tmp_path)]
    with pytest.raises(pytest.fail.Exception, match=message), kinds.guard("a test", kind):
        subprocess.run(command, check=False)
