"""Which GPUs may be used, how they are named, and what a framework is shown, on simulated machines."""

import os
import sys

import pynvml
import pytest

from imdb_core.runs import cards
from imdb_core.training import device_setup
from tests.nvidia import Card, Driver, MigDevice

A, B, C = "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "GPU-8932aaaa-0000-4106-c12f-20bd9faed9f6", "GPU-1b2c-3"
M0, M1 = "MIG-7d5aed7e-3bd3-5e8f-a1b7-0c6d7f2f8d10", "MIG-7d5a0000-3bd3-5e8f-a1b7-0c6d7f2f8d11"
ALIKE = [Card(A), Card(B), Card(C)]
MIXED = [Card(A, "NVIDIA T4", 16 * 10**9), Card(B, "NVIDIA H100", 80 * 10**9)]
DIVIDED = [Card(A), Card(B, parts={0: MigDevice(M0, 1, 0), 3: MigDevice(M1, 2, 0)})]
OLDER = [Card(A), Card(B, parts={0: MigDevice(f"MIG-{B}/1/0", 1, 0), 3: MigDevice(f"MIG-{B}/2/0", 2, 0)})]
LISTED = [
    (ALIKE, None, {"gpu:0": A, "gpu:1": B, "gpu:2": C}),
    (ALIKE, "0,1", {"gpu:0": "0", "gpu:1": "1"}),
    (ALIKE, " 2 , 0", {"gpu:2": "2", "gpu:0": "0"}),
    (ALIKE, "1,-1,2", {"gpu:1": "1"}),
    (ALIKE, "1,7,2", {"gpu:1": "1"}),
    (ALIKE, "1,,2", {"gpu:1": "1"}),
    (ALIKE, "1,x,2", {"gpu:1": "1"}),
    (ALIKE, "02,1gpu", {"gpu:2": "2", "gpu:1": "1"}),
    (ALIKE, "\u0661", {}),
    (ALIKE, "1,2,1", {}),
    (ALIKE, "1,01", {}),
    (ALIKE, "-1", {}),
    (ALIKE, "", {}),
    (ALIKE, "NoDevFiles", {}),
    (ALIKE, "none", {}),
    (ALIKE, "all", {}),
    (ALIKE, A, {"gpu:0": A}),
    (ALIKE, f"{C},{A}", {"gpu:2": C, "gpu:0": A}),
    (ALIKE, f"{C} , {A}", {"gpu:2": C, "gpu:0": A}),
    (ALIKE, "GPU-1b2c", {"gpu:2": C}),
    (ALIKE, "GPU-8932F937", {"gpu:0": A}),
    (ALIKE, "GPU-8932", {}),
    (ALIKE, f"{C},GPU-0000,{A}", {"gpu:2": C}),
    (ALIKE, f"{C},0", {"gpu:2": C}),
    (ALIKE, f"0,{C}", {"gpu:0": "0"}),
    (ALIKE, f"{A},{A}", {}),
    (ALIKE, f"GPU-8932f,{A}", {}),
    (DIVIDED, None, {"gpu:0": A, "gpu:1:0": M0, "gpu:1:3": M1}),
    (DIVIDED, M1, {"gpu:1:3": M1}),
    (DIVIDED, "MIG-7d5aed", {"gpu:1:0": M0}),
    (DIVIDED, "MIG-7d5a", {}),
    (DIVIDED, f"{M1},{M0}", {"gpu:1:3": M1, "gpu:1:0": M0}),
    (DIVIDED, f"MIG-{B}/2/0", {"gpu:1:3": M1}),
    (DIVIDED, "MIG-GPU-8932a/1/0", {"gpu:1:0": M0}),
    (DIVIDED, f"MIG-{B}/1/1", {}),
    (DIVIDED, f"MIG-{B}", {}),
    (DIVIDED, B, {"gpu:1:0": M0, "gpu:1:3": M1}),
    (DIVIDED, f"{M0},{A}", {"gpu:1:0": M0}),
    (OLDER, None, {"gpu:0": A, "gpu:1:0": f"MIG-{B}/1/0", "gpu:1:3": f"MIG-{B}/2/0"}),
    (OLDER, f"MIG-{B}/2/0", {"gpu:1:3": f"MIG-{B}/2/0"}),
    ([Card(A, parts={})], None, {}),
]


