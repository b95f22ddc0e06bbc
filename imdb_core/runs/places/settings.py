"""Read the settings file, which has one table for each cluster, and check its values. See docs/cluster.md.

The file is places.toml in the data folder, or the file that IMDB_PLACES names. A fault makes only the cluster
of its table unusable; it is reported with its line. Called by places and the command `places`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from imdb_core import paths
from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded

PLACES_FILE = "IMDB_PLACES"
FILE = "places.toml"
LARGEST = 2**18  # bytes
MOST_CLUSTERS = 50
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"  # as in the config's field `place`
RESERVED = "here"
PORT = 8265  # Ray's dashboard and job API


@dataclass(frozen=True)
class ClusterSettings:
    """The table of one cluster, with defaults for missing keys.

    Paths are as they are seen on the cluster's machines. `imdb` is None if neither the table nor
    IMDB_DATA_DIR names the folder. `cpus` and `gpus` are for one run. If `runs_at_once` is None, the number
    follows from the cluster's machines.
    """

    name: str
    title: str
    address: str
    app: str
    runs: str
    data: str
    imdb: str | None
    python: str
    cpus: int = 1
    gpus: int = 0
    runs_at_once: int | None = None
    token_file: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """The usable clusters by name, and the faults as (table, sentence); table "" is the whole file."""

    clusters: Mapping[str, ClusterSettings]
    faults: tuple[tuple[str, str], ...] = ()

    def fault(self, name: str) -> str | None:
        """The first fault of the table `name` or of the whole file; None if there is none."""
        return next((sentence for table, sentence in self.faults if table in (name, "")), None)


class _Wrong(ValueError):
    """A value that cannot be used; the message says what it is and what is allowed."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def file() -> Path:
    """The settings file, which need not exist."""
    named = paths.variable(PLACES_FILE)
    return Path(named).expanduser().absolute() if named else paths.cache_folder() / FILE


def read() -> Settings:
    """The clusters of the settings file; none without a file. Errors in the file are in Settings.faults.

    The result is kept in memory until the file changes, or a variable names another folder.
    """
    path = file()
    if not path.exists():
        named = paths.variable(PLACES_FILE)
        fault = f"{PLACES_FILE} names {path}, but there is no such file. Create it, or unset the variable."
        return Settings({}, (("", fault),) if named else ())
    key = (path, paths.runs_folder(), paths.cache_folder(), paths.imdb_data_folder())
    return _cache.value(key, (path,), compute=lambda: _read(path))


_cache = FileCache[Settings](4)


def _read(path: Path) -> Settings:
    try:
        text = read_bounded(path, LARGEST).decode("utf-8")
        tables = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:  # TOML errors name the line
        reason = getattr(error, "strerror", None) or str(error).removesuffix(".")
        return Settings({}, (("", f"{path} cannot be read: {reason}. See docs/cluster.md for an example."),))
    clusters, faults = {}, []
    for number, (name, table) in enumerate(tables.items()):
        try:
            if number >= MOST_CLUSTERS:
                raise _Wrong("", f"there are more than {MOST_CLUSTERS} clusters; remove some")
            clusters[name] = _cluster(name, table)
        except _Wrong as wrong:
            line = _line(text, name, wrong.key)
            faults.append((name, f"{path}, line {line}: [{name}] {wrong}."))
    return Settings(clusters, tuple(faults))


def _cluster(name: str, table: Any) -> ClusterSettings:
    if not isinstance(table, dict):
        raise _Wrong("", f"{name} stands in no table; begin the table of each cluster with its [name]")
    if not re.fullmatch(NAME, name) or name == RESERVED:
        raise _Wrong(
            "",
            f"is no name for a cluster; allowed are 1 to 40 letters, digits, ., - and _, but not {RESERVED}",
        )
    if unknown := sorted(set(table) - KEYS):
        raise _Wrong(unknown[0], f"{unknown[0]} is unknown; allowed are {', '.join(sorted(KEYS))}")
    imdb = paths.imdb_data_folder()
    return ClusterSettings(
        name=name,
        title=_text(table, "title", name),
        address=_address(table),
        app=_path(table, "app", str(paths.PROJECT)),
        runs=_path(table, "runs", str(paths.runs_folder())),
        data=_path(table, "data", str(paths.cache_folder())),
        imdb=_path(table, "imdb", str(imdb) if imdb else None),
        python=_path(table, "python", _this_python()),
        cpus=_number(table, "cpus", 1, 1, 1024) or 1,
        gpus=_number(table, "gpus", 0, 0, 1) or 0,
        runs_at_once=_number(table, "runs_at_once", None, 1, 10_000),
        token_file=_token_file(table),
        environment=_environment(table),
    )


KEYS = {*ClusterSettings.__dataclass_fields__} - {"name"}


def _this_python() -> str:
    """The interpreter that runs this process: the default of `python` for machines that are set up alike."""
    from imdb_core import background  # it imports much; a settings file without a cluster needs none of it

    return background.command()[0]


def _text(table: dict[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 80:
        raise _Wrong(key, f"{key} is {value!r:.60}; it must be a text of 1 to 80 characters")
    return value


def _address(table: dict[str, Any]) -> str:
    value = table.get("address")
    form = f'it must be the address of Ray\'s dashboard, such as "http://10.0.0.5:{PORT}"'
    if not isinstance(value, str):
        raise _Wrong(
            "address",
            f"address is {value!r:.60}; {form}" if value is not None else f"address is missing; {form}",
        )
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _Wrong("address", f"address is {value!r:.60}; {form}") from None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or extra or re.search(r"[^\w.:%-]", host):
        raise _Wrong("address", f"address is {value!r:.60}; {form}")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}:{port or (PORT if parts.scheme == 'http' else 443)}"


def _path(table: dict[str, Any], key: str, default: str | None) -> Any:
    value = table.get(key, default)
    if value is None:
        return None
    absolute = isinstance(value, str) and value.isprintable() and PurePosixPath(value).is_absolute()
    if not absolute:
        raise _Wrong(
            key,
            f"{key} is {value!r:.60}; it must be an absolute path as it is seen on the cluster's machines",
        )
    return value


def _number(table: dict[str, Any], key: str, default: int | None, least: int, most: int) -> int | None:
    value = table.get(key, default)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
        return value
    raise _Wrong(key, f"{key} is {value!r:.60}; it must be a whole number between {least} and {most}")


def _token_file(table: dict[str, Any]) -> Path | None:
    value = table.get("token_file")
    if value is None:
        return None
    path = Path(value).expanduser() if isinstance(value, str) else None
    if path is None or not path.is_absolute():
        raise _Wrong(
            "token_file", f"token_file is {value!r:.60}; it must be the absolute path of a file here"
        )
    return path


def _environment(table: dict[str, Any]) -> dict[str, str]:
    value = table.get("environment", {})
    if not isinstance(value, dict):
        raise _Wrong("environment", f"environment is {value!r:.60}; it must be a table of variables")
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or not isinstance(text, str) or "\0" in text:
            raise _Wrong(
                "environment", f"environment has {name} = {text!r:.60}; values must be texts in quotes"
            )
    return dict(value)


def _line(text: str, table: str, key: str) -> int:
    """The line, from 1, of `key` in the table, or of the table's beginning; 1 if neither is found."""
    begin = 0
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[\s*[\"']?{re.escape(table)}[\"']?\s*[\].]|\s*{re.escape(table)}\s*=", line):
            begin = begin or number
            if not key:
                break
        if begin and key and re.match(rf"\s*(\[.*\.\s*)?{re.escape(key)}\s*[=\]]", line):
            return number
    return begin or 1
