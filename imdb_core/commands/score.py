"""`python -m imdb_core score`: one answer per review, in order, each written as soon as it is computed.

lines.py reads standard input; score_file.py scores a table.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import IO, Any, Self

from imdb_core.commands import lines, score_file
from imdb_core.commands.console import Bar, is_terminal, say
from imdb_core.commands.lines import Lines, Replaced
from imdb_core.commands.registry import argument, command
from imdb_core.errors import TextError
from imdb_core.plain_text import one_line
from imdb_core.scoring import many, models, predictor

SHOWN = 80  # characters of a review beside its score


@command(
    "score",
    argument("--model", required=True, help="pretrained/NAME or a run's id"),
    argument("text", nargs="*", help="texts; without any, standard input is read, one text a line"),
    score_file.add_arguments,
)
def score(options: Namespace) -> int:
    """Score the reviews given as arguments, or one review a line from standard input.

    Each review gets a line of its own, in order; if it cannot be scored, the line says why. The exit code is
    0 if at least one review was scored, else 2. Standard input may be UTF-8, UTF-16 or UTF-32, and endless:
    waiting lines are scored together, up to two thousand at once.

    With --file, a table is scored: --out gets the same rows in the same order and all columns, with the
    columns "class", "probability_..." for each class, and "reason" for rows that could not be scored. In CSV
    and TSV, texts that a spreadsheet would take for a formula get an apostrophe in front.
    """
    score_file.check_options(options)
    network = predictor.load(models.find(options.model).folder)
    if options.file:
        return score_file.score(options, network)
    source = _Arguments(options.text) if options.text else Lines(_standard_input())
    done, refused, reason = 0, 0, ""
    with _JsonList() if options.json else _Text() as output, Bar(source.moves) as bar:
        with closing(many.scored(network, source.windows(many.WINDOW))) as windows:
            for texts, answers in windows:
                bar.clear()
                output.add(texts, answers)
                errors = [answer for answer in answers if not isinstance(answer, predictor.Score)]
                done, refused, reason = done + len(texts), refused + len(errors), str((*errors, reason)[0])
                bar.draw(done, source.share(done))
    say(source.replaced.sentence("Standard input" if isinstance(source, Lines) else "The command line"))
    if not done:
        raise TextError("Standard input is empty; write one text a line, or give texts as arguments.")
    if refused:
        say(
            reason
            if done == 1
            else f"{refused:,} of {done:,} texts could not be scored; their lines say why."
        )
    return 0 if refused < done else 2


def _standard_input() -> IO[bytes]:
    """Standard input, as a file of bytes; raises TextError if it was closed before Python started."""
    if sys.stdin is None:
        raise TextError("Standard input is closed; pipe one text a line into it, or give arguments.")
    if is_terminal(sys.stdin):
        say("One text a line, please; Ctrl-D ends (on Windows Ctrl-Z and Enter).")
    return sys.stdin.buffer


class _Arguments:
    """The reviews that are arguments of the command line, with the same methods as Lines."""

    moves = True

    def __init__(self, texts: list[str]) -> None:
        self.replaced = Replaced()
        self._texts = [lines.argument(text, self.replaced) for text in texts]

    def windows(self, size: int) -> Iterator[list[str]]:
        return (self._texts[start : start + size] for start in range(0, len(self._texts), size))

    def share(self, done: int) -> float:
        return done / len(self._texts)


class _Text:
    """Answers as lines: probability, label and the beginning of the review."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def add(self, texts: Sequence[str], answers: list[many.Answer]) -> None:
        """Write the answers to `texts`; without any, input pauses."""
        if texts:
            print("\n".join(map(_line, texts, answers)), flush=True)


class _JsonList:
    """Answers as one JSON list, one element per line. When input pauses, the current line is ended."""

    def __init__(self) -> None:
        self._before = "["

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not BrokenPipeError:  # also after Ctrl-C, so that the output is complete JSON
            print("[]" if self._before == "[" else "]")

    def add(self, texts: Sequence[str], answers: list[many.Answer]) -> None:
        """Write the answers to `texts`; without any, input pauses."""
        if texts:
            rows = ",\n".join(json.dumps(_row(answer), allow_nan=False) for answer in answers)
            print(self._before + rows, end="", flush=True)
            self._before = ",\n"
        elif self._before == ",\n":
            print(flush=True)
            self._before = ","


def _row(answer: many.Answer) -> dict[str, Any]:
    return answer.as_dict() if isinstance(answer, predictor.Score) else {"error": str(answer)}


def _line(text: str, answer: many.Answer) -> str:
    if isinstance(answer, predictor.Score):
        return f"{answer.probability:7.2%} {answer.label}  {one_line(text[:SHOWN])}"
    return f"not scored: {answer}  {one_line(text[:SHOWN])}".rstrip()