@pytest.mark.parametrize("machine, visible, tokens", LISTED)
def test_the_gpus_that_cuda_may_see_are_offered_under_names_that_mean_no_other(machine, visible, tokens):
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    gpus = cards.gpus(Driver(*machine), environment)
    assert {gpu.device: gpu.token for gpu in gpus} == tokens
    assert [gpu.device for gpu in gpus] == sorted(tokens)


@pytest.mark.parametrize(
    "machine, order, names",
    [
        (ALIKE, None, ["NVIDIA A100", "NVIDIA A100"]),
        (MIXED, None, ["NVIDIA GPU", "NVIDIA GPU"]),
        (MIXED, "FASTEST_FIRST", ["NVIDIA GPU", "NVIDIA GPU"]),
        (MIXED, "PCI_BUS_ID", ["NVIDIA T4", "NVIDIA H100"]),
        (DIVIDED, "PCI_BUS_ID", ["NVIDIA GPU", "NVIDIA GPU"]),
        (
            [Card(A, refused=("nvmlDeviceGetHandleByIndex",)), *ALIKE[1:]],
            "PCI_BUS_ID",
            ["NVIDIA GPU", "NVIDIA GPU"],
        ),
    ],
)
def test_a_number_gets_a_cards_name_only_where_the_card_can_be_known(machine, order, names):
    environment = {"CUDA_VISIBLE_DEVICES": "1,0"} | ({"CUDA_DEVICE_ORDER": order} if order else {})
    gpus = cards.gpus(Driver(*machine), environment)
    assert [gpu.name for gpu in gpus] == names
    assert [gpu.token for gpu in gpus] == ["0", "1"]
    assert all((gpu.memory_total is None) == (gpu.name == "NVIDIA GPU") for gpu in gpus)


FAILURES = [pynvml.NVML_ERROR_NOT_SUPPORTED, pynvml.NVML_ERROR_NO_PERMISSION, pynvml.NVML_ERROR_UNKNOWN, 999]
QUERIES = {
    "nvmlDeviceGetMemoryInfo": cards.Gpu(1, "NVIDIA A100", None, None),
    "nvmlDeviceGetName": cards.Gpu(1, "NVIDIA GPU", 40 * 10**9, 1),
    "nvmlDeviceGetUUID": cards.Gpu(1, "NVIDIA A100", 40 * 10**9, 1),
    "nvmlDeviceGetMigMode": cards.Gpu(1, "NVIDIA A100", 40 * 10**9, 1),
    "nvmlDeviceGetHandleByIndex": None,
}


@pytest.mark.parametrize("error", FAILURES)
@pytest.mark.parametrize("query", QUERIES)
def test_a_card_that_does_not_answer_hides_neither_itself_nor_the_others(query, error):
    gpus = cards.gpus(Driver(Card(A), Card(B, refused=(query,)), Card(C), error=error), {})
    assert [gpu.index for gpu in gpus if gpu.index != 1] == [0, 2]
    assert [gpu for gpu in gpus if gpu.index == 1] == [QUERIES[query]] * (QUERIES[query] is not None)


def test_a_card_without_a_name_of_its_own_is_shown_by_the_drivers_number():
    assert [
        gpu.token for gpu in cards.gpus(Driver(Card(A), Card(B, refused=("nvmlDeviceGetUUID",))), {})
    ] == [A, "1"]


@pytest.mark.parametrize("query", ["nvmlDeviceGetMemoryInfo", "nvmlDeviceGetName", "nvmlDeviceGetUUID"])
def test_a_mig_device_that_does_not_answer_is_listed_all_the_same(query):
    parts = {number: MigDeviceOf(query, *part) for number, part in enumerate([(M0, 1, 0), (M1, 2, 0)])}
    gpus = cards.gpus(Driver(Card(B, parts=parts)), {})
    assert [gpu.device for gpu in gpus] == ["gpu:0:0", "gpu:0:1"]
    assert [gpu.token for gpu in gpus] == ([f"MIG-{B}/1/0", f"MIG-{B}/2/0"] if "UUID" in query else [M0, M1])


class MigDeviceOf(MigDevice):
    """A MIG device for which one function fails."""

    def __init__(self, query, *values):
        super().__init__(*values)
        object.__setattr__(self, "refused", (query,))


