"""A machine without a GPU, and a server that must not use the GPU of its workers."""

import subprocess
import sys

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.runs import launcher, store
from tests.conftest import TINY
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab
from tests.faults.support.server import break_new_processes
from tests.faults.support.waiting import wait_until


@row(
    "D2",
    "a GPU was asked for and there is none",
    "the run trains on the CPU and its page says so",
    tensorflow=True,
    breaks=("no notice",),
)
def no_gpu(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    if broken:
        silent = (
            "from imdb_core.training import device_setup; device_setup.why_not_usable = lambda device: None"
        )
        break_new_processes(place, patch, silent)
    patch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    run = launcher.submit(configs.checked({**TINY, "device": "gpu:0", "epochs": 1}))
    wait_until(lambda: store.read(run.folder).state in store.ENDED, 120)
    app = Tab("watch").show(run=run.id)
    notices = [
        str(notice.value) for notice in [*app.warning, *app.info, *app.caption] if "CPU" in str(notice.value)
    ]
    state = store.read(run.folder).state
    return Outcome(
        f"{state}; the page says {notices[0][:90] if notices else 'nothing'!r}",
        state == "finished" and bool(notices),
    )


VISIT_ALL = """
import sys
from tests.apptest import opened
for page in sys.argv[1:]:
    opened(page)
loaded = sorted({"tensorflow", "keras", "jax", "torch"} & set(sys.modules))
print("loaded:", *loaded)
"""


@row(
    "D3",
    "the server takes the GPU's memory",
    "no framework is loaded after all pages",
    breaks=("a page loads one",),
)
def server_without_frameworks(place, patch, broken):
    program = VISIT_ALL
    if broken:
        (place / "tensorflow.py").write_text("")
        program = f"import sys; sys.path.insert(0, {str(place)!r}); import tensorflow\n{VISIT_ALL}"
    pages = [path.stem for path in sorted((paths.PROJECT / "pages").glob("*.py"))]
    command = [sys.executable, "-c", program, *(pages[:1] if broken else pages)]
    done = subprocess.run(
        command, cwd=paths.PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    frameworks = (
        done.stdout.split("loaded:")[-1].split()
        if "loaded:" in done.stdout
        else ["the pages themselves failed"]
    )
    return Outcome(
        f"{len(frameworks)} loaded after {len(pages)} pages {frameworks or ''}".strip(), not frameworks
    )
