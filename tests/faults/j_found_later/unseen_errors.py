"""Errors that users do not see: all buttons of all pages are pressed while no write succeeds."""

import errno
import itertools
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from imdb_core import paths
from imdb_core.data.own import proposal
from imdb_core.runs import devices, layout, locks, store
from tests.apptest import opened
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import finished_run, trained_copy
from ui import messages

REFUSALS = (errno.EROFS, errno.ENOSPC, errno.EACCES)
SHOWS_LESS = "untick"  # the key of a button that writes nothing and takes the other buttons away
FEWEST = 30  # actions; with fewer actions the search for buttons is broken
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate")


@row(
    "J8",
    "an action fails on a folder that cannot be written, and the page is drawn again",
    "every action's sentence is shown once, after all reruns",
    breaks=("wiped by the rerun",),
)
def unseen_errors(place, patch, broken):
    for name in ("IMDB_DATA_DIR", "KERAS_BACKEND"):
        patch.delenv(name, raising=False)
    patch.setattr(devices, "cpu_cores", lambda: 0)  # the queued run stays queued
    patch.setattr(paths, "PRETRAINED", place / "none")  # pages without networks are quick
    if broken:
        patch.setattr(
            messages,
            "perform",
            lambda action, *arguments, **more: messages.read_or_show_error(action, *arguments),
        )
    runs = every_state()
    views = [("watch", {"run": run.id}) for run in runs.values()]
    views += [] if broken else _views_beside_watch(runs)
    actions, unseen, refusals = [], [], itertools.cycle(REFUSALS)
    for page, query in views:
        app = view(page, **query)
        with refused(place, errno.EROFS) as before:
            app.run()
        for button in [button.key for button in app.button if button.key and not button.disabled]:
            if button == SHOWS_LESS:
                continue
            with refused(place, code := next(refusals)) as refused_paths:
                app.button(key=button).click().run()
            if not set(refused_paths) - set(before):
                app = view(page, **query)  # the button writes nothing; it may have led to another page
                continue
            actions.append((page, button))
            sentences = [
                error.value for error in app.error if os.strerror(code) in error.value.replace("\\", "")
            ]
            if len(sentences) != 1 or app.exception:
                unseen.append((page, button, len(sentences)))
    for run in runs.values():
        assert store.exists(run.id), "the folder was written nevertheless"
    figure = f"{len(unseen)} of {len(actions)} actions without their sentence {unseen[:3] or ''}".strip()
    return Outcome(figure, not unseen and (len(actions) >= FEWEST))


def _views_beside_watch(runs: dict[str, store.Run]) -> list[tuple[str, dict]]:
    """(page, what view() gets) of every page but Watch."""
    selections = [("runs", {"select": [run]}) for run in runs.values()]
    selections.append(("runs", {"select": [runs["stopped"], runs["failed"]]}))
    own = own_texts()
    forms = [
        ("texts", {}),
        ("texts", {"file": own}),
        ("train", {}),
        ("train", {"seeds": 3}),
        ("compare", {"runs": runs["stopped"].id}),
    ]
    return [*selections, *forms, *((page, {}) for page in ("data", "inspect", "classify", "learn"))]


def own_texts() -> Path:
    """A table of labelled texts, which is also stored as a data set."""
    table = paths.cache_folder().parent / "own.csv"
    table.write_text("text,label\n" + "".join(f"text {number},{'ab'[number % 2]}\n" for number in range(20)))
    proposal.add(table)
    return table


def every_state() -> dict[str, store.Run]:
    """state -> a run in this state. This process holds the lock of the running run."""
    runs = {"finished": trained_copy()}
    for state in ("stopped", "failed"):
        runs[state] = finished_run(state)
        store.record(runs[state].folder, state, message="It ended so.")
    for state in ("queued", "interrupted", "running"):
        runs[state] = finished_run(state)
        store.record(runs[state].folder, "queued", resumed=True)
        if state != "queued":
            store.record(runs[state].folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    store.record(runs["interrupted"].folder, "interrupted", message="It ended without notice.")
    _held.append(locks.hold(runs["running"].folder / layout.LOCK))
    runs["damaged"] = finished_run("damaged")
    (runs["damaged"].folder / layout.CONFIG).write_text("{")
    return {state: store.read(run.folder) for state, run in runs.items()}


_held: list[locks.Lock] = []


def view(page: str, *, select: Sequence[store.Run] = (), seeds: int = 1, file: Path | None = None, **query):
    """The page with these values in its link, ticked runs, `seeds` in its form, and a file to add."""
    app = opened(page, **query)
    if file:
        app.segmented_control(key="own-path-way").set_value("Give its path").run()
        app.text_input(key="own-path").set_value(str(file)).run()
    if select:
        app.session_state["ticked"] = {run.id: run.name for run in select}
        app.run()
    if page == "train":
        app.selectbox(key="dataset").set_value("demo")
        app.number_input(key="seeds").set_value(seeds).run()
    return app


@contextmanager
def refused(place: Path, code: int):
    """While the context is open, writes below `place` fail with `code`; yields the list of refused paths."""
    if not _hooked:
        sys.addaudithook(_refuse)
        _hooked.append(True)
    _refusing.append((str(place), code, paths_refused := []))
    try:
        yield paths_refused
    finally:
        _refusing.pop()


_hooked: list[bool] = []  # an audit hook cannot be removed
_refusing: list[tuple[str, int, list[str]]] = []


def _refuse(event: str, arguments: tuple) -> None:
    if not _refusing or event not in ("open", *CHANGES) or not isinstance(arguments[0], str | os.PathLike):
        return
    place, code, paths_refused = _refusing[-1]
    path = os.fspath(arguments[0])
    writes = event != "open" or (arguments[2] or 0) & WRITES
    if writes and str(path).startswith(place):
        paths_refused.append(path)
        raise OSError(code, os.strerror(code), path)
