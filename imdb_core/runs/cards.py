"""The NVIDIA GPUs this process may use: what the driver (NVML) shows and CUDA_VISIBLE_DEVICES allows.

CUDA_VISIBLE_DEVICES lists GPUs by number or by name ("GPU-..." or "MIG-..."). CUDA reads it up to the first
wrong entry. CUDA numbers the cards in its own order, set by CUDA_DEVICE_ORDER, which may differ from the
driver's order. So a framework gets the user's own entry or the card's name, not the driver's number. For a
card without a name, CUDA is told to use the driver's order. Called by devices and the worker.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

VISIBLE, ORDER = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
NAMELESS = "NVIDIA GPU"


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA card, or a MIG device: part number `part` of a divided card.

    `index` is the driver's number of the card. Memory is in bytes, None where the driver reports none.
    `token` is the value of CUDA_VISIBLE_DEVICES that shows a framework this GPU alone. `names` are the
    driver's names for the GPU, the card's own name first.
    """

    index: int
    name: str
    memory_total: int | None
    memory_used: int | None
    part: int | None = None
    token: str = field(default="", compare=False)
    names: tuple[str, ...] = field(default=(), compare=False)

    @property
    def device(self) -> str:
        """The GPU's name in a run's config: gpu:N, or gpu:N:M for a MIG device."""
        return f"gpu:{self.index}" if self.part is None else f"gpu:{self.index}:{self.part}"


def gpus(driver: Any = None, environment: Mapping[str, str] | None = None) -> list[Gpu]:
    """The GPUs this process may use, in the driver's order; [] if no driver works.

    `driver` (default: the module pynvml) has its functions. `environment` (default: os.environ) holds the
    environment variables.
    """
    environment = os.environ if environment is None else environment
    if driver is None:
        import pynvml  # here, because tests replace the module in sys.modules

        driver = pynvml
    try:
        driver.nvmlInit()
        try:
            cards = [_gpus_of_card(driver, index) for index in range(driver.nvmlDeviceGetCount())]
        finally:
            with contextlib.suppress(driver.NVMLError):
                driver.nvmlShutdown()
    except driver.NVMLError:
        return []
    if environment.get(VISIBLE) is None:
        return [gpu for card in cards for gpu in card]
    return sorted(_allowed(cards, environment), key=lambda gpu: (gpu.index, gpu.part or 0))


def entries(listed: str) -> list[str]:
    """The valid entries of CUDA_VISIBLE_DEVICES, as CUDA and PyTorch read the variable.

    All entries must be of the same kind: names of cards, names of MIG devices, or numbers. The list ends
    before the first wrong entry, such as -1 or NoDevFiles. Of a number only the leading digits count. If an
    entry comes twice, no entry is valid.
    """
    texts = [text.strip() for text in listed.split(",")]
    kind = next((kind for kind in ("GPU-", "MIG-") if texts[0].startswith(kind)), r"\+?[0-9]{1,9}")
    valid = []
    for text in texts:
        start = re.match(kind, text)
        if not start:
            break
        valid.append(text if kind.endswith("-") else str(int(start[0])))
    return valid if len(set(valid)) == len(valid) else []


def _gpus_of_card(driver: Any, index: int) -> list[Gpu]:
    """The card with the driver's number `index`, or its MIG devices; [] if this process may not use it."""
    handle = _answer(driver, "nvmlDeviceGetHandleByIndex", index)
    if handle is None:
        return []
    uuid = _answer(driver, "nvmlDeviceGetUUID", handle)
    mig_mode = _answer(driver, "nvmlDeviceGetMigMode", handle)
    if not mig_mode or not mig_mode[0]:
        names = (_text(uuid),) if uuid else ()
        return [_gpu(driver, handle, index, names=names, token=names[0] if names else str(index))]
    count = _answer(driver, "nvmlDeviceGetMaxMigDeviceCount", handle) or 0
    handles = [_answer(driver, "nvmlDeviceGetMigDeviceHandleByIndex", handle, part) for part in range(count)]
    return [
        _mig_device(driver, part_handle, index, part, card_name=_text(uuid or ""))
        for part, part_handle in enumerate(handles)
        if part_handle is not None
    ]


def _mig_device(driver: Any, handle: Any, index: int, part: int, *, card_name: str) -> Gpu:
    """A MIG device. Its names: the card's, its own, and "MIG-CARD/INSTANCE/INSTANCE" as in older drivers."""
    uuid = _answer(driver, "nvmlDeviceGetUUID", handle)
    instances = [_answer(driver, f"nvmlDeviceGet{kind}InstanceId", handle) for kind in ("Gpu", "Compute")]
    older_name = f"MIG-{card_name}/{instances[0]}/{instances[1]}"
    name = _text(uuid or older_name)
    return _gpu(driver, handle, index, part=part, names=(card_name, name, older_name), token=name)


def _gpu(driver: Any, handle: Any, index: int, **fields: Any) -> Gpu:
    memory = _answer(driver, "nvmlDeviceGetMemoryInfo", handle)
    name = _text(_answer(driver, "nvmlDeviceGetName", handle) or NAMELESS)
    return Gpu(index, name, memory and memory.total, memory and memory.used, **fields)


def _answer(driver: Any, question: str, *arguments: Any) -> Any:
    """The driver's answer; None if the driver does not support or allow the question, or pynvml lacks it."""
    try:
        return getattr(driver, question)(*arguments)
    except (driver.NVMLError, AttributeError):
        return None


def _text(answer: str | bytes) -> str:
    return answer if isinstance(answer, str) else answer.decode("utf-8", "replace")


def _allowed(cards: list[list[Gpu]], environment: Mapping[str, str]) -> list[Gpu]:
    """The GPUs that CUDA_VISIBLE_DEVICES lists."""
    allowed: list[Gpu] = []
    for entry in entries(environment[VISIBLE]):
        listed = _numbered(int(entry), cards, environment) if entry.isdecimal() else _named(entry, cards)
        if not listed:
            break
        if set(listed) & set(allowed):  # two short names of one card count as an entry that comes twice
            return []
        allowed += listed
    return allowed


def _numbered(number: int, cards: list[list[Gpu]], environment: Mapping[str, str]) -> list[Gpu]:
    """The GPU to which CUDA gives `number`, or [].

    Its card is known only if CUDA uses the driver's order, or if all cards are alike. Otherwise the GPU has
    no name and no figures.
    """
    if number >= len(cards):
        return []
    undivided = all(len(card) == 1 and card[0].part is None for card in cards)
    alike = len({gpu.name for card in cards for gpu in card}) == 1
    if undivided and (alike or environment.get(ORDER) == "PCI_BUS_ID"):
        return [replace(cards[number][0], token=str(number))]
    return [Gpu(number, NAMELESS, None, None, token=str(number))]


def _named(entry: str, cards: list[list[Gpu]]) -> list[Gpu]:
    """The GPU, or all MIG devices of the card, with the name `entry`; [] if a shortened name fits several."""
    fitting = [gpu for card in cards for gpu in card if any(_fits(entry, name) for name in gpu.names)]
    if entry.startswith("GPU-"):
        return fitting if len({gpu.index for gpu in fitting}) == 1 else []
    return fitting if len(fitting) == 1 else []


def _fits(entry: str, name: str) -> bool:
    """Whether `entry` is `name` or its beginning.

    Of "MIG-GPU-.../1/0" only the part before the first slash may be shortened.
    """
    (short, *instances), (full, *own_instances) = entry.lower().split("/"), name.lower().split("/")
    return full.startswith(short) and instances == own_instances
