"""What all commands share: errors as one sentence, help, --version, output that nobody reads."""

import json
import os
import subprocess
import sys

import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.commands import registry
from imdb_core.commands.registry import COMMANDS
from imdb_core.version import VERSION


def test_networks_lists_names_layers_and_exact_parameters_without_loading_keras(answered):
    listed = json.loads(answered("networks", "--json")[1])
    judges, others = architectures.names(), architectures.language_models()
    assert [network["name"] for network in listed] == [*judges, *others]
    for network in listed[: len(judges)]:
        assert sum(layer["parameters"] for layer in network["layers"]) == network["parameters"]
        assert network["layers"][-1] == {**network["layers"][-1], "type": "Dense", "output_shape": [None, 1]}
    program = "import sys, imdb_core.__main__ as m; m.main(['networks']); print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=paths.PROJECT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_every_hyperparameter_is_an_option(answered):
    help = answered("train", "--help")[1]
    typed = [name for name in configs.RunConfig.model_fields if name != "classes"]  # those of the data set
    assert all("--" + name.replace("_", "-") in help for name in typed)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["train", "--network", "lstm", "--units", "9999"], "between 1 and 512"),
        (["train", "--network", "lstm", "--epochs", "many"], "invalid int value"),
        (["train"], "--network"),
        (["train", "--network", "lstm", "--filters", "3"], "lstm has no filters"),
        (["train", "--network", "gru"], "must be one of lstm"),
        (["stop", "nonsense"], "is not a run's id"),
        (["resume", "20200101-000000000-abcdefgh"], "There is no run"),
        (["score", "--model", "pretrained/none", "good"], "There is no model"),
        (["score", "--model", "../..", "good"], "There is no model"),
    ],
)
def test_an_error_that_the_user_can_correct_is_one_sentence_and_exit_code_2(answered, arguments, says):
    code, output, errors = answered(*arguments)
    assert code == 2 and output == ""
    assert says in errors and len(errors.strip().splitlines()) == 1


def test_every_command_has_a_sentence_of_help_in_alphabetical_order(answered):
    help = answered("--help")[1]
    places = [help.index(f"\n    {name} ") for name in sorted(COMMANDS)]
    assert places == sorted(places)
    for entry in COMMANDS.values():
        assert entry.help.splitlines()[0].endswith(".") and f"\n    {entry.name} " in help


def test_two_commands_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two commands runs"):
        registry.command("runs")(print)


def test_the_version_is_the_one_of_the_changelog(called):
    done = called("--version")
    assert (done.returncode, done.stdout) == (0, f"sequence-lab {VERSION}\n")
    assert f"## [{VERSION}]" in (paths.PROJECT / "CHANGELOG.md").read_text("utf-8")


LISTS = [[name, *json] for name in ("networks", "models", "runs") for json in ([], ["--json"])]
SCORES = [["a fine film"], ["--json", "a fine film"], ["..."]]
READ_BY_NOBODY = [
    *LISTS,
    ["--help"],
    ["--version"],
    *([name, "--help"] for name in COMMANDS),
    *(["score", "--model", "pretrained/lstm", *arguments] for arguments in SCORES),
]


@pytest.mark.parametrize("arguments", READ_BY_NOBODY, ids=" ".join)
def test_a_reader_who_has_seen_enough_ends_every_command_quietly(arguments):
    read, write = os.pipe()
    os.close(read)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(write, "wb") as closed:
        command = [sys.executable, "-m", "imdb_core", *arguments]
        done = subprocess.run(
            command, stdout=closed, stderr=subprocess.PIPE, env=environment, cwd=paths.PROJECT, timeout=60
        )
    assert done.returncode == 0 and b"Error" not in done.stderr and b"ignored" not in done.stderr


def test_output_that_cannot_be_written_is_one_sentence():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "imdb_core", "networks"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=paths.PROJECT, timeout=60
        )
    assert done.returncode == 2 and done.stderr.startswith(b"No space left")
    assert len(done.stderr.splitlines()) == 1
