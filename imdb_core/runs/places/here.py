"""This machine as a place: it starts a worker process for each run, and sends it signals. Called by places.

The run's lock tells whether a worker of this machine lives. Several machines may share a folder of runs, and
a lock may not hold between them. So for a run that another machine trains "here", on itself, the heartbeat in
the run's folder decides.
"""

from imdb_core.config import RunConfig
from imdb_core.operating_system import machine
from imdb_core.runs import devices, heartbeat, layout, locks, signals, standby, workers
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence


class Here:
    """The machine on which this code runs; see Place."""

    name = "here"
    title = "this machine"
    end_seconds = 5.0
    workers_dispatch = True

    def get_ready(self, config: RunConfig) -> None:
        standby.keep_ready(config)

    def slots(self) -> int:
        return devices.slots()

    def occupies(self, run: Run) -> bool:
        return machine.is_this(run.machine)

    def device(self, run: Run, busy: list[str]) -> str | None:
        return devices.choose(run.config.device, busy) if run.config else None

    def threads(self, *, alone: bool) -> int:
        return devices.cpu_cores() if alone else 1

    def start(self, run: Run, device: str, *, threads: int) -> bool:
        return workers.start(run, device, threads=threads)

    def alive(self, run: Run) -> bool | None:
        if machine.is_this(run.machine):
            return locks.held(run.folder / layout.LOCK)
        return heartbeat.alive(run.folder, run.machine)

    def why_unreachable(self, run: Run) -> Sentence:
        seconds = heartbeat.silent_seconds(run.folder)
        return Sentence("other_machine_silent", host=str(run.machine.get("host")), seconds=seconds)

    def stop(self, run: Run, *, force: bool) -> bool:
        worker = workers.process(run)
        if worker is None:
            return False
        (signals.end_by_force if force else signals.ask_to_end)(run, worker)
        return True

    def how_it_ended(self, run: Run) -> Sentence:
        return workers.end_message(run)

    def goes_on_by_itself(self, run: Run) -> bool:
        return False


HERE = Here()
