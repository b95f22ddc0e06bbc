"""Which processors this machine has, without loading any deep-learning framework. Called by the launcher and the Train page."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA card; `index` is the driver's number, memory in bytes."""

    index: int
    name: str
    memory_total: int
    memory_used: int


def gpus() -> list[Gpu]:
    """The NVIDIA GPUs the driver shows and CUDA_VISIBLE_DEVICES allows; [] without a driver."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        return [_gpu(pynvml, index) for index in range(pynvml.nvmlDeviceGetCount()) if _visible(index)]
    except pynvml.NVMLError:
        return []
    finally:
        pynvml.nvmlShutdown()


def cpu_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose(wanted: str, busy: list[str], available: list[Gpu] | None = None) -> str | None:
    """The device for a run that wants auto, cpu or gpu:N while `busy` devices are taken; None = wait.

    One slot per GPU; one CPU slot per core. A GPU that is asked for but not there is chosen anyway: the worker says why it
    goes on on the CPU.
    """
    cards = [f"gpu:{gpu.index}" for gpu in (gpus() if available is None else available)]
    if wanted == "auto" and cards:
        return next((card for card in cards if card not in busy), None)
    if wanted.startswith("gpu"):
        return None if wanted in busy else wanted
    return "cpu" if busy.count("cpu") < cpu_cores() else None


def _gpu(pynvml, index: int) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    name, memory = pynvml.nvmlDeviceGetName(handle), pynvml.nvmlDeviceGetMemoryInfo(handle)
    return Gpu(index, name if isinstance(name, str) else name.decode(), memory.total, memory.used)


def _visible(index: int) -> bool:
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return allowed is None or str(index) in (number.strip() for number in allowed.split(","))
