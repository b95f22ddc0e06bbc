"""The command line in pipes: bad lines among good lines, encodings, closed pipes. See rows.py."""

import json
import os
import subprocess
import sys

from imdb_core import paths
from tests.faults.prediction import MODEL, NOTHING
from tests.faults.rows import Found, row

GOOD = "a fine film"
SCORE = ["score", "--model", f"pretrained/{MODEL}"]
START = """
import sys
from imdb_core import __main__ as command_line
from imdb_core.commands import console
{broken}
sys.exit(command_line.main())
"""

ALL_OR_NOTHING = """
from imdb_core.scoring import many
answers = many.answers
def strict(predictor, texts):
    return [predictor.score(text) for text in texts]
many.answers = strict
"""


def called(arguments, *, given=b"", broken="", variables=None, stdout=subprocess.PIPE):
    """The ended process of a real command line; the Python lines of `broken` break it on purpose."""
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT), **(variables or {})}
    environment.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "-c", START.format(broken=broken), *arguments]
    pipes = {"stdout": stdout, "stderr": subprocess.PIPE}
    return subprocess.run(command, input=given, env=environment, timeout=120, check=False, **pipes)


@row(
    "E9",
    "lines of a batch that cannot be scored",
    "each line its answer, 0 good ones lost",
    breaks=("all or nothing",),
)
def bad_lines(place, patch, broken):
    bad = [text for text in NOTHING if text.isprintable() or text in ("\0", "\x1b[31m")]
    texts = [text for one in bad for text in (GOOD, one)] * 40
    given = "\n".join(texts).encode()
    done = called([*SCORE, "--json"], given=given, broken=ALL_OR_NOTHING if broken else "")
    rows = json.loads(done.stdout or "[]")
    right = sum(("error" in answer) == (text != GOOD) for text, answer in zip(texts, rows, strict=False))
    lines = (
        called(SCORE, given=given, broken=ALL_OR_NOTHING if broken else "").stdout.decode().split("\n")[:-1]
    )
    right_lines = sum(
        line.startswith("not scored: ") == (text != GOOD) for text, line in zip(texts, lines, strict=False)
    )
    held = done.returncode == 0 and len(rows) == right == len(texts) == len(lines) == right_lines
    return Found(f"{right} and {right_lines} of {len(texts)} lines right, exit code {done.returncode}", held)


STRICT_OUTPUT = "console._write_anything = lambda: None"
ONLY_UTF_8 = "from imdb_core.commands import lines\nlines.encoding_of = lambda start: ('utf-8', 0)"
OUTPUTS = [{"PYTHONIOENCODING": name} for name in ("cp1252", "cp949", "ascii", "shift_jis:strict", "latin-1")]
OUTPUTS.append({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
INPUTS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@row(
    "E10",
    "encodings of input and of the terminal",
    "the same scores, 0 tracebacks, JSON in ASCII",
    breaks=("output as it is", "input is UTF-8"),
)
def odd_encodings(place, patch, broken):
    change = {"output as it is": STRICT_OUTPUT, "input is UTF-8": ONLY_UTF_8}.get(broken, "")
    text = f"{GOOD} naïve café € 電影 😀 and long enough to tell what it is\n"
    expected = json.loads(called([*SCORE, "--json"], given=text.encode()).stdout)
    wrong = []
    for encoding in INPUTS:
        done = called([*SCORE, "--json"], given=text.encode(encoding), broken=change)
        if done.returncode or not done.stdout.isascii() or json.loads(done.stdout) != expected or done.stderr:
            wrong.append(encoding)
    for variables in OUTPUTS:
        for arguments in (SCORE, [*SCORE, "--json"], ["stop", "電影"]):
            done = called(arguments, given=text.encode() + b"\xff\n", variables=variables, broken=change)
            if (
                done.returncode not in (0, 2)
                or b"Error" in done.stderr
                or not (done.stdout or done.returncode)
            ):
                wrong.append(f"{arguments[-1]} with {next(iter(variables.values()))}")
    tried = len(INPUTS) + 3 * len(OUTPUTS)
    return Found(f"{tried - len(wrong)} of {tried} right {wrong[:2] or ''}".strip(), not wrong)


LATE_FLUSH = "console.exit_code = lambda command, interrupted: command()"
COMMANDS = (
    ["networks"],
    ["networks", "--json"],
    ["models"],
    ["runs"],
    ["--help"],
    ["train", "--help"],
    [*SCORE, GOOD],
    SCORE,
)


@row("I5", "the reader of a command closes the pipe", "8 of 8 end quietly", breaks=("flushed by Python",))
def closed_pipes(place, patch, broken):
    loud = []
    for arguments in COMMANDS:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as closed:
            given = f"{GOOD}\n".encode() * 20_000
            done = called(arguments, given=given, broken=LATE_FLUSH if broken else "", stdout=closed)
        if done.returncode or done.stderr:
            loud.append(f"{' '.join(arguments)}: {done.stderr.decode()[-80:]}")
    return Found(f"{len(COMMANDS) - len(loud)} of {len(COMMANDS)} quiet {loud[:1] or ''}".strip(), not loud)
