"""This project's source in a plain script, read without importing Keras. Called by plain.py and calls.py."""

import ast
import functools
import inspect
from pathlib import Path
from types import FunctionType

from imdb_core import architectures
from imdb_core.config import RunConfig
from imdb_core.script.annotations import without_annotations

KERAS_LAYERS = Path(architectures.__file__).parent / "keras_layers.py"


@functools.cache
def own_layers() -> dict[str, str]:
    """Class name -> source of the layers that Keras does not have."""
    source = without_annotations(KERAS_LAYERS.read_text("utf-8"))
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name: ast.get_source_segment(source, node) or "" for node in classes}


def used_own_layers(network: str) -> str:
    """The classes of the own layers that `network`, a piece of source, calls."""
    used = [source for name, source in own_layers().items() if f"= {name}(" in network]
    return "".join(f"{source}\n\n\n" for source in used)


def starts(config: RunConfig) -> list[tuple[str, str]]:
    """(name, source) of the functions that set weights before training."""
    functions = [start for start in architectures.starts(config) if isinstance(start, FunctionType)]
    return [(function.__name__, _with_helpers(function)) for function in functions]


def _with_helpers(function: FunctionType) -> str:
    """The source of `function`, after the private functions of its module that it calls."""
    module = inspect.getmodule(function)
    names = [name for name in function.__code__.co_names if name.startswith("_") and hasattr(module, name)]
    functions = [*(getattr(module, name) for name in names), function]
    return "\n\n".join(without_annotations(inspect.getsource(each)) for each in functions)
