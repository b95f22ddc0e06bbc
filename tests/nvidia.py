"""A replacement of the module pynvml: the answers of NVIDIA's driver on simulated machines."""

from dataclasses import dataclass
from types import SimpleNamespace

import pynvml


@dataclass(frozen=True)
class MigDevice:
    """A part of a card, with its two instance numbers."""

    uuid: str
    gpu_instance: int
    compute_instance: int
    name: str = "NVIDIA A100 MIG 1g.5gb"
    memory: int = 5 * 10**9


@dataclass(frozen=True)
class Card:
    """A card, for which the functions `refused` fail; `parts` are its MIG devices by number, if divided."""

    uuid: str
    name: str = "NVIDIA A100"
    memory: int = 40 * 10**9
    refused: tuple[str, ...] = ()
    parts: dict[int, MigDevice] | None = None


class Driver:
    """A driver that shows `cards`; the functions `broken` fail for all cards, with the number `error`."""

    NVMLError = pynvml.NVMLError

    def __init__(
        self, *cards: Card, broken: tuple[str, ...] = (), error: int = pynvml.NVML_ERROR_NOT_SUPPORTED
    ):
        self._cards, self._broken, self._error = cards, broken, error

    def __getattr__(self, name):
        if not name.startswith("nvml"):
            raise AttributeError(name)

        def answer(*arguments):
            handle = arguments[0] if arguments else None
            if isinstance(handle, int):
                handle = self._cards[handle]
            if name in self._broken or name in getattr(handle, "refused", ()):
                raise pynvml.NVMLError(self._error)
            return ANSWERS[name](self, handle, *arguments[1:])

        return answer


def _mig_device(driver, card, number):
    if number not in card.parts:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
    return card.parts[number]


ANSWERS = {
    "nvmlInit": lambda driver, _: None,
    "nvmlShutdown": lambda driver, _: None,
    "nvmlDeviceGetCount": lambda driver, _: len(driver._cards),
    "nvmlDeviceGetHandleByIndex": lambda driver, card: card,
    "nvmlDeviceGetName": lambda driver, card: card.name,
    "nvmlDeviceGetUUID": lambda driver, card: card.uuid,
    "nvmlDeviceGetMemoryInfo": lambda driver, card: SimpleNamespace(total=card.memory, used=1),
    "nvmlDeviceGetMigMode": lambda driver, card: [int(card.parts is not None)] * 2,
    "nvmlDeviceGetMaxMigDeviceCount": lambda driver, card: 7,
    "nvmlDeviceGetMigDeviceHandleByIndex": _mig_device,
    "nvmlDeviceGetGpuInstanceId": lambda driver, part: part.gpu_instance,
    "nvmlDeviceGetComputeInstanceId": lambda driver, part: part.compute_instance,
}
