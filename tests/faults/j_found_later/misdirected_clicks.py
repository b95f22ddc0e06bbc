"""Clicks and commands that could affect a wrong run, or files that the app did not create."""

import itertools
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from streamlit.proto.WidgetStates_pb2 import WidgetState

from imdb_core import __main__ as command_line
from imdb_core import background, paths
from imdb_core.runs import devices, journal, layout, locks, store
from imdb_core.scoring import published
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab, finished_run, trained_copy
from ui import run_buttons

# action -> (start of its button's key, the event that the run recorded before)
ACTIONS = {
    "stop": ("stop-", "started"),
    "take from the queue": ("stop-", "queued"),
    "resume": ("resume-", "stopped"),
    "rename": ("save-name-", "finished"),
    "delete": ("delete-for-good-", "failed"),
}


@row(
    "J5p",
    "the list of runs moves before a click; a run is published where other files are",
    "0 foreign runs and files touched; each click acts on its own run or gives a sentence",
    breaks=("the row's place counts", "a target's files are not looked at"),
)
def misdirected(place, patch, broken):
    patch.setattr(paths, "PRETRAINED", place / "none")
    patch.setattr(devices, "cpu_cores", lambda: 0)
    # The helper of a Stop lives on and moves the queue on, in the folder of runs of a later click.
    patch.setattr(background, "spawn", lambda *command, **options: None)
    clicks = (
        [] if broken == "a target's files are not looked at" else list(itertools.product(ACTIONS, CHANGES))
    )
    if broken == "the row's place counts":
        patch.setattr(run_buttons, "_present", lambda id, name: store.runs()[1])
        clicks = [("rename", "a new run on top"), ("resume", "a run above is deleted")]
    if broken == "a target's files are not looked at":
        patch.setattr(published, "why_not_ours", lambda folder: None)
    wrong, pages = [], itertools.cycle([Tab("runs"), Tab("watch")])
    for action, change in clicks:
        wrong += [f"{action}, {change}: {fault}" for fault in late_click(action, change, next(pages))]
    targets = [] if broken == "the row's place counts" else list(TARGETS)
    for kind in targets:
        wrong += [f"published into {kind}: {name}" for name in published_over(place / "targets", kind)]
    figure = f"{len(wrong)} files touched or clicks unanswered in {len(clicks)} late clicks "
    figure += f"and {len(targets)} targets {wrong[:3] or ''}"
    return Outcome(figure.strip(), not wrong)


def late_click(action: str, change: str, page: Tab) -> list[str]:
    """Press a button that was drawn before the folder of runs changed; returns what goes wrong."""
    shutil.rmtree(paths.runs_folder(), ignore_errors=True)
    key, event = ACTIONS[action]
    older, run, newer = (finished_run(name, epochs=1) for name in ("older", "mine", "newer"))
    for other in (older, run, newer):
        store.record(other.folder, event, **STARTED if event == "started" else {})
    lock = locks.hold(run.folder / layout.LOCK) if event == "started" else None
    page.app.session_state["ticked"] = {run.id: run.name}
    app = page.show(run=run.id)
    if action == "rename":
        app.text_input(key=f"name-{run.id}").set_value("a new name")
    sent = app._tree.get_widget_states()
    sent.widgets.append(WidgetState(id=app.button(key=f"{key}{run.id}").proto.id, trigger_value=True))
    is_gone = CHANGES[change](app, older, run, newer) == run.id
    before = every_file()
    app._run(sent)
    after = every_file()
    if lock:
        lock.release()
    faults = [
        f"{name} was touched" for name in {*before, *after} - {run.id} if before.get(name) != after.get(name)
    ]
    answered = before.get(run.id) != after.get(run.id) or app.error or (action == "delete" and is_gone)
    return faults + ([] if answered else ["no sentence"]) + [str(shown.value) for shown in app.exception]


STARTED = {"pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}


def every_file() -> dict[str, dict[str, bytes]]:
    """run id -> file name -> content, for all files of all runs except logs."""
    folders = [folder for folder in paths.runs_folder().iterdir() if not folder.name.startswith(".")]
    return {
        folder.name: {path.name: path.read_bytes() for path in folder.iterdir() if path.name != layout.LOG}
        for folder in folders
    }


def _new_run(app, older, run, newer):
    finished_run("newest", epochs=1)


def _deleted_above(app, older, run, newer):
    store.delete(newer)
    return newer.id


def _deleted_elsewhere(app, older, run, newer):
    shutil.rmtree(run.folder)
    return run.id


def _ended(app, older, run, newer):
    journal.append(run.folder / layout.EVENTS, {"event": "finished"})


def _list_drawn_anew(app, older, run, newer):
    """The page shows a newer list and another run when the click arrives."""
    app.session_state["ticked"] = {newer.id: newer.name}
    app.query_params["run"] = newer.id
    store.delete(older)
    app.run()
    return older.id


CHANGES = {
    "a new run on top": _new_run,
    "a run above is deleted": _deleted_above,
    "it is deleted elsewhere": _deleted_elsewhere,
    "it ends by itself": _ended,
    "another run is shown": _list_drawn_anew,
}


def published_over(place: Path, kind: str) -> list[str]:
    """Publish a run into a target; returns the files in and beside the target that changed."""
    shutil.rmtree(place, ignore_errors=True)
    run = trained_copy()
    (place / "mine" / "epochs").mkdir(parents=True)
    for name in ("notes.txt", "epochs/epoch-001.onnx", layout.CONFIG):
        (place / "mine" / name).write_text("mine")
    target = TARGETS[kind](place, run)
    before = {
        path: path.read_bytes()
        for folder in (place, paths.runs_folder())
        for path in folder.rglob("*")
        if path.is_file()
    }
    with redirect_stdout(StringIO()), redirect_stderr(errors := StringIO()):
        code = command_line.main(["publish", run.id, str(target)])
    touched = [
        path.name for path, content in before.items() if not path.is_file() or path.read_bytes() != content
    ]
    return touched + ([] if code == 2 and errors.getvalue() else ["no sentence"])


def _link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path


TARGETS = {
    "a folder with other files": lambda place, run: place / "mine",
    "a folder with only epochs": lambda place, run: (
        (place / "mine").rename(place / "mine, too") and place / "mine, too" / "epochs"
    ),
    "the folder above": lambda place, run: place,
    "its own folder": lambda place, run: run.folder,
    "a folder in its own": lambda place, run: run.folder / "epochs",
    "the folder of runs": lambda place, run: paths.runs_folder(),
    "another run": lambda place, run: trained_copy().folder,
    "a link": lambda place, run: _link(place / "link", place / "mine"),
    "a link to a run": lambda place, run: _link(place / "link", run.folder),
    "a file": lambda place, run: place / "mine" / "notes.txt",
}
