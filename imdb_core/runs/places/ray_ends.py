"""Why a job of a cluster ended, as a sentence, and whether the run itself was the cause. Called by ray."""

from dataclasses import dataclass

from imdb_core.config import memory_hyperparameters
from imdb_core.errors import LONGEST_REASON
from imdb_core.runs import starts
from imdb_core.runs.places.ray_api import Job
from imdb_core.runs.run import Run
from imdb_core.sentences import Sentence

# Ray's codes of a job whose process was lost by no fault of its own.
NODE_DIED = "JOB_SUPERVISOR_ACTOR_DIED"
PENDING_TOO_LONG = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
LOST = (
    *(
        NODE_DIED,
        PENDING_TOO_LONG,
        "JOB_SUPERVISOR_ACTOR_START_FAILURE",
        "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE",
    ),
    "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE",
)
# Ray has no code for it: its message says that it killed a process because the node's memory was nearly full.
OUT_OF_MEMORY = "node running low on memory"
KILLED = -9  # the exit code of a process that signal 9 has ended, on Linux


@dataclass(frozen=True)
class End:
    """How a job ended: a sentence for people, and whether it was `lost` without a fault of the run."""

    sentence: Sentence
    lost: bool


def end(job: Job | None, run: Run, place: str) -> End:
    """How `job` of the run ended; None: the cluster does not know it, because it was started anew.

    `place` is the cluster's name for people.
    """
    if job is None:
        return End(Sentence("cluster_forgot", place=place), lost=True)
    if OUT_OF_MEMORY in job.message:
        return End(Sentence("node_out_of_memory", place=place, settings=_settings(run)), lost=False)
    if job.exit_code == starts.ALREADY_TRAINED:
        return End(Sentence("already_trained", place=place), lost=True)
    if job.error == NODE_DIED:
        return End(Sentence("node_died", place=place), lost=True)
    if job.error == PENDING_TOO_LONG:
        return End(Sentence("pending_too_long", place=place), lost=True)
    if job.error in LOST:
        return End(Sentence("job_lost", place=place, reason=_line(job.message)), lost=True)
    return End(_own_end(job, run, place), lost=False)


def _own_end(job: Job, run: Run, place: str) -> Sentence:
    """How the worker's command ended, which the node could start."""
    if job.exit_code == KILLED:
        return Sentence("killed", settings=_settings(run))
    if job.state == "STOPPED":
        return Sentence("job_stopped", place=place)
    if job.state == "SUCCEEDED":
        return Sentence("ended_silently")
    if job.exit_code is not None:
        return Sentence("job_exited", place=place, exit_code=job.exit_code, reason=_line(job.message))
    return Sentence("job_failed", place=place, reason=_line(job.message))


def _settings(run: Run) -> str:
    """The hyperparameters of the run that cost memory, with their values."""
    return ", ".join(f"{name} {getattr(run.config, name)}" for name in memory_hyperparameters(run.network))


def _line(message: str) -> str:
    """The last line of Ray's message or of the job's log in it, without a full stop."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return (lines[-1] if lines else "no reason was given")[:LONGEST_REASON].removesuffix(".")
