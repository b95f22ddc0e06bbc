"""Archives of a user's own texts that were made to fill the memory or to write outside."""

import os
import re
from collections import Counter
from pathlib import Path

from imdb_core.data.own import archive_limits, bounded, limits, proposal, reader, store
from imdb_core.errors import DataError
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import fork_each, result_in_new_process
from tests.faults.support.hostile_archives import MOST_ENTRIES, honest, hostile


@row(
    "F4d",
    "an archive of texts is a zip bomb, leads out, has links or lies",
    "all refused with their reason, honest ones accepted, 0 files left, memory <= +64 MiB",
    breaks=("no limits", "entries may lead out"),
)
def imported_archives(place, patch, broken):
    result = result_in_new_process(_read_all, place, broken or "")
    wrong = result["wrong"]
    outside = sorted({path.name for path in place.iterdir()} - {"archives", "cache"})
    figure = (
        f"{result['hostile']} hostile and {result['honest']} honest archives, {len(wrong)} not as intended, "
    )
    figure += f"{len(outside) + result['left']} files left, {result['grown']} MiB more memory"
    held = not wrong and not outside and not result["left"] and result["grown"] <= 64
    return Outcome(figure + "".join(f"; {fault}" for fault in wrong), held)


def _read_all(place: str, broken: str) -> dict:
    folder = Path(place) / "archives"
    folder.mkdir()
    # In another process, because writing them takes memory.
    assert fork_each(1, lambda _: _write(folder)) == [0]
    bounded.answer = lambda request, progress: reader.answer(request, lambda *_: None)
    limits.MOST_ENTRIES = MOST_ENTRIES
    if broken == "no limits":
        archive_limits.Budget.spend = lambda budget, count: None
    elif broken:
        archive_limits._leads_out = lambda path: False
    counts, wrong = Counter(), []
    before = 0
    for path in sorted(folder.iterdir()):
        refusal = (folder / path).with_suffix(".why")
        if path.suffix == ".why":
            continue
        expected = refusal.read_text("utf-8") if refusal.exists() else ""
        counts["hostile" if expected else "honest"] += 1
        wrong += _fault(path, expected)
        before = before or _peak_mib()
    left = len(os.listdir(Path(place) / "cache"))
    return {**counts, "wrong": wrong, "left": left, "grown": _peak_mib() - before}


def _write(folder: Path) -> None:
    for number, (name, content) in enumerate(honest()):
        (folder / f"0{number}-{name}").write_bytes(content)
    for name, content, refusal in hostile():
        (folder / name).write_bytes(content)
        (folder / name).with_suffix(".why").write_text(refusal, "utf-8")


def _fault(path: Path, expected: str) -> list[str]:
    try:
        name = proposal.add(path)
    except DataError as error:
        return [] if expected and expected in str(error) else [f"{path.name}: {error}"]
    except Exception as error:  # noqa: BLE001 - every exception is counted
        return [f"{path.name}: {error!r}"]
    texts = sum(store.facts(name).counts.values())
    store.delete(name)
    if expected:
        return [f"{path.name}: accepted"]
    return [] if texts in (18, 20) else [f"{path.name}: {texts} texts"]


def _peak_mib() -> int:
    """The most memory that this process has had; getrusage() would count its parent's as well."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 2**10
