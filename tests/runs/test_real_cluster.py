"""A real Ray cluster of a head and a node trains, stops and is checked. It takes a minute or two."""

import json
import tempfile
from pathlib import Path

import pytest

from tests import cluster

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def told():
    """What a process beside the cluster did with it, see tests/on_real_cluster.py.

    Its folder has a short path, because Ray puts sockets there, whose paths have at most 107 bytes.
    """
    if reason := cluster.missing():
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
        cluster.running(Path(folder), nodes=1, slots=1) as namespace,
    ):
        output = namespace.call("tests.on_real_cluster", seconds=500)
    return json.loads(output.splitlines()[-1])


def test_the_check_finds_nothing_wrong(told):
    assert all(finding["is_right"] for finding in told["findings"]), told["findings"]
    assert "Ray 2." in told["findings"][0]["sentence"]
    assert told["findings"][-1]["sentence"].startswith("node-1 (127.0.0.2) sees both folders")


def test_a_run_is_trained_to_its_end_on_a_node(told):
    run = told["finished"]
    assert run["state"] == "finished", run
    assert run["host"] == "node-1"
    assert run["kinds"][:3] == ["queued", "launching", "started"]
    assert len(run["epochs"]) == 2 and run["test_accuracy"] is not None


def test_a_stop_reaches_the_worker_on_its_node(told):
    run = told["stopped"]
    assert run["state"] == "stopped" and run["epochs"], run
    assert run["kinds"].count("stop-requested") == 1
    assert told["stop_seconds"] <= 30  # other tests may use the cores; row K5 has the bound of 15 s


def test_the_check_names_a_missing_folder(told):
    assert "there is no folder /no/such app" in told["unknown"]
    assert "correct app of [lab]" in told["unknown"]
