"""Which processors this machine has, without loading any deep-learning framework. Called by the launcher and
the Train page.
"""

from imdb_core.runs.cards import Gpu, gpus
from imdb_core.runs.cores import cpu_cores

__all__ = ["Gpu", "choose", "cpu_cores", "gpus"]


def choose(wanted: str, busy: list[str], available: list[Gpu] | None = None) -> str | None:
    """The device for a run that wants auto, cpu or gpu:N while `busy` devices are taken; None = wait.

    One slot per GPU; one CPU slot per core. A GPU that is asked for but not there is chosen anyway: the
    worker says why it goes on on the CPU.
    """
    cards = [gpu.device for gpu in (gpus() if available is None else available)]
    if wanted == "auto" and cards:
        return next((card for card in cards if card not in busy), None)
    if wanted.startswith("gpu"):
        return None if wanted in busy else wanted
    return "cpu" if busy.count("cpu") < cpu_cores() else None
