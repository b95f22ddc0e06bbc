"""The command line as its user sees it: standard output, standard error and exit codes of real processes."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from imdb_core import __main__ as command_line
from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.commands.publish import PUBLISHED
from imdb_core.runs import store
from imdb_core.scoring import predictor

TINY = (
    "--network cnn_lstm --dataset demo --vocabulary-size 400 --review-length 40 --units 8 --filters 8".split()
)


def called(*arguments, text=None):
    """A real `python -m imdb_core ...`."""
    command = [sys.executable, "-m", "imdb_core", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, cwd=paths.PROJECT, env=os.environ, timeout=300
    )


def test_networks_lists_names_layers_and_exact_parameters_without_loading_keras():
    done = called("networks", "--json")
    listed = json.loads(done.stdout)
    assert [one["name"] for one in listed] == architectures.names()
    assert [one["parameters"] for one in listed[:5]] == [213_301, 213_301, 213_301, 216_405, 39_053]
    for one in listed:
        assert sum(layer["parameters"] for layer in one["layers"]) == one["parameters"]
        assert one["layers"][-1] == {**one["layers"][-1], "type": "Dense", "output_shape": [None, 1]}
    code = "import sys, imdb_core.__main__ as m; m.main(['networks']); assert not {'keras', 'tensorflow'} & set(sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=paths.PROJECT, capture_output=True).returncode == 0
    )


def test_every_hyperparameter_is_an_option():
    help = called("train", "--help").stdout
    assert all("--" + name.replace("_", "-") in help for name in configs.RunConfig.model_fields)


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
def test_what_the_user_can_mend_is_one_sentence_and_exit_code_2(arguments, says):
    done = called(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_train_waits_and_prints_one_document(stub_worker, capsys, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "2")
    assert command_line.main(["train", *TINY, "--epochs", "2", "--wait", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert {"id", "name", "network", "state", "epochs", "best_epoch", "val_accuracy", "test_accuracy"} <= set(
        run
    )
    assert run["state"] == "finished" and [row["epoch"] for row in run["epochs"]] == [1, 2]
    assert command_line.main(["runs", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == [run["id"]]


def test_a_failed_run_is_exit_code_1(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_CRASH", "start")
    assert command_line.main(["train", *TINY, "--wait", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["state"] == "failed" and "failed to start" in captured.err


def test_stop_waits_until_the_run_is_stopped(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    command_line.main(["train", *TINY, "--json"])
    id = json.loads(capsys.readouterr().out)["id"]
    assert command_line.main(["stop", id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert command_line.main(["stop", id]) == 0  # twice does no harm


def test_stop_all_ends_every_run_and_starts_none_from_the_queue(stub_worker, monkeypatch, capsys):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    for _ in range(4):
        command_line.main(["train", *TINY])
    assert [run.state for run in store.runs()].count("queued") >= 2
    capsys.readouterr()
    assert command_line.main(["stop", "--all", "--json"]) == 0
    assert [run["state"] for run in json.loads(capsys.readouterr().out)] == ["stopped"] * 4
    assert [run.state for run in store.runs()] == ["stopped"] * 4
    assert command_line.main(["stop", "--all"]) == 0 and "Nothing" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["stop"], ["stop", "20260101-000000000-aaaaaaaa", "--all"]])
def test_stop_needs_one_run_or_all(words, capsys):
    assert command_line.main(words) == 2 and "either a run's id or --all" in capsys.readouterr().err


def test_ctrl_c_while_waiting_leaves_the_training_alone_and_says_so(stub_worker, monkeypatch):
    monkeypatch.setenv("STUB_EPOCHS", "1000")
    # A shell starts what runs in the background with Ctrl-C ignored; this one is in the foreground.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "imdb_core", "train", *TINY, "--wait"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr.readline().startswith("epoch 1")
        waiting.send_signal(signal.SIGINT)
        said = waiting.communicate(timeout=30)[1]
    assert waiting.returncode == 130 and "Training goes on" in said and "Traceback" not in said
    assert [run.state for run in store.runs()] == ["running"]


def test_score_prints_one_row_per_review_in_order(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    done = called(
        "score", "--model", tiny_run.id, "--json", text="superb and never boring zzqx\na dull mess\n"
    )
    first, second = json.loads(done.stdout)
    assert set(first) == {"probability", "label", "words", "unknown", "cut"}
    assert first["words"] == 5 and first["unknown"] == ["zzqx"] and first["cut"] == 0 and second["words"] == 3
    assert first["label"] == ("positive" if first["probability"] > 0.5 else "negative")


def test_score_counts_the_words_as_they_were_understood(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    typed, plain = "A “superb”—never boring… &amp; dull • film’s", "a superb never boring dull film's"
    done = called("score", "--model", tiny_run.id, "--json", text=f"{typed}\n{plain}\n")
    first, second = json.loads(done.stdout)
    assert first == second and first["words"] == 6


@pytest.fixture
def scoring(tiny_run, monkeypatch):
    """scoring(*arguments, given=bytes or None, **variables): a real `score` by the small network; output as
    bytes.
    """
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))

    def call(*arguments, given=b"", **variables):
        command = [sys.executable, "-m", "imdb_core", "score", "--model", tiny_run.id, *arguments]
        environment = {**os.environ, **variables}
        return subprocess.run(
            command, input=given, capture_output=True, cwd=paths.PROJECT, env=environment, timeout=300
        )

    return call


@pytest.fixture
def open_scoring(tiny_run, monkeypatch):
    """open_scoring(*arguments): the same as a Popen with pipes, its input still open; ended after the test."""
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    started = []

    def start(*arguments):
        # A shell starts what runs in the background with Ctrl-C ignored; this one is in the foreground.
        command = [
            "env",
            "--default-signal=INT",
            sys.executable,
            "-m",
            "imdb_core",
            "score",
            "--model",
            tiny_run.id,
            *arguments,
        ]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, cwd=paths.PROJECT, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):  # what was not yet flushed
                pipe.close()


GOOD, BAD = "superb and never boring", ["", "...", "qqzz yyxx", "\0", "\x1b[2J", "電影", " ", "<>", "\u200b"]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_line_gets_its_answer_in_its_place_and_costs_no_other(scoring, bad):
    given = "\n".join([GOOD, bad, "a dull mess", bad, GOOD]).encode()
    done = scoring("--json", given=given)
    rows = json.loads(done.stdout)
    assert done.returncode == 0 and ["error" in row for row in rows] == [False, True, False, True, False]
    assert rows[0] == rows[4] and rows[0]["words"] == 4 and rows[2]["words"] == 3
    assert b"2 of 5 reviews could not be scored" in done.stderr
    lines = scoring(given=given).stdout.decode().split("\n")
    assert len(lines) == 6 and [line.startswith("not scored: ") for line in lines] == [
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    assert rows[1]["error"] in lines[1] and lines[4].endswith(GOOD)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(b"", 0), (b"\n", 1), (b"\n\n", 2), (b"...", 1), (b"...\r\nqqzz\r\n", 2), (b"\xef\xbb\xbf", 0)],
)
def test_when_nothing_could_be_scored_the_exit_code_is_2_and_a_sentence_says_why(scoring, given, expected):
    done = scoring("--json", given=given)
    assert done.returncode == 2 and len(json.loads(done.stdout)) == expected
    assert len(done.stderr.splitlines()) == 1 and (b"Standard input is empty" in done.stderr) == (
        not expected
    )


def test_standard_input_that_is_closed_is_a_sentence(tiny_run, monkeypatch):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    command = f"exec {sys.executable} -m imdb_core score --model {tiny_run.id} <&-"
    done = subprocess.run(
        ["sh", "-c", command], cwd=paths.PROJECT, capture_output=True, text=True, timeout=60
    )
    assert (
        done.returncode == 2
        and "Standard input is closed" in done.stderr
        and len(done.stderr.splitlines()) == 1
    )


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_line_is_answered_while_input_stays_open(open_scoring, arguments):
    process = open_scoring(*arguments)
    for text in (GOOD, "a dull mess", "...", GOOD):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert (b"scored" if text == "..." and not arguments else b"") in process.stdout.readline()
    process.stdin.close()
    assert process.wait(60) == 0


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_ctrl_c_while_scoring_is_one_line_and_leaves_whole_answers(open_scoring, arguments):
    process = open_scoring(*arguments)
    process.stdin.write(f"{GOOD}\n".encode())
    process.stdin.flush()
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, error = process.communicate(timeout=60)
    assert process.returncode == 130 and error == b"Interrupted.\n"
    assert not arguments or len(json.loads(first + rest)) == 1


ALL_COMMANDS = [
    *(
        ["networks"],
        ["networks", "--json"],
        ["models"],
        ["models", "--json"],
        ["runs"],
        ["runs", "--json"],
        ["--help"],
    ),
    *([name, "--help"] for name in ("train", "stop", "resume", "score", "data", "baseline", "publish")),
    *(
        ["score", "--model", "pretrained/lstm", *more]
        for more in (["a fine film"], ["--json", "a fine film"], ["..."])
    ),
]


@pytest.mark.parametrize("arguments", ALL_COMMANDS, ids=" ".join)
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


@pytest.mark.parametrize("arguments", [["--json"], []])
def test_a_reader_who_has_seen_enough_ends_even_endless_scoring(open_scoring, arguments):
    process = open_scoring(*arguments)
    process.stdin.write(f"{GOOD}\n".encode() * 3000)
    process.stdin.flush()
    assert process.stdout.readline()
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        while process.poll() is None:
            process.stdin.write(f"{GOOD}\n".encode() * 100)
    assert process.wait(60) == 0 and process.stderr.read() == b""


def test_output_that_cannot_be_written_is_one_sentence():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "imdb_core", "networks"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=paths.PROJECT, timeout=60
        )
    assert (
        done.returncode == 2
        and done.stderr.startswith(b"No space left")
        and len(done.stderr.splitlines()) == 1
    )


ENCODINGS = [
    *(
        {"PYTHONIOENCODING": name}
        for name in ("cp1252", "cp949", "ascii", "cp437:strict", "shift_jis", "utf-8")
    ),
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
def test_every_encoding_can_write_every_character(scoring, variables):
    given = f"{GOOD} café € 電影 😀 \u202e".encode()
    done = scoring(given=given + b"\n\xff\n", **variables)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2 and GOOD.encode() in done.stdout
    assert b"1 byte that is not UTF-8" in done.stderr and b"Traceback" not in done.stderr
    done = scoring("--json", given=given, **variables)
    assert done.returncode == 0 and done.stdout.isascii() and "電影" in json.loads(done.stdout)[0]["unknown"]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
@pytest.mark.parametrize(
    "arguments",
    [
        ["runs"],
        ["runs", "--json"],
        ["models"],
        ["resume", "RUN"],
        ["stop", "電影"],
        ["score", "--model", "電影", "x"],
    ],
)
def test_a_name_in_any_script_can_be_listed_in_every_encoding(tiny_copy, variables, arguments):
    store.rename(tiny_copy, "電影 é 😀")
    arguments = [tiny_copy.id if word == "RUN" else word for word in arguments]
    command = [sys.executable, "-m", "imdb_core", *arguments]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **variables}, cwd=paths.PROJECT, timeout=60
    )
    assert done.returncode in (0, 2) and b"Error" not in done.stderr
    assert len(done.stderr.splitlines()) == (done.returncode == 2)
    assert "--json" not in arguments or json.loads(done.stdout.decode("ascii"))[0]["name"] == "電影 é 😀"


@pytest.mark.parametrize("also_the_results", [True, False])
def test_progress_shows_on_a_terminal_and_leaves_the_results_whole(
    tiny_run, monkeypatch, also_the_results, tmp_path
):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    (tmp_path / "reviews").write_text(f"{GOOD}\n" * 9000)
    watching, terminal = pty.openpty()
    command = [sys.executable, "-m", "imdb_core", "score", "--model", tiny_run.id]
    with open(tmp_path / "reviews", "rb") as given, open(tmp_path / "scores", "wb") as scores:
        output = terminal if also_the_results else scores
        process = subprocess.Popen(command, stdin=given, stdout=output, stderr=terminal, cwd=paths.PROJECT)
    os.close(terminal)
    shown = b"".join(_until_closed(watching))
    assert process.wait(60) == 0 and b"reviews" in shown and b"%]" not in shown
    results = shown.replace(b"\r\n", b"\n") if also_the_results else (tmp_path / "scores").read_bytes()
    lines = [line.rpartition(b"\r")[2] for line in results.split(b"\n")]
    assert len({line for line in lines if line}) == 1 and lines.count(lines[0]) == 9000


def _until_closed(terminal):
    """What is written to a pseudo-terminal until its other side closes."""
    with contextlib.suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as file:
        while content := file.read(65536):
            yield content


def test_without_a_terminal_there_is_no_progress(scoring):
    assert scoring(given=f"{GOOD}\n".encode() * 3000).stderr == b""


FILES = {*PUBLISHED, "model.json", "command.txt"}


def test_a_finished_run_can_be_published_with_its_command(tiny_run, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    assert command_line.main(["publish", tiny_run.id, str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*FILES, "weights.npz", "epochs"}
    assert predictor.load(tmp_path / "out").epochs == [row["epoch"] for row in tiny_run.epochs]
    words = (tmp_path / "out" / "command.txt").read_text().split()
    assert words[:6] == ["python", "-m", "imdb_core", "train", "--network", "cnn_lstm"] and "--units" in words
    assert store.read(tmp_path / "out").test_accuracy == tiny_run.test_accuracy


def test_of_a_large_network_only_what_scores_is_published(tiny_run, monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_RUNS_DIR", str(tiny_run.folder.parent))
    assert command_line.main(["publish", tiny_run.id, str(tmp_path / "out"), "--best-only"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    network = predictor.load(tmp_path / "out")
    assert network.epochs == [tiny_run.best["epoch"]]
    assert network.score("a superb film") == predictor.load(tiny_run.folder).score("a superb film")


@pytest.mark.parametrize(
    "name", ["model.onnx", "vocabulary.json", "predictions.npz", "weights.npz", "model.json"]
)
@pytest.mark.parametrize("kind", ["a pipe", "a link to an endless device"])
def test_of_a_run_with_odd_files_nothing_endless_is_published(tiny_copy, tmp_path, capsys, name, kind):
    (tiny_copy.folder / name).unlink()
    os.mkfifo(tiny_copy.folder / name) if kind == "a pipe" else (tiny_copy.folder / name).symlink_to(
        "/dev/zero"
    )
    assert command_line.main(["publish", tiny_copy.id, str(tmp_path / "out")]) == 2
    assert f"{name} is " in capsys.readouterr().err
