"""The user's own settings of Keras: keras.json and KERAS_* variables, which Keras reads while it is imported.

With an old file or a missing backend the import of Keras fails. So the launcher calls `check` first, which
raises an error with a sentence and does not import Keras. Worker and benchmarks import Keras with `load`.
"""

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from imdb_core.errors import SettingError

BACKENDS = ("tensorflow", "jax", "torch")  # Keras's other backends cannot train
NUMBERS, IMAGES, EPSILON = "float32", "channels_last", 1e-7  # Keras's defaults, used for all measurements
CHOICES = {"floatx": (NUMBERS, "float16", "float64"), "image_data_format": (IMAGES, "channels_first")}
# Packages that Keras or TensorFlow imports if they are installed and that no training uses: 2 to 3 seconds.
# JAX is among them unless it is the backend.
NOT_NEEDED = ("sklearn", "pandas", "jax")
LIMITS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")


def check() -> None:
    """Raise SettingError if Keras cannot be imported or cannot train with this user's settings."""
    path = _file()
    settings = _settings(path)
    for name, allowed in CHOICES.items():
        if settings.get(name, allowed[0]) not in allowed:
            raise _setting_error(
                path, settings, name, f"Keras knows only {' and '.join(allowed)}", allowed[0]
            )
    if not isinstance(settings.get("epsilon", EPSILON), float):
        raise _setting_error(path, settings, "epsilon", "it must be a number with a decimal point", EPSILON)
    if "KERAS_NNX_ENABLED" not in os.environ and settings.get("nnx_enabled"):
        raise _setting_error(path, settings, "nnx_enabled", "this app trains without NNX", False)
    if os.environ.get("KERAS_NNX_ENABLED", "").lower() in ("true", "1"):
        raise SettingError(
            "KERAS_NNX_ENABLED is set, but this app trains without NNX. Unset it or set it to 0."
        )
    for name in LIMITS:
        _require_number(name)
    _require_backend(path, settings)


def load() -> Any:
    """The module keras, imported, with Keras's default number type, image format and epsilon.

    Other values in keras.json would change the results. Raises SettingError as check() does.
    """
    check()
    with _hidden([name for name in NOT_NEEDED if name != _backend(_settings(_file()))]):
        import keras

    keras.config.set_floatx(NUMBERS)
    keras.config.set_epsilon(EPSILON)
    keras.config.set_image_data_format(IMAGES)
    return keras


def text() -> str | None:
    """The text of keras.json; None if it is missing or cannot be read."""
    try:
        return _file().read_text("utf-8", "replace")
    except OSError:
        return None


@contextlib.contextmanager
def _hidden(packages: list[str]) -> Iterator[None]:
    """A context in which these packages count as not installed, except those that are imported already."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None: an import raises ImportError
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def _file() -> Path:
    """Where Keras looks for keras.json (keras/src/backend/config.py)."""
    home = os.path.expanduser("~")
    folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return Path(os.path.expanduser(os.path.join(os.environ.get("KERAS_HOME", folder), "keras.json")))


def _settings(path: Path) -> dict[str, Any]:
    """The contents of keras.json; {} if it is missing, or empty because another process is writing it."""
    try:
        text = path.read_text("utf-8") if os.path.exists(path) else ""
        settings = json.loads(text) if text.strip() else {}
    except OSError as error:
        raise SettingError(
            f"{path} cannot be read: {error.strerror}. Make it readable, or {_DELETE}."
        ) from error
    except ValueError as error:
        raise SettingError(f"{path} is not valid JSON: {error}. Correct it, or {_DELETE}.") from error
    if not isinstance(settings, dict):
        raise SettingError(
            f"{path} holds {type(settings).__name__}, not a JSON object. Correct it, or {_DELETE}."
        )
    return settings


_DELETE = "delete the file, and Keras writes a new one"


def _setting_error(path: Path, settings: dict[str, Any], name: str, why: str, right: object) -> SettingError:
    """The error for the setting `name`, which should be `right`."""
    value = json.dumps(settings[name])[:60]
    return SettingError(
        f'{path} says "{name}": {value}, but {why}. Write "{name}": {json.dumps(right)} there, or {_DELETE}.'
    )


def _require_number(name: str) -> None:
    try:
        int(os.environ.get(name, "0"))
    except ValueError:
        value = os.environ[name]
        raise SettingError(
            f"{name} is {value!r}; Keras allows a whole number only. Correct it or unset it."
        ) from None


def _backend(settings: dict[str, Any]) -> Any:
    """The backend that Keras will use; text, unless keras.json is wrong."""
    return os.environ.get("KERAS_BACKEND") or settings.get("backend", BACKENDS[0])


def _require_backend(path: Path, settings: dict[str, Any]) -> None:
    """Raise SettingError unless the chosen backend can train and is installed.

    KERAS_BACKEND chooses the backend, else keras.json; the default is TensorFlow.
    """
    variable, backend = os.environ.get("KERAS_BACKEND"), _backend(settings)
    installed = [name for name in BACKENDS if importlib.util.find_spec(name)]
    if backend in installed:
        return
    right = (installed or BACKENDS)[0]
    if variable:
        source, remedy = f"KERAS_BACKEND is {variable!r}", f"Set it to {right}"
    elif "backend" in settings:
        source = f'{path} says "backend": {json.dumps(backend)[:60]}'
        remedy = f'Write "backend": "{right}" there'
    else:
        source, remedy = f"Keras's default backend is {backend}", f"Set KERAS_BACKEND to {right}"
    why = f"but Keras trains only with {', '.join(BACKENDS)}"
    if backend in BACKENDS:
        why, remedy = "which is not installed", f"{remedy}, or install {backend}"
    raise SettingError(f"{source}, {why}. {remedy if installed else 'Install TensorFlow, see README'}.")
