"""Tables are scored: odd ones, a kill in the middle, a full disk, and more rows than fit the memory."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from imdb_core import formulas, temporary
from imdb_core.errors import DataError
from imdb_core.scoring import table_reading, table_writers, tables
from imdb_core.scoring.tables import Request, score_table
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import result_in_new_process, small_disk
from tests.faults.support.odd_score_tables import HEADER, ROWS, TABLES, TEXT, ThreeClasses, written
from tests.faults.support.scored_texts import pretrained

BREAKS = ("blank rows are left out", "formulas as they are", "short rows are filled up", "written in place")


@row(
    "E7",
    "an odd table is scored; the process is killed; the disk is full",
    "all as intended: the same rows in the same order, blanks marked, or refused with a line; 0 files left",
    breaks=BREAKS,
)
def odd_tables(place, patch, broken):
    if broken:
        _break(patch, broken)
    network = ThreeClasses()
    wrong = [fault for name in TABLES if (fault := _fault(place, name, network))]
    if broken in (None, "written in place"):
        wrong += result_in_new_process(_killed, place / "killed", broken or "")
    if not broken:
        disk = place / "disk"
        wrong += result_in_new_process(_full_disk, disk, prefix=small_disk(disk, "16k"))
    count = len(TABLES) + 5  # the kill and what it leaves, and three formats on a full disk
    figure = f"{count - len(wrong)} of {count} as intended" + "".join(f"; {fault}" for fault in wrong[:3])
    return Outcome(figure, not wrong)


def _break(patch, broken):
    windows = table_reading.windows

    def without_blanks(path, layout):
        for window in windows(path, layout):
            kept = [i for i, cells in enumerate(window.cells) if all(map(str.strip, cells[:2]))]
            window.lines, window.cells = [window.lines[i] for i in kept], [window.cells[i] for i in kept]
            yield window

    if broken == "blank rows are left out":
        patch.setattr(table_reading, "windows", without_blanks)
        patch.setattr(tables, "windows", without_blanks)
    if broken == "formulas as they are":
        patch.setattr(table_writers, "harmless_unless_number", lambda cell: cell)
    if broken == "short rows are filled up":
        patch.setattr(table_reading.tables, "_cells", _filled_up)
    if broken == "written in place":
        _write_in_place(patch.setattr)


class _Staying(type(Path())):
    """A path whose file is not removed."""

    def unlink(self, missing_ok=False):
        pass


def _write_in_place(replace):
    replace(temporary, "beside", _Staying)
    replace(table_writers, "require_output", lambda *_, **__: None)
    replace(table_writers, "replace_file", lambda *_: None)


def _filled_up(path, layout):
    with open(path, encoding=layout.encoding, newline="") as file:
        for number, cells in enumerate(csv.reader(file, delimiter=layout.separator)):
            if number and cells:
                yield number, (cells + [""] * 20)[: len(layout.columns)]


def _fault(place: Path, name: str, network) -> str:
    """What went wrong with one table in all formats; empty if nothing did."""
    table, folder = TABLES[name], place / f"{len(os.listdir(place))}"
    folder.mkdir()
    source = folder / table.name
    source.write_bytes(table.content)
    for suffix in (".csv", ".tsv", ".jsonl") if table.rows else (".csv",):
        out = folder / f"out{suffix}"
        try:
            score_table(network, Request(source, out))
        except DataError as error:
            if not table.refusal or not re.search(table.refusal, str(error)):
                return f"{name}: {error}"
        except Exception as error:  # noqa: BLE001 - every exception is counted
            return f"{name}: {error!r}"
        else:
            if table.refusal:
                return f"{name}: accepted"
            if fault := _difference(_read(out), table.rows, suffix):
                return f"{name}, {suffix}: {fault}"
        if set(os.listdir(folder)) - {source.name} != ({out.name} if table.rows else set()):
            return f"{name}: {os.listdir(folder)} are left"
        out.unlink(missing_ok=True)
    return ""


def _read(path: Path) -> list[list[str]]:
    """The header and the rows of a scored table."""
    if path.suffix == ".jsonl":
        objects = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        cells = [["" if value is None else str(value) for value in row.values()] for row in objects]
        return [list(objects[0]), *cells]
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",", strict=True))


def _difference(scored, truth, suffix) -> str:
    if len(scored) != len(truth):
        return f"{len(scored)} instead of {len(truth)} rows"
    width, text = len(truth[0]), truth[0].index(TEXT)
    for number, (cells, expected) in enumerate(zip(scored, truth, strict=True)):
        own, (label, *shares, reason) = cells[:width], cells[width:]
        computed = suffix != ".jsonl" and any(map(_is_computed, cells))
        if [cell.removeprefix("'") for cell in own] != expected or computed:
            return f"row {number} has other cells"
        has_score = expected[text].strip() not in ("", "zzqx")
        if number and has_score != bool(label) or number and has_score == bool(reason):
            return f"row {number} is {label or 'not scored'}, {reason}"
        if number and has_score and abs(sum(map(float, shares)) - 1) > 1e-5:
            return f"row {number} has the shares {shares}"
    return ""


def _is_computed(cell: str) -> bool:
    """Whether a spreadsheet takes the cell for a formula; a number is none."""
    try:
        float(cell)
    except ValueError:
        return cell.startswith(formulas.STARTS)
    return False


def _killed(place: str, broken: str) -> list[str]:
    """The process is killed at half of the rows; then the table is scored again."""
    folder = Path(place)
    folder.mkdir()
    source, out = folder / "in.csv", folder / "out.csv"
    source.write_text(written([HEADER, *ROWS * 2]), "utf-8")
    program = f"from {__name__} import killed_at_half; killed_at_half({str(folder)!r}, {broken!r})"
    ended = subprocess.run([sys.executable, "-c", program], timeout=60)
    wrong = [] if ended.returncode == -signal.SIGKILL and not out.exists() else ["a killed process left OUT"]
    score_table(pretrained(), Request(source, out, overwrite=True))
    left = sorted(os.listdir(folder))
    return wrong + ([] if left == ["in.csv", "out.csv"] else [f"after the kill {left}"])


def killed_at_half(place: str, broken: str) -> None:
    """Score in.csv until half of the rows are done."""
    if broken:
        _write_in_place(setattr)

    def kill(phase, done, total):
        if phase == tables.SCORING and done > total / 3:
            os.kill(os.getpid(), signal.SIGKILL)

    score_table(pretrained(), Request(Path(place) / "in.csv", Path(place) / "out.csv"), kill)


def _full_disk(disk: str) -> list[str]:
    """Each format is written to a disk that fills up."""
    source = Path(disk).parent / "full.csv"
    source.write_text(written([HEADER, *ROWS]), "utf-8")
    wrong = []
    for suffix in (".csv", ".jsonl", ".parquet"):
        try:
            score_table(pretrained(), Request(source, Path(disk) / f"out{suffix}"))
            wrong.append(f"{suffix} fits a full disk")
        except OSError as error:
            wrong += [] if error.errno == errno.ENOSPC or "space" in str(error) else [f"{suffix}: {error!r}"]
        wrong += [f"{name} is left on a full disk" for name in os.listdir(disk)]
    return wrong


@row(
    "E11",
    "a table with three times as many rows is scored",
    "memory <= +16 MiB",
    breaks=("all rows at once",),
)
def many_rows(place, patch, broken):
    before, after = result_in_new_process(_peaks, place, broken or "")
    grown = (after - before) / 1024
    return Outcome(f"{grown:+.0f} MiB from 6,000 to 18,000 rows", grown <= 16)


def _peaks(place: str, broken: str) -> list[int]:
    """The peak memory in KiB after 6,000 rows, and after 18,000 rows."""
    if broken:
        windows = table_reading.windows
        tables.windows = lambda path, layout: iter(list(windows(path, layout)))
    peaks = []
    for count in (6_000, 18_000):
        source = Path(place) / f"{count}.csv"
        with open(source, "w", encoding="utf-8") as file:
            file.write(f"id,{TEXT},more\n")
            file.writelines(f"{i},a fine film,{'x' * 2000}{i}\n" for i in range(count))
        score_table(pretrained(), Request(source, Path(place) / f"{count}.jsonl"))
        peaks.append(_peak())
    return peaks


def _peak() -> int:
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])
