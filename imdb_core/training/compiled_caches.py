"""Folders for the compiled code of Numba, JAX and CUDA, and for temporary files of libraries, while a run is
trained.

Loading from a cache runs the code in it. So a cache is used only if this user owns its folder and no other
user may write to it. If a cache file is damaged, its code is compiled again. Without a private folder,
compiled code is not kept. Called by worker, device and fast.
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
from collections.abc import Iterator
from pathlib import Path

from imdb_core import paths
from imdb_core.files import open_regular
from imdb_core.operating_system.file_access import belongs_to_me_alone
from imdb_core.runs import layout

FAST = Path(__file__).parent / "fast"
LARGEST_FILE = 64 * 2**20  # bytes of one compiled function; the real ones have some 100 KB
MOST_VERSIONS = (
    4  # how many caches are kept: each version of Python, of the packages or of the sources has its own
)
DIGEST_BYTES = 32
PACKAGES = ("numba", "llvmlite", "numpy")
# Cache folders of libraries that the app does not import itself: variable -> name in our folder.
OTHERS = {"CUDA_CACHE_PATH": "cuda", "TRITON_CACHE_DIR": "triton", "TORCHINDUCTOR_CACHE_DIR": "torch"}
JAX = "JAX_COMPILATION_CACHE_DIR"


def private_folder(folder: Path, *, parents: bool = False) -> Path | None:
    """`folder`, created if it is missing; None if it is a link, not writable, or writable for other users."""
    try:
        if parents:
            folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        about = folder.lstat()
        if stat.S_ISDIR(about.st_mode) and belongs_to_me_alone(about):
            tempfile.TemporaryFile(dir=folder).close()
            return folder
    except OSError:
        pass
    return None


@functools.cache
def root() -> Path | None:
    """The folder of all caches: in NUMBA_CACHE_DIR, else beside the compiled sources, else in the cache
    folder.

    None if there is no private folder; then every process compiles the code again.
    """
    named = paths.variable("NUMBA_CACHE_DIR")
    places = [Path(named)] if named and os.path.isabs(named) else []
    places += [FAST / "__pycache__", paths.cache_folder()]
    return next(
        (private for place in places if (private := private_folder(place / "compiled", parents=True))), None
    )


def prepare(device: str) -> None:
    """Point the libraries that a worker may import to private folders. Call before Keras is imported."""
    for variable, name in OTHERS.items():
        _point(variable, name)
    if "CUDA_CACHE_PATH" not in os.environ:
        os.environ["CUDA_CACHE_DISABLE"] = "1"
    if device != "cpu" or JAX in os.environ:
        _point(JAX, "jax")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def _point(variable: str, name: str) -> None:
    """Set `variable` to the user's own folder if it is private, else to a folder of root(); unset it if there
    is none.
    """
    named = os.environ.pop(variable, None)
    folder = private_folder(Path(named), parents=True) if named and os.path.isabs(named) else None
    folder = folder or (root() and private_folder(root() / name))
    if folder:
        os.environ[variable] = str(folder)


@contextlib.contextmanager
def scratch(run_folder: Path) -> Iterator[None]:
    """A context in which all libraries write temporary files to a folder in the run's folder, which is
    removed at its end.

    TensorFlow writes Python sources to temporary files and runs them, so no other user may write there. If
    the folder cannot be created, the usual one is used. ownership.sweep_run removes it if the worker is
    killed.
    """
    folder = run_folder / layout.SCRATCH
    shutil.rmtree(folder, ignore_errors=True)  # left by a worker that was killed
    before, tempfile.tempdir = tempfile.tempdir, str(private_folder(folder) or "") or None
    usual = {name: os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")}
    if tempfile.tempdir:
        os.environ |= dict.fromkeys(usual, tempfile.tempdir)
    try:
        yield
    finally:
        tempfile.tempdir = before
        for name, value in usual.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)


def compiled(function):
    """Decorator: compile a function of `fast` with Numba; the machine code is kept in a private folder, if
    there is one.
    """
    import numba
    from numba.core import caching

    dispatcher = numba.njit(fastmath=True, nogil=True, error_model="numpy")(function)
    if folder := _numba_folder():
        numba.config.CACHE_DIR, numba.config.CACHE_LOCATOR_CLASSES = str(folder), ""
        dispatcher._cache = _checked_cache(caching)(function)
    return dispatcher


@functools.cache
def _numba_folder() -> Path | None:
    """The cache of exactly these sources and package versions: Numba does not notice a change in an inlined
    function.
    """
    if root() is None:
        return None
    versions = [platform.python_version(), *(importlib.metadata.version(package) for package in PACKAGES)]
    digest = hashlib.sha256(repr(versions).encode())
    for source in sorted(FAST.glob("*.py")):
        digest.update(source.read_bytes())
    folder = root() / f"numba-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        _forget_old_versions()
    return private_folder(folder)


def _forget_old_versions() -> None:
    with contextlib.suppress(OSError):
        newest_last = sorted(root().glob("numba-*"), key=lambda folder: folder.stat().st_mtime)
        for folder in newest_last[: -MOST_VERSIONS + 1]:
            shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def _checked_cache(caching):
    """A subclass of Numba's cache with a checksum at the end of each file; a damaged file counts as missing."""

    class Files(caching.IndexDataCacheFile):
        def _load_index(self):
            return super()._load_index() if _is_sound(Path(self._index_path)) else {}

        def _load_data(self, name):
            return super()._load_data(name) if _is_sound(Path(self._data_path(name))) else None

        @contextlib.contextmanager
        def _open_for_write(self, path):
            with super()._open_for_write(path) as file:
                yield file
                file.flush()
                file.write(
                    hashlib.sha256(Path(file.name).read_bytes()).digest()
                )  # Numba ignores what follows its own

    class Cache(caching.FunctionCache):
        def __init__(self, function):
            super().__init__(function)
            base, stamp = self._impl.filename_base, self._impl.locator.get_source_stamp()
            self._cache_file = Files(self._cache_path, base, stamp)

        def load_overload(self, signature, target_context):
            try:
                return super().load_overload(signature, target_context)
            except Exception:  # noqa: BLE001 - unpickling may raise anything; None: compile the function
                return None

        def save_overload(self, signature, compiled):
            with contextlib.suppress(
                Exception
            ):  # such as a full disk: the compiled code works without the cache
                super().save_overload(signature, compiled)

    return Cache


def _is_sound(path: Path) -> bool:
    """Whether a file ends with the checksum of what precedes it, and only this user can write to it."""
    try:
        with open_regular(path, LARGEST_FILE) as file:
            if not belongs_to_me_alone(os.fstat(file.fileno())):
                return False
            content = file.readall()
    except (OSError, ValueError):
        return False
    return hashlib.sha256(content[:-DIGEST_BYTES]).digest() == content[-DIGEST_BYTES:]
