"""The sentence about an action is shown once, on the next page; every action goes through ui.messages."""

import ast
import errno
import os

import pytest
from apptest import errors, opened

from imdb_core import paths
from imdb_core.errors import RunError
from imdb_core.runs import launcher, layout, locks, store
from ui import messages
from ui.pages import PAGES

FILES = [path for folder in ("pages", "ui") for path in sorted((paths.PROJECT / folder).rglob("*.py"))]
BUTTONS = ("st.button", "st.form_submit_button")
# Callbacks that change only what the page shows.
HARMLESS = (
    "set_review",
    "show_random",
    "change_list.undo_changes",
    "change_list.forget_changes",
    "change_list.apply_all",
)


def failing(*_, **__):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), layout.EVENTS)


# Where and how long a sentence is shown


@pytest.mark.parametrize("script", [page.script for page in PAGES])
def test_every_page_shows_a_kept_sentence_once_above_everything_else_but_its_title(script):
    app = opened(script)
    app.session_state["messages-waiting"] = [
        ("failed", "It failed."),
        ("failed", "It failed."),
        ("done", "Deleted."),
    ]
    app.run()
    assert errors(app)[0] == "It failed." and errors(app).count("It failed.") == 1
    assert [toast.value for toast in app.toast] == ["Deleted\\."]
    app.run()
    assert "It failed." not in errors(app) and not app.toast


def test_a_click_that_waits_for_another_process_names_it_while_it_waits(tmp_path, monkeypatch):
    toasts = []
    monkeypatch.setattr(locks, "SILENT_SECONDS", 0)
    monkeypatch.setattr(messages.st, "toast", lambda text, **_: toasts.append(text))
    with locks.hold(tmp_path / "queue.lock"):
        assert not messages.perform(locks.hold, tmp_path / "queue.lock", 0.2)
    [sentence] = toasts
    assert "holds queue" in sentence and "waiting for it for at most 0 s" in sentence


def test_a_rerun_by_the_page_itself_shows_failures_again_but_no_successes(finished_run, monkeypatch):
    run = finished_run()
    app = opened("watch", run=run.id)
    app.session_state["messages-waiting"] = [("failed", "It failed."), ("done", "Renamed.")]
    read, looks = store.read, []

    def changed(folder, **more):
        """The first thorough read shows another state, as if it had just changed."""
        now = read(folder, **more)
        looks.append(more)
        if looks.count({}) == 1 and not more:
            now.__dict__["state"] = "stopped"
        return now

    monkeypatch.setattr(store, "read", changed)
    app.run()
    assert looks.count({}) > 1, "the page must have run a second time"
    assert errors(app) == ["It failed."] and len(app.toast) == 1


def test_a_failure_leaves_the_page_as_it_is_and_a_success_leads_on(finished_run, monkeypatch):
    run = finished_run("old")
    app = opened("watch", run=run.id)
    with monkeypatch.context() as patch:
        patch.setattr(store.file_access, "move_folder", failing)
        app.button(key=f"delete-for-good-{run.id}").click().run()
    assert app.title[0].value == "old" and "could not be deleted: Permission denied" in errors(app)[0]
    app.button(key=f"delete-for-good-{run.id}").click().run()
    assert app.title[0].value == "All runs" and [toast.value for toast in app.toast] == ["Deleted “old”\\."]
    assert not app.error and not store.runs()


def test_of_several_seeds_the_page_says_which_are_queued_and_a_second_click_queues_the_rest(
    monkeypatch, stub_worker
):
    create, tries = store.create, []

    def full_disk_after_two(config, id):
        tries.append(id)
        if len(tries) == 3:
            raise RunError("The run could not be written: No space left on device.")
        return create(config, id)

    monkeypatch.setattr(store, "create", full_disk_after_two)
    app = opened("train")
    app.selectbox(key="dataset").set_value("demo")
    app.number_input(key="seeds").set_value(4).run()
    app.button(key="start").click().run()
    assert errors(app) == [
        "Only 2 of 4 runs could be queued (seed 7, 8). The run could not be written: No space left on device."
    ]
    app.button(key="start").click().run()
    assert not app.error and sorted(run.config.seed for run in launcher.runs()) == [7, 8, 9, 10]


# No button goes another way


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_of_a_page_is_called_through_messages(path):
    assert not list(_other_ways(ast.parse(path.read_text("utf-8")), path.stem))


@pytest.mark.parametrize(
    "source",
    [
        "if st.button('Stop'):\n    launcher.stop(run)\n    st.rerun()",
        "if st.button('Stop') and read_or_show_error(launcher.stop, run):\n    pass",
        "pressed = st.button('Stop')\nif pressed:\n    read_or_show_error(launcher.stop, run)",
        "st.button('Stop', on_click=launcher.stop, args=(run,))",
        "def go():\n    launcher.stop(run)\nst.button('Stop', on_click=go)",
        "st.button('Stop', on_click=lambda: launcher.stop(run))",
        "with st.form('f'):\n    if st.form_submit_button('Save'):\n        store.rename(run, name)",
        "st.selectbox('Run', names, on_change=lambda: launcher.stop(run))",
    ],
)
def test_the_search_finds_an_action_that_is_called_directly(source):
    imports = "from imdb_core.runs import launcher, store\nfrom ui.messages import read_or_show_error\n"
    assert list(_other_ways(ast.parse(imports + source), "page"))


def _other_ways(tree, module):
    """Where a click's error could be lost: calls of the core outside messages, and reruns."""
    core = {name.asname or name.name for node in ast.walk(tree) if _from_core(node) for name in node.names}
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _has_button(node.value)]
    pressed = {target.id for node in assigned for target in node.targets}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.rerun" and module != "messages":
            yield "st.rerun forgets failures: messages.refresh"
        if isinstance(node, ast.If) and (_has_button(node.test) or _names(node.test) & pressed):
            yield from _calls_of_core([node.test, *node.body], core)
        if isinstance(node, ast.keyword) and node.arg in ("on_click", "on_change", "on_select"):
            yield from _handler(node.value, core, functions)


def _from_core(node):
    return isinstance(node, ast.ImportFrom) and node.module.startswith("imdb_core")


def _has_button(node):
    return any(isinstance(part, ast.Call) and ast.unparse(part.func) in BUTTONS for part in ast.walk(node))


def _names(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _calls_of_core(nodes, core):
    for call in [part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Call)]:
        name = ast.unparse(call.func)
        if name == "read_or_show_error" or (name.partition(".")[0] in core and name != "store.new_id"):
            yield ast.unparse(call)


def _handler(value, core, functions):
    """The calls in a handler itself. A function in its arguments is checked where it is passed."""
    name = ast.unparse(value)
    if isinstance(value, ast.Lambda):
        yield from _calls_of_core([value.body], core)
    elif name in functions:
        yield from _calls_of_core([functions[name]], core)
    elif isinstance(value, ast.Call):  # functools.partial(function, ...)
        yield from _handler(value.args[0], core, functions)
    elif not isinstance(value, ast.Constant) and name not in ("messages.clicked", *HARMLESS):
        yield name
