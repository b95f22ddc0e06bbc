"""A worker elsewhere is stopped by an event in the run's folder alone, in whatever phase it is."""

import os
import subprocess
import sys

import pytest

from imdb_core.runs import layout, store
from tests.recorded_runs import event_kinds

# A phase -> a patch that makes it last, so that the stop comes while it goes on.
LONG = {
    "starting_keras": "",
    "training": "",
    "evaluating": """
from imdb_core.data import batches
once = batches.evaluation_batches
def again_and_again(reviews, config):
    import time
    for _ in range(600):
        time.sleep(0.1)
        yield from once(reviews, config)
from imdb_core.training import course
evaluate = course.Course.evaluate
def long_evaluate(self):
    batches.evaluation_batches = again_and_again
    return evaluate(self)
course.Course.evaluate = long_evaluate
""",
}
WORKER = "import sys\n{patch}\nfrom imdb_core.training import worker\nsys.exit(worker.main(sys.argv[1:]))"


@pytest.mark.parametrize("phase", LONG)
def test_a_stop_in_the_folder_is_obeyed_in_each_phase(tiny, phase, wait_until):
    run = store.create(tiny(epochs=1 if phase == "evaluating" else 200), store.new_id())
    following = store.create(tiny(), store.new_id())
    command = [sys.executable, "-c", WORKER.format(patch=LONG[phase]), run.folder, "--elsewhere"]
    worker = subprocess.Popen(command, env=os.environ)
    try:
        wait_until(lambda: store.read(run.folder).event("phase").get("phase") == phase, 300)
        store.record(run.folder, "stop-requested")
        assert worker.wait(120) == 0
    finally:
        worker.kill()
        worker.wait()
    stopped = store.read(run.folder)
    assert stopped.ending["event"] == "stopped"
    assert "finished" not in event_kinds(run)
    assert event_kinds(following) == ["queued"]
    assert not (run.folder / layout.HEARTBEAT).exists()
