"""Files, folders and links that the app did not create, with names that resemble its own."""

from pathlib import Path

from imdb_core import temporary

ID, DEAD_PID = "20260131-120000000-abcdefgh", 99999999  # no process has this number
DEAD = f"{temporary.owner({'pid': DEAD_PID})}.0123abcd.tmp"  # how the name of a leftover file ends
# Names in the folder of runs, in a run's folder, and in the cache (with the reviews' fingerprint).
BESIDE = (".new-", ".new-x", f".new-{ID}", f".new-{ID}-{DEAD_PID}-0123abcd", f".new-{ID}-{10**30}-0123abcd")
BESIDE += (f".{ID}.{DEAD}", f".mine.{DEAD}")
BESIDE += (f".new-{ID}-abc-0123abcd", ".trash-", ".trash-mine", f".trash-{ID}", f".trash-{ID}-0123abcd")
BESIDE += (f".trash-{ID}-0123abcd.bak", ".new-\udcff-1-2", ID, "my holiday", "20260131-120000001-abcdefgh")
IN_A_RUN = ("notes.txt", f".notes.txt.{DEAD}", ".vimrc.tmp", "old.old", ".backup.old/notes.txt")
IN_A_RUN += ("checkpoints/notes.txt", "checkpoints/best/weights.npz", "checkpoints/epoch-mine/manifest.json")
IN_A_RUN += ("checkpoints/.epoch-x.tmp/notes.txt", "checkpoints/epoch-001/notes.txt")
IN_A_RUN += ("checkpoints/.epoch-001.old/notes.txt", "epochs/epoch-best.onnx", "epochs/.draft.tmp")
IN_A_RUN += (f"data/.sheet.{DEAD}",)
IN_THE_CACHE = (
    ".imdb-mine.tmp/notes.txt",
    f".imdb-0123456789abcdef-2.{DEAD}/notes.txt",
    "imdb-{}-1/notes.txt",
)
IN_THE_CACHE += ("imdb-{}-mine/x", "imdb-{}/notes.txt", "keras/.notes.tmp", f"keras/.notes.txt.{DEAD}")
IN_THE_CACHE += (".download.json.mine.tmp",)


def sentinel(path: Path) -> Path:
    """Write a foreign file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    return path


def link_to(path: Path, target: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def is_untouched(path: Path) -> bool:
    """Whether a sentinel or link is as it was written."""
    return path.is_symlink() or (path.is_file() and path.read_text() == "mine")
