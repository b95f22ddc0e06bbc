"""Models of other programs that execute code when they are opened."""

import ast
import io
import json
import marshal
import pickle
import socket
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from imdb_core import paths
from imdb_core.training import checkpoints
from tests.faults.rows import Outcome, row
from tests.faults.support.canary import Canary
from tests.faults.support.hostile_files import plant, read_as_the_app_does
from tests.faults.support.trained_runs import run_with_checkpoint

FORBIDDEN = {"load_model", "model_from_json", "from_config", "eval", "exec", "enable_unsafe_deserialization"}
FORBIDDEN_MODULES = {"marshal", "shelve", "dill", "cloudpickle", "joblib", "h5py"}


@row(
    "F1",
    "a run holds .keras and .h5 files that execute code when opened",
    "0 of 12 executed",
    breaks=("the file's config is obeyed",),
)
def code_in_models(place, patch, broken):
    canary, run = place / "canary", run_with_checkpoint()
    if broken:
        patch.setattr(checkpoints, "read_arrays", _obedient)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        crafted = _crafted(canary, listener.getsockname()[1])
        fired, count = 0, Counter()
        for content in crafted.values():
            plant(run, content)
            count.update(read_as_the_app_does(run))
            fired += canary.exists() or _called(listener)
            canary.unlink(missing_ok=True)
    calls = _dangerous_calls()
    figure = f"{fired} of {len(crafted)} executed, {count['loaded']} loads, "
    figure += f"{count['uncaught']} uncaught exceptions, "
    figure += f"{len(calls)} dangerous calls in the code {' '.join(calls)}".rstrip()
    return Outcome(
        figure,
        not fired + count["loaded"] + count["uncaught"] + len(calls),
    )


def _called(listener) -> bool:
    with suppress(OSError):
        listener.accept()[0].close()
        return True
    return False


def _crafted(canary: Path, port: int) -> dict[str, bytes]:
    """Twelve files that touch the canary or call the port when they are opened as a model."""
    touch = f"open({str(canary)!r}, 'w').close()"
    code = marshal.dumps(compile(f"lambda x: {touch}", "x", "eval"))
    layers = {
        "function of a foreign module": {"module": "builtins", "class_name": "exec", "config": [touch]},
        "class of a foreign module": {
            "module": "pathlib",
            "class_name": "Path.touch",
            "config": [str(canary)],
        },
        "Lambda": {"class_name": "Lambda", "config": {"function": [code.hex(), None, None]}, "code": touch},
        "TFSMLayer": {"class_name": "TFSMLayer", "config": {"filepath": f"http://127.0.0.1:{port}/model"}},
        "StringLookup": {
            "class_name": "StringLookup",
            "config": {"vocabulary": f"http://127.0.0.1:{port}/words"},
        },
        "registered name": {
            "registered_name": "os>system",
            "module": "os",
            "class_name": "system",
            "config": [f"touch {canary}"],
        },
    }
    crafted = {f"{name}, .keras": _keras_file(layer) for name, layer in layers.items()}
    crafted |= {f"{name}, .h5": _h5_file(layer) for name, layer in list(layers.items())[:4]}
    crafted["pickle"] = pickle.dumps(Canary(canary))
    crafted["pickle in an archive"] = _zip({"data.pkl": pickle.dumps(Canary(canary)), "config.json": b"{}"})
    return crafted


def _zip(members: dict[str, bytes], **options) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _keras_file(layer: dict) -> bytes:
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}}
    return _zip(
        {
            "metadata.json": b'{"keras_version": "3.0.0"}',
            "config.json": json.dumps(config).encode(),
            "model.weights.h5": b"",
        }
    )


def _h5_file(layer: dict) -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": [layer]}})
    return stream.getvalue()


def _obedient(content: bytes):
    """The broken variant: a reader that obeys a file's config."""
    with suppress(Exception):
        pickle.loads(content)  # noqa: S301 - the deliberately broken variant
    with suppress(Exception), zipfile.ZipFile(io.BytesIO(content)) as archive:
        layer = json.loads(archive.read("config.json"))["config"]["layers"][0]
        getattr(__import__(layer["module"]), layer["class_name"])(*layer["config"])
    return {}


def _dangerous_calls() -> list[str]:
    """Places in the app that call or import functions that execute foreign code."""
    places = []
    sources = [
        source for part in ("imdb_core", "ui", "pages") for source in paths.PROJECT.glob(f"{part}/**/*.py")
    ]
    for path in [paths.PROJECT / "app.py", *sources]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if _is_dangerous(node):
                places.append(f"{path.relative_to(paths.PROJECT)}:{node.lineno}")
    return places


def _is_dangerous(node) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {getattr(node, "module", None), *(name.name for name in node.names)}
        return bool(FORBIDDEN_MODULES & {str(name).split(".")[0] for name in names})
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    module = getattr(getattr(node.func, "value", None), "id", "")
    pickles = any(
        word.arg == "allow_pickle" and getattr(word.value, "value", None) is not False
        for word in node.keywords
    )
    return called in FORBIDDEN or pickles or (module in ("pickle", "torch") and called in ("load", "loads"))
