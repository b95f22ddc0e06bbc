"""Choose the folders of compiled code and, while a run is trained, of the libraries' temporary files.

Loading from a cache runs the code in it. So a cache is used only if this user owns its folder and no other
user may write to it. If a cache file is damaged, its code is compiled again. Without a private folder,
compiled code is not stored. Called by worker, device_setup and fast.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from imdb_core import paths
from imdb_core.files import open_regular
from imdb_core.operating_system.file_access import belongs_to_me_alone
from imdb_core.runs import layout

FAST = Path(__file__).parent / "fast"
LARGEST_FILE = 64 * 2**20  # bytes of a compiled function; the largest one has about 100 KB
MOST_VERSIONS = 4  # Numba caches that stay; Python, the packages and the sources decide which one is used
DIGEST_BYTES = 32
PACKAGES = ("numba", "llvmlite", "numpy")
# Cache folders of libraries that the app does not import itself: environment variable -> name in root().
OTHERS = {"CUDA_CACHE_PATH": "cuda", "TRITON_CACHE_DIR": "triton", "TORCHINDUCTOR_CACHE_DIR": "torch"}
JAX = "JAX_COMPILATION_CACHE_DIR"

Function = TypeVar("Function", bound=Callable[..., Any])


def private_folder(folder: Path, *, parents: bool = False) -> Path | None:
    """`folder`, created if it is missing; None if it is a link, not writable, or writable for other users."""
    try:
        if parents:
            folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and belongs_to_me_alone(status):
            tempfile.TemporaryFile(dir=folder).close()
            return folder
    except OSError:
        pass
    return None


@functools.cache
def root() -> Path | None:
    """The folder of all caches; None if no private folder can be created.

    In NUMBA_CACHE_DIR, else beside the sources of fast, else in the app's cache folder.
    """
    named = paths.variable("NUMBA_CACHE_DIR")
    parents = [Path(named)] if named and os.path.isabs(named) else []
    parents += [FAST / "__pycache__", paths.cache_folder()]
    folders = (private_folder(parent / "compiled", parents=True) for parent in parents)
    return next((folder for folder in folders if folder), None)


def prepare(device: str) -> None:
    """Point the libraries that a worker may import to private folders. Call before Keras is imported."""
    for variable, name in OTHERS.items():
        _use_private_folder(variable, name)
    if "CUDA_CACHE_PATH" not in os.environ:
        os.environ["CUDA_CACHE_DISABLE"] = "1"
    if device != "cpu" or JAX in os.environ:
        _use_private_folder(JAX, "jax")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def _use_private_folder(variable: str, name: str) -> None:
    """Set `variable` to its current folder if this folder is private, else to a private folder in root().

    Without any private folder, the variable is removed.
    """
    named = os.environ.pop(variable, None)
    folder = private_folder(Path(named), parents=True) if named and os.path.isabs(named) else None
    if not folder and (caches := root()):
        folder = private_folder(caches / name)
    if folder:
        os.environ[variable] = str(folder)


@contextlib.contextmanager
def scratch(run_folder: Path) -> Iterator[None]:
    """A context with a folder for temporary files inside the run's folder; removed at the end.

    TensorFlow writes Python sources to temporary files and runs them, so no other user may write there. If
    the folder cannot be created, the system's temporary folder is used. If the worker is killed,
    ownership.sweep_run removes the folder.
    """
    folder = run_folder / layout.SCRATCH
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that was killed
    previous_folder, tempfile.tempdir = tempfile.tempdir, str(private_folder(folder) or "") or None
    variables = {name: os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")}
    if tempfile.tempdir:
        os.environ |= dict.fromkeys(variables, tempfile.tempdir)
    try:
        yield
    finally:
        tempfile.tempdir = previous_folder
        for name, value in variables.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


def compiled(function: Function) -> Function:
    """Decorator: compile a function of `fast` with Numba; store the machine code in a private folder."""
    import numba
    from numba.core import caching

    dispatcher = numba.njit(fastmath=True, nogil=True, error_model="numpy")(function)
    if folder := numba_folder():
        numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES = str(folder), ""
        dispatcher._cache = _checked_cache(caching)(function)
    replacement: Function = dispatcher
    return replacement


@functools.cache
def numba_folder() -> Path | None:
    """The cache of exactly these sources and package versions; None without a private folder.

    Numba alone would not notice a change in a function that it inlined.
    """
    caches = root()
    if caches is None:
        return None
    versions = [platform.python_version(), *(importlib.metadata.version(package) for package in PACKAGES)]
    digest = hashlib.sha256(repr(versions).encode())
    for source in sorted(FAST.glob("*.py")):
        digest.update(source.read_bytes())
    folder = caches / f"numba-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        _remove_old_versions(caches)
    return private_folder(folder)


def _remove_old_versions(caches: Path) -> None:
    with contextlib.suppress(OSError):
        newest_last = sorted(caches.glob("numba-*"), key=lambda folder: folder.stat().st_mtime)
        for folder in newest_last[: -MOST_VERSIONS + 1]:
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _checked_cache(caching: Any) -> Any:
    """A subclass of Numba's cache: each file ends with a checksum; a damaged file counts as missing."""
    file_class: Any = caching.IndexDataCacheFile
    cache_class: Any = caching.FunctionCache

    class Files(file_class):
        def _load_index(self) -> Any:
            return super()._load_index() if _is_sound(Path(self._index_path)) else {}

        def _load_data(self, name: str) -> Any:
            return super()._load_data(name) if _is_sound(Path(self._data_path(name))) else None

        @contextlib.contextmanager
        def _open_for_write(self, path: str) -> Iterator[Any]:
            with super()._open_for_write(path) as file:
                yield file
                file.flush()
                checksum = hashlib.sha256(Path(file.name).read_bytes()).digest()
                file.write(checksum)  # Numba ignores bytes after its own content

    class Cache(cache_class):
        def __init__(self, function: Any):
            super().__init__(function)
            base, stamp = self._impl.filename_base, self._impl.locator.get_source_stamp()
            self._cache_file = Files(self._cache_path, base, stamp)

        def load_overload(self, signature: Any, target_context: Any) -> Any:
            try:
                return super().load_overload(signature, target_context)
            except Exception:  # noqa: BLE001 - unpickling may raise anything; None: compile the function
                return None

        def save_overload(self, signature: Any, compiled: Any) -> None:
            with contextlib.suppress(Exception):  # a full disk, for instance: the code works without a cache
                super().save_overload(signature, compiled)

    return Cache


def _is_sound(path: Path) -> bool:
    """Whether a file ends with the checksum of its other bytes and only this user can write to it."""
    try:
        with open_regular(path, LARGEST_FILE) as file:
            if not belongs_to_me_alone(os.fstat(file.fileno())):
                return False
            content = file.readall()
    except (OSError, ValueError):
        return False
    return hashlib.sha256(content[:-DIGEST_BYTES]).digest() == content[-DIGEST_BYTES:]