@pytest.mark.parametrize(
    "error", [pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, *FAILURES]
)
@pytest.mark.parametrize("query", ["nvmlInit", "nvmlDeviceGetCount"])
def test_without_a_driver_that_works_there_is_no_gpu(query, error):
    assert cards.gpus(Driver(Card(A), broken=(query,), error=error), {}) == []


def test_a_driver_that_cannot_be_closed_shows_its_cards():
    assert len(cards.gpus(Driver(Card(A), broken=("nvmlShutdown",)), {})) == 1


PREPARED = [
    (ALIKE, None, "gpu:1", B),
    (ALIKE, None, "gpu:7", "-1"),
    (ALIKE, None, "cpu", "-1"),
    (ALIKE, "0,1", "cpu", "-1"),
    (ALIKE, "2,1", "gpu:1", "1"),
    (ALIKE, "2,1", "gpu:0", "-1"),
    (ALIKE, f"{C},GPU-8932f937", "gpu:0", A),
    (ALIKE, C, "gpu:0", "-1"),
    (DIVIDED, None, "gpu:1:3", M1),
    (DIVIDED, f"MIG-{B}/2/0", "gpu:1:3", M1),
    (DIVIDED, f"MIG-{B}/2/0", "gpu:1:0", "-1"),
    (DIVIDED, None, "gpu:1", "-1"),
    (MIXED, "1", "gpu:1", "1"),
    ([], None, "gpu:0", "0"),
    ([], "0,1", "gpu:1", "1"),
    ([], "0,-1,1", "gpu:1", "-1"),
    ([], "0,0", "gpu:0", "-1"),
    ([], "", "gpu:0", "-1"),
    ([], C, "gpu:0", "-1"),
    ([], None, "gpu:0:1", "-1"),
]


@pytest.fixture
def prepared(monkeypatch):
    """prepared(machine, visible, wanted): the environment that a framework gets."""

    def prepared(machine, visible, wanted, **others):
        monkeypatch.setitem(sys.modules, "pynvml", Driver(*machine))
        changes = {"CUDA_VISIBLE_DEVICES": visible, **others}
        environment = {name: text for name, text in changes.items() if text is not None}
        monkeypatch.setattr(os, "environ", environment)
        device_setup.prepare(wanted, 1)
        return environment

    return prepared


@pytest.mark.parametrize("machine, visible, wanted, shown", PREPARED)
def test_a_framework_is_shown_the_users_own_entry_or_the_cards_name(
    prepared, machine, visible, wanted, shown
):
    assert prepared(machine, visible, wanted)["CUDA_VISIBLE_DEVICES"] == shown


def test_cuda_uses_the_drivers_order_for_the_drivers_numbers_else_the_users_order(prepared):
    nameless = [Card(A, refused=("nvmlDeviceGetUUID",))]
    assert (
        prepared(nameless, None, "gpu:0", CUDA_DEVICE_ORDER="FASTEST_FIRST")["CUDA_DEVICE_ORDER"]
        == "PCI_BUS_ID"
    )
    assert (
        prepared(ALIKE, "1", "gpu:1", CUDA_DEVICE_ORDER="FASTEST_FIRST")["CUDA_DEVICE_ORDER"]
        == "FASTEST_FIRST"
    )
    assert "CUDA_DEVICE_ORDER" not in prepared(ALIKE, "1", "gpu:1")


ASSIGNED = [  # machine, CUDA_VISIBLE_DEVICES as a cluster sets it, the device, what a framework is shown
    (MIXED, "1", "gpu:1", "1"),
    (ALIKE, "2", "gpu:2", "2"),
    (ALIKE, B, "gpu:1", B),
    (ALIKE, "", "gpu:0", "-1"),
    ([], "0", "gpu:0", "0"),
]


@pytest.mark.parametrize("machine, visible, device, shown", ASSIGNED)
def test_a_cluster_chooses_the_card_when_the_worker_starts(prepared, machine, visible, device, shown):
    environment = prepared(machine, visible, "cpu", CUDA_DEVICE_ORDER="PCI_BUS_ID")
    environment["CUDA_VISIBLE_DEVICES"] = visible
    assert device_setup.assigned("gpu") == device
    device_setup.prepare(device, 1)
    assert environment["CUDA_VISIBLE_DEVICES"] == shown
    assert device_setup.assigned("cpu") == "cpu" and device_setup.assigned("gpu:3") == "gpu:3"
