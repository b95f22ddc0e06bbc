"""Machines with CPU quotas, and graphics cards under all their names."""

import os
import sys
from functools import partial

from imdb_core.runs import cards, cores, devices, launcher, store
from imdb_core.training import device_setup
from tests.cgroups import v1, v2, write
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.workers import ENDLESS, config
from tests.nvidia import Card, Driver, MigDevice
from tests.stub_worker import use_stub

# (files, whole cores) for quotas of 0.5, 0.5, 1.5 and 3 cores, and twice for a quota of the parent group.
QUOTAS = [
    (v2("/", _="50000 100000"), 1),
    (v1("/docker/x", mounted="/docker/x", _=(50000, 100000)), 1),
    (v2("/", _="150000 100000"), 1),
    (v1("/a", controllers="cpu,cpuacct", at="/sys/fs/cgroup/cpu,cpuacct", a=(300000, 100000)), 3),
    (v2("/pod/box", pod="200000 100000", pod_box="max 100000"), 2),
    (v1("/pod/box", pod=(200000, 100000), pod_box=(-1, 100000)), 2),
]


@row(
    "I10",
    "a container with less CPU time than cores",
    "as many slots and threads as whole cores",
    breaks=("all cores count",),
)
def cpu_quotas(place, patch, broken):
    use_stub(patch, STUB_EPOCHS=ENDLESS)
    patch.setattr(cores, "_scheduled", lambda: 64)
    if broken:
        patch.setattr(cores, "_quotas", lambda root: [])
    counted = [
        _slots_and_threads(place / str(number), patch, files) for number, (files, _) in enumerate(QUOTAS)
    ]
    right = sum(
        slots == threads == whole for (slots, threads), (_, whole) in zip(counted, QUOTAS, strict=True)
    )
    return Outcome(f"{right} of {len(QUOTAS)} machines right", right == len(QUOTAS))


def _slots_and_threads(place, patch, files) -> tuple[int, int]:
    """How many of five runs train at once with these `files`, and the threads of a run that trains alone."""
    patch.setenv("IMDB_RUNS_DIR", str(place / "runs"))
    patch.setattr(devices, "cpu_cores", partial(cores.cpu_cores, write(files, place / "root")))
    first = launcher.submit(config())
    runs = [first, *(launcher.submit(config()) for _ in range(4))]
    slots = sum(store.read(run.folder).active for run in runs)
    for run in reversed(runs):  # queued runs first, else a stop would start the next queued run
        if store.read(run.folder).active:
            launcher.end(run)
        else:
            launcher.stop(run)
    return slots, first.event("started")["threads"]


TESLA, HOPPER, DIVIDED = "GPU-1111-t4", "GPU-2222-h100", "GPU-3333-a100"
PARTS = {0: MigDevice("MIG-aaaa", 1, 0), 2: MigDevice("MIG-bbbb", 2, 0)}
# In the driver's order. CUDA counts the fastest card first.
CARDS = [Card(TESLA, "NVIDIA T4"), Card(HOPPER, "NVIDIA H100", refused=("nvmlDeviceGetMemoryInfo",))]
CUDA = [HOPPER, TESLA]
LISTS = [None, "0", "1", "1,0", "0,-1,1", HOPPER, "GPU-1111", "", "NoDevFiles", "0,0"]
LISTS += ["MIG-bbbb", "MIG-aaaa,MIG-bbbb", f"MIG-{DIVIDED}/2/0"]


@row(
    "I11",
    "CUDA_VISIBLE_DEVICES by number, UUID and MIG name; cards that hide figures",
    "0 forbidden cards used, 0 allowed cards missed",
    breaks=("the driver's number", "a failing card hides all"),
)
def cards_by_name(place, patch, broken):
    used = result_in_new_process(_used_of_all, broken or "")
    wrong = [listed for listed, names in zip(LISTS, used, strict=True) if names != _allowed(listed)]
    first = f", the first {wrong[0]!r}" if wrong else ""
    return Outcome(
        f"{len(wrong)} of {len(LISTS)} lists wrong{first}, {sum(map(len, used))} cards shown", not wrong
    )


def _used_of_all(broken: str) -> list[list[str]]:
    """For each of LISTS, the cards on which runs would train. Called in a new process."""
    if broken == "the driver's number":
        device_setup._token = lambda wanted: wanted.removeprefix("gpu:")
    if broken == "a failing card hides all":
        cards._answer = lambda driver, question, *arguments: getattr(driver, question)(*arguments)
    return [_used(listed) for listed in LISTS]


def _used(listed: str | None) -> list[str]:
    """The names of the cards that a framework is shown, one for each device that the app offers."""
    sys.modules["pynvml"] = Driver(*([Card(DIVIDED, parts=PARTS)] if "MIG" in str(listed) else CARDS))
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    os.environ.update({} if listed is None else {"CUDA_VISIBLE_DEVICES": listed})
    before, used = dict(os.environ), []
    for gpu in devices.gpus():
        device_setup.prepare(gpu.device, 1)
        used.append(_cards_own_name(os.environ["CUDA_VISIBLE_DEVICES"]))
        os.environ.clear()
        os.environ.update(before)
    return sorted(used)


def _allowed(listed: str | None) -> list[str]:
    """The names of the cards that CUDA allows for the list."""
    if listed is None:
        return sorted(CUDA)
    return sorted(_cards_own_name(entry) for entry in cards.entries(listed))


def _cards_own_name(entry: str) -> str:
    """The name of the card, or of the MIG device, that CUDA shows for one entry."""
    if entry.isdecimal():
        return CUDA[int(entry)]
    names = [TESLA, HOPPER, *(part.uuid for part in PARTS.values())]
    older = {f"MIG-{DIVIDED}/{part.gpu_instance}/0": part.uuid for part in PARTS.values()}
    return older.get(entry) or next((name for name in names if name.startswith(entry)), f"none: {entry}")
