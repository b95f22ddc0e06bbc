"""Choose the processor for a run, without loading Keras.

Called by the launcher, cost, scoring and the Train page.
"""

from imdb_core.runs.cards import Gpu, gpus
from imdb_core.runs.cores import cpu_cores

__all__ = ("Gpu", "choose", "cpu_cores", "gpus")


def choose(wanted: str, busy: list[str], *, available: list[Gpu] | None = None) -> str | None:
    """The device for a run that wants auto, cpu or gpu:N while `busy` devices are taken; None: it must wait.

    One slot per GPU; one CPU slot per core. If a run names a GPU that this machine lacks, this GPU is chosen
    anyway: the worker trains on the CPU and says why. `available` is gpus() by default.
    """
    names = [gpu.device for gpu in (gpus() if available is None else available)]
    if wanted == "auto" and names:
        return next((name for name in names if name not in busy), None)
    if wanted.startswith("gpu"):
        return None if wanted in busy else wanted
    return "cpu" if busy.count("cpu") < cpu_cores() else None
