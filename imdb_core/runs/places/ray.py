"""A Ray cluster as a place: one job of Ray for each start of a run. Called by places.

The submission id is the run's id and the number of the start. Ray refuses an id that it has already, so no
start happens twice: after a lost answer the same id is sent again.
"""

import contextlib
import re

from imdb_core.config import RunConfig
from imdb_core.operating_system import machine
from imdb_core.runs import heartbeat, refusals, starts, store, workers
from imdb_core.runs.places import ray_command, ray_ends, ray_watch
from imdb_core.runs.places.place import PlaceError
from imdb_core.runs.places.ray_api import Job, RayApi, Unreachable
from imdb_core.runs.places.settings import ClusterSettings
from imdb_core.runs.rows import Row
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence

ORPHAN_SECONDS = 10.0  # without a beat a worker whose job has ended has ended, too
MOST_LOST = 5  # so often in a row a run that was lost goes on by itself without a new epoch
MOST_FAILED = 2  # so often a worker may fail before it has recorded its start


class Cluster:
    """The Ray cluster of one table of the settings file; see Place."""

    end_seconds = 6.0 + ray_command.STOP_SECONDS  # Ray's list of jobs says so a few seconds later
    workers_dispatch = False

    def __init__(self, settings: ClusterSettings) -> None:
        self.settings = settings
        self.name, self.title = settings.name, settings.title
        key = settings.address, settings.token_file
        self.watch = ray_watch.watch(lambda: RayApi(*key), key)

    def get_ready(self, config: RunConfig) -> None:
        self.watch.look()

    def slots(self) -> int:
        look = self._answered()
        if self.settings.runs_at_once:
            return self.settings.runs_at_once
        return sum(self._slots_of(node.cpus, node.gpus) for node in look.nodes)

    def occupies(self, run: Run) -> bool:
        return True

    def device(self, run: Run, busy: list[str]) -> str | None:
        """The device for the run; None if no slot is free. Raises PlaceError.

        Ray fails a job that waits for 15 minutes, so no job is submitted without a free slot. The jobs of
        other users of the cluster count as well, each as one slot.
        """
        look = self._answered()
        if refusal := self.watch.refusal():
            raise PlaceError(refusal)
        taken = self.watch.sent() | {id for id, job in look.jobs.items() if job.is_open}
        if max(len(taken), len(busy)) >= self.slots() or run.config is None:
            return None
        return "cpu" if run.config.device == "cpu" or not self.settings.gpus else "gpu"

    def threads(self, *, alone: bool) -> int:
        return self.settings.cpus

    def start(self, run: Run, device: str, *, threads: int) -> bool:
        if run.stop_requested:  # before its worker started
            store.record(run.folder, "stopped", code="taken_from_queue")
            return False
        job = self._job(run)
        if job is None or self.watch.look().jobs.get(job):
            job = self._next_job(run, job)
        if job is None:
            return False
        refusals.forget(run.folder)
        folder = ray_command.run_folder(self.settings, run.id)
        options = ("--device", device, "--threads", threads, "--elsewhere")
        gpus = self.settings.gpus if device == "gpu" else 0
        fields = ray_command.job(self.settings, workers.WORKER, folder, *options, gpus=gpus)
        self.watch.submit(job, metadata={"run": run.id}, **fields)
        return True

    def alive(self, run: Run) -> bool | None:
        """Ray's state of the job decides; where Ray cannot tell, the heartbeat in the run's folder does."""
        id = self._job(run)
        if id is None:
            return False
        look, started = self.watch.look(), self._started(run)
        job, beats = look.jobs.get(id), bool(started and heartbeat.alive(run.folder, started))
        if look.problem is None and job is not None:
            # If Ray has seen the process end, a fresh heartbeat is only what the process has left.
            is_fresh = beats and heartbeat.silent_seconds(run.folder) < ORPHAN_SECONDS
            orphan = is_fresh and job.error in ray_ends.LOST
            return job.is_open or orphan
        if beats or self.watch.is_sending(id):
            return True
        if look.problem is not None:
            return None
        if not started:  # it was never submitted, or lost with the head: start() sends it again
            return False
        silent = heartbeat.silent_seconds(run.folder) > heartbeat.SILENT_SECONDS
        return False if silent else None

    def why_unreachable(self, run: Run) -> Sentence:
        look = self.watch.look()
        if look.problem is None:
            seconds = heartbeat.silent_seconds(run.folder)
            return Sentence("job_unknown", place=self.title, seconds=seconds)
        seconds = self.watch.silent_seconds
        return Sentence("cluster_unreachable", place=self.title, reason=look.problem, seconds=seconds)

    def stop(self, run: Run, *, force: bool) -> bool:
        """Have Ray end the job, if `force` or if its worker waits for its start.

        A worker that runs has found the event "stop-requested" in its folder by then.
        """
        id = self._job(run)
        if id is None:
            return False
        job = self.watch.look().jobs.get(id)
        is_waiting = job is not None and job.state == "PENDING" and not self._started(run)
        if force or is_waiting:
            self._stop_job(id)
        return True

    def how_it_ended(self, run: Run) -> Sentence:
        return self._end(run).sentence

    def goes_on_by_itself(self, run: Run) -> bool:
        """Whether the run was lost without its own fault, fewer than MOST_LOST times since an epoch."""
        if run.stop_requested or not self._end(run).lost:
            return False
        since = run.events_since("epoch-saved") or run.events
        return [event["event"] for event in since].count("interrupted") < MOST_LOST

    def _stop_job(self, id: str) -> None:
        with contextlib.suppress(Unreachable):  # the event in the run's folder still reaches the worker
            self.watch.api.stop(id)

    def _next_job(self, run: Run, ended: str | None) -> str | None:
        """The submission id of a further start, recorded as "launching"; None if the run has failed.

        `ended` is the job of the start before, which has ended without recording that it started.
        """
        attempts = starts.since_queued(run)
        if ended:
            end = ray_ends.end(self._job_of(ended), run, self.title)
            if attempts >= (MOST_LOST if end.lost else MOST_FAILED):
                starts.record_failure(run, end.sentence)
                return None
        id = f"{run.id}-{starts.in_all(run) + 1}"
        store.record(
            run.folder, "launching", attempt=attempts + 1, place=self.name, job=id, **machine.identity()
        )
        return id

    def _end(self, run: Run) -> ray_ends.End:
        id = self._job(run)
        return ray_ends.end(self._job_of(id) if id else None, run, self.title)

    def _job_of(self, id: str) -> Job | None:
        return self.watch.look().jobs.get(id)

    @staticmethod
    def _job(run: Run) -> str | None:
        """The submission id of the newest start since the run was queued; None if it was not started."""
        launched = (event for event in reversed(run.since_queued) if event.get("event") == "launching")
        id = str(next(launched, {}).get("job"))
        return id if re.fullmatch(rf"{re.escape(run.id)}-[0-9]+", id) else None  # never another run's job

    @staticmethod
    def _started(run: Run) -> Row:
        """The newest "started" since the run was queued; {} if no worker has recorded it."""
        return next((event for event in reversed(run.since_queued) if event.get("event") == "started"), {})

    def _slots_of(self, cpus: float, gpus: float) -> int:
        by_gpu = [int(gpus // self.settings.gpus)] if self.settings.gpus else []
        return min(int(cpus // self.settings.cpus), *by_gpu) if by_gpu else int(cpus // self.settings.cpus)

    def _answered(self) -> ray_watch.Look:
        """The newest look. Raises PlaceError if the cluster is unreachable."""
        look = self.watch.look()
        if look.problem:
            raise PlaceError(look.problem)
        return look
