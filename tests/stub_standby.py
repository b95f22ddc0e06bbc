"""A standby without Keras for tests: python -m stub_standby FOLDER --device cpu ...

It waits and takes a run as imdb_core.training.standby does, then trains like stub_worker.py. Environment
variables:
STANDBY_WARM_SECONDS  how long it takes to get ready; 0 by default
STANDBY_IDLE_SECONDS  when it ends without a run
STANDBY_DIES          "asked": is killed when it sees its assignment; "taken": when it has taken the run, but
                      not recorded its start; "warm": fails while it gets ready
"""

import os
import signal
import sys
import time

from imdb_core.runs import standby as runs_standby
from imdb_core.training import standby, warm_up, worker
from tests import stub_worker


def use_stub_standby(patch, **environment) -> None:
    """Pages start this standby from now on, with these variables; it and the workers train nothing."""
    stub_worker.use_stub(patch, **environment)
    patch.setenv("IMDB_STANDBY", "stub_standby")
    patch.setattr(runs_standby, "started_here", runs_standby.StartedHere())
    patch.setattr(runs_standby, "LOOK_SECONDS", 0.0)
    patch.setattr(runs_standby, "WANTED_SECONDS", 0.0)
    patch.setattr(runs_standby, "NEEDED_BYTES", 0)


def main() -> int:
    dies = os.environ.get("STANDBY_DIES")
    standby.SPARE_BYTES, standby.CHECK_SECONDS = 0, 0.05
    standby.IDLE_SECONDS = float(os.environ.get("STANDBY_IDLE_SECONDS", "60"))
    warm_up.get_ready = _get_ready
    worker.complete = _complete
    if dies == "asked":
        standby.background.opened_log = _die
    if dies == "taken":
        standby.background.redirect_output = _die
    return standby.main()


def _get_ready(network, dataset, chosen, is_taken) -> None:
    if os.environ.get("STANDBY_DIES") == "warm":
        raise RuntimeError("The stub was told to fail while it gets ready.")
    time.sleep(float(os.environ.get("STANDBY_WARM_SECONDS", "0")))


def _complete(run, recorder, chosen, prepare_device) -> int:
    print("trained by a standby", flush=True)
    stub_worker.go_on(run, recorder)
    return 0


def _die(*_) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
