"""Choose the processor for a run, without loading Keras.

Called by the launcher, cost, scoring and the Train page.
"""

from imdb_core.runs.cards import Gpu, gpus
from imdb_core.runs.cores import cpu_cores

__all__ = ("Gpu", "choose", "cpu_cores", "gpus", "slots")


def slots() -> int:
    """How many runs of device "auto" train at once on this machine: one per GPU, or one per core."""
    return len(gpus()) or cpu_cores()


def choose(device: str, busy: list[str], *, available: list[Gpu] | None = None) -> str | None:
    """The device for a run whose config says auto, cpu or gpu:N; None if the run must wait for a `busy` one.

    One slot per GPU; one CPU slot per core. If a run names a GPU that this machine lacks, this GPU is chosen
    anyway: the worker trains on the CPU and says why. `available` is gpus() by default.
    """
    names = [gpu.device for gpu in (gpus() if available is None else available)]
    if device == "auto" and names:
        return next((name for name in names if name not in busy), None)
    if device.startswith("gpu"):
        return None if device in busy else device
    return "cpu" if busy.count("cpu") < cpu_cores() else None
