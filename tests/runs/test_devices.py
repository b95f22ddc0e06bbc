"""Which device a run gets, or whether it waits."""

import pytest

from imdb_core.runs import devices

CARDS = [devices.Gpu(index, f"card {index}", 2**33, 0) for index in (0, 1)]


@pytest.mark.parametrize(
    "wanted, busy, cards, chosen",
    [
        ("auto", [], CARDS, "gpu:0"),
        ("auto", ["gpu:0"], CARDS, "gpu:1"),
        ("auto", ["gpu:1"], CARDS, "gpu:0"),
        ("auto", ["cpu", "cpu"], CARDS, "gpu:0"),
        ("auto", ["gpu:0", "gpu:1"], CARDS, None),
        ("auto", [], CARDS[1:], "gpu:1"),
        ("auto", [], [], "cpu"),
        ("auto", ["cpu"], [], "cpu"),
        ("auto", ["cpu", "cpu"], [], None),
        ("auto", ["gpu:3"], [], "cpu"),
        ("cpu", [], CARDS, "cpu"),
        ("cpu", ["gpu:0", "gpu:1", "cpu"], CARDS, "cpu"),
        ("cpu", ["cpu", "cpu"], CARDS, None),
        ("gpu:1", [], CARDS, "gpu:1"),
        ("gpu:1", ["gpu:1"], CARDS, None),
        ("gpu:1", ["gpu:0", "cpu", "cpu"], CARDS, "gpu:1"),
        ("gpu:7", [], CARDS, "gpu:7"),
        ("gpu:0", [], [], "gpu:0"),
        ("gpu:0", ["gpu:0"], [], None),
    ],
)
def test_a_run_gets_the_device_it_wants_if_that_is_free(wanted, busy, cards, chosen, monkeypatch):
    monkeypatch.setattr(devices, "cpu_cores", lambda: 2)
    assert devices.choose(wanted, busy, available=cards) == chosen


def test_every_machine_has_a_core_and_looking_for_gpus_never_fails():
    assert devices.cpu_cores() >= 1
    assert all(isinstance(gpu, devices.Gpu) for gpu in devices.gpus())
