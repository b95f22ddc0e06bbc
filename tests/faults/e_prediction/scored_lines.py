"""The command line scores lines of its input: bad lines among good lines, and odd encodings."""

import json

from tests.faults.e_prediction.odd_texts import NOTHING
from tests.faults.rows import Outcome, row
from tests.faults.support.commands import GOOD, SCORE, run_command

ALL_OR_NOTHING = """
from imdb_core.scoring import many
answers = many.answers
def strict(predictor, texts):
    return [predictor.score(text) for text in texts]
many.answers = strict
"""


@row(
    "E9",
    "a batch has lines that cannot be scored",
    "each line gets its answer, 0 good lines lost",
    breaks=("all or nothing",),
)
def bad_lines(place, patch, broken):
    bad = [text for text in NOTHING if text.isprintable() or text in ("\0", "\x1b[31m")]
    texts = [text for bad_text in bad for text in (GOOD, bad_text)] * 40
    given = "\n".join(texts).encode()
    done = run_command([*SCORE, "--json"], given=given, broken=ALL_OR_NOTHING if broken else "")
    rows = json.loads(done.stdout or "[]")
    right = sum(("error" in answer) == (text != GOOD) for text, answer in zip(texts, rows, strict=False))
    lines = (
        run_command(SCORE, given=given, broken=ALL_OR_NOTHING if broken else "")
        .stdout.decode()
        .split("\n")[:-1]
    )
    right_lines = sum(
        line.startswith("not scored: ") == (text != GOOD) for text, line in zip(texts, lines, strict=False)
    )
    held = done.returncode == 0 and len(rows) == right == len(texts) == len(lines) == right_lines
    return Outcome(
        f"{right} and {right_lines} of {len(texts)} lines right, exit code {done.returncode}", held
    )


STRICT_OUTPUT = "console._write_anything = lambda: None"
ONLY_UTF_8 = "from imdb_core.commands import lines\nlines.encoding_of = lambda start: ('utf-8', 0)"
OUTPUTS = [{"PYTHONIOENCODING": name} for name in ("cp1252", "cp949", "ascii", "shift_jis:strict", "latin-1")]
OUTPUTS.append({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
INPUTS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@row(
    "E10",
    "odd encodings of the input and of the terminal",
    "the same scores, 0 tracebacks, JSON in ASCII",
    breaks=("output as it is", "input is UTF-8"),
)
def odd_encodings(place, patch, broken):
    change = {"output as it is": STRICT_OUTPUT, "input is UTF-8": ONLY_UTF_8}.get(broken, "")
    text = f"{GOOD} naïve café € 電影 😀 and long enough to tell what it is\n"
    expected = json.loads(run_command([*SCORE, "--json"], given=text.encode()).stdout)
    wrong = []
    for encoding in INPUTS:
        done = run_command([*SCORE, "--json"], given=text.encode(encoding), broken=change)
        if done.returncode or not done.stdout.isascii() or json.loads(done.stdout) != expected or done.stderr:
            wrong.append(encoding)
    for variables in OUTPUTS:
        for arguments in (SCORE, [*SCORE, "--json"], ["stop", "電影"]):
            done = run_command(arguments, given=text.encode() + b"\xff\n", variables=variables, broken=change)
            if (
                done.returncode not in (0, 2)
                or b"Error" in done.stderr
                or not (done.stdout or done.returncode)
            ):
                wrong.append(f"{arguments[-1]} with {next(iter(variables.values()))}")
    tried = len(INPUTS) + 3 * len(OUTPUTS)
    return Outcome(f"{tried - len(wrong)} of {tried} right {wrong[:2] or ''}".strip(), not wrong)
