"""Names that a shell would execute."""

import ast
import subprocess
from contextlib import redirect_stdout
from io import StringIO

from imdb_core import __main__ as command_line
from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.waiting import wait_until
from tests.stub_worker import use_stub


@row("G12", "a name is a shell command", "0 shells in the code, 0 commands executed", breaks=("a shell",))
def names_as_commands(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="1", STUB_STEP_SECONDS="0.01")
    marks = [place / f"mark-{number}" for number in range(4)]
    if broken:
        patch.setattr(
            launcher,
            "submit",
            lambda config: subprocess.run(f"echo {config.name}", shell=True, check=False),  # noqa: S602
        )
    for form, mark in zip(("$(touch {})", "`touch {}`", "; touch {} #", "| touch {}"), marks, strict=True):
        run = launcher.submit(configs.preset("lstm", dataset="demo", name=form.format(mark)))
        if not broken:
            wait_until(lambda run=run: store.read(run.folder).state in store.ENDED)
            store.rename(store.read(run.folder), form.format(mark)[::-1])
            with redirect_stdout(StringIO()):
                command_line.main(["runs"])
    sources = [
        path for folder in ("imdb_core", "pages", "ui") for path in (paths.PROJECT / folder).rglob("*.py")
    ]
    shells = [hit for path in sources for hit in _shells(ast.parse(path.read_text("utf-8")))]
    executed = sum(mark.exists() for mark in marks)
    return Outcome(
        f"{len(shells)} shells in {len(sources)} files, {executed} of {len(marks)} commands executed",
        not shells and not executed,
    )


def _shells(tree) -> list[str]:
    """Calls that give a text to a shell."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    options = [word for call in calls for word in call.keywords if word.arg == "shell"]
    named = [ast.unparse(call.func) for call in calls]
    return [ast.unparse(option) for option in options] + [
        name for name in named if name in ("os.system", "os.popen", "pty.spawn")
    ]
