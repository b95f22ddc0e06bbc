"""Functions that return a function which changes the folder of a run in an odd way."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from imdb_core.runs import layout
from tests.odd_values import with_value

Damage = Callable[[Path], None]
LINKS = {
    "a link to itself": None,
    "a link to /dev/zero": "/dev/zero",
    "a link out of the folder": "/etc/passwd",
}


def appended(file: str, *lines: str) -> Damage:
    """The file has these lines at its end."""

    def damage(folder: Path) -> None:
        with open(folder / file, "a", encoding="utf-8") as opened:
            opened.writelines(line + "\n" for line in lines)

    return damage


def with_rows(file: str, *rows: dict) -> Damage:
    """The file holds these rows alone."""

    def damage(folder: Path) -> None:
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    return damage


def replaced(name: str, by: str) -> Damage:
    """The file or folder `name` is something of another kind, or an endless file."""

    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
        if by in LINKS:
            path.symlink_to(LINKS[by] or name)
        elif by == "a folder":
            path.mkdir()
        elif by == "a file":
            path.write_bytes(b"mine")
        elif by == "a pipe":
            os.mkfifo(path)
        elif by == "nothing but zeros":
            path.write_bytes(b"\0" * 5000)
        elif by == "a terabyte":
            path.touch()
            os.truncate(path, 2**40)
        else:
            raise ValueError(by)

    return damage


def configured(name: str, text: str) -> Damage:
    """In the config the value of `name` is the JSON `text`."""

    def damage(folder: Path) -> None:
        document = json.loads((folder / layout.CONFIG).read_text("utf-8"))
        config = with_value(document["config"], name, text)
        (folder / layout.CONFIG).write_text(f'{{"format": 1, "config": {config}}}', "utf-8")

    return damage


def with_setting(name: str) -> Damage:
    """The config has a setting that this version does not know."""
    return configured("name", f'"x", "{name.encode("unicode_escape").decode()}": 1')


def with_probes(probabilities: list[float | None]) -> Damage:
    """The run has two reviews to score after each epoch, with these probabilities in the last epoch."""

    def damage(folder: Path) -> None:
        configured("probes", json.dumps("a fine film\na bad film"))(folder)
        row = {"kind": "probes", "epoch": 3, "probes": probabilities}
        appended(layout.METRICS, json.dumps(row))(folder)

    return damage


def with_foreign_files(folder: Path) -> None:
    for name in (b"\xff\xfe", b"line\nbreak", b"\x1b[2J", "größe".encode()):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"mine")
