"""What every command writes: any encoding, closed pipes, Ctrl-C, progress.

Called by __main__ and its commands.
"""

import os
import sys
from collections.abc import Callable
from time import monotonic
from typing import Self

from imdb_core.errors import UserError

BAR = 30  # characters
BAR_SECONDS = 0.1  # between two drawings


def exit_code(command: Callable[[], int], interrupted: Callable[[], str]) -> int:
    """What `command` returns; what goes wrong is one line on standard error. `interrupted` makes the line for
    Ctrl-C.

    All output is written before this returns. What nobody can read any more is dropped: Python itself would
    else complain when it ends.
    """
    _write_anything()
    try:
        try:
            code, sentence = command(), ""
        finally:
            sys.stdout.flush()  # here, where its errors are caught, and not when the interpreter ends
    except BrokenPipeError:  # `| head` has seen enough
        code, sentence = 0, ""
    except KeyboardInterrupt:
        code, sentence = 130, interrupted()
    except UserError as error:
        code, sentence = 2, str(error)
    except OSError as error:
        code = 2
        sentence = f"{error.strerror or error}: {error.filename or ''}. Make room or mend it, then try again."
    say(sentence)
    for stream in (sys.stdout, sys.stderr):
        _drop_unwritten(stream)
    return code


def say(sentence: str | None) -> None:
    """A line on standard error; nothing if the sentence is empty or nobody can read it any more."""
    try:
        if sentence:
            print(sentence, file=sys.stderr, flush=True)
    except OSError:
        return


def is_terminal(stream) -> bool:
    """Whether somebody looks at `stream`, which is None where it was closed before Python started."""
    return stream is not None and stream.isatty()


class Bar:
    """How far a command is, on standard error if that is a terminal.

    Call clear() before other output goes to the same terminal.
    """

    def __init__(self, shown: bool = True):
        self._shown, self._drawn = shown and is_terminal(sys.stderr), 0
        self._started, self._last = monotonic(), 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error) -> None:
        self.clear()

    def clear(self) -> None:
        """Make room for other lines."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def draw(self, done: int, share: float | None) -> None:
        """So many reviews are done; `share` of all of them, 0 to 1, None where nobody knows."""
        if not self._shown or not done or (self._drawn and monotonic() - self._last < BAR_SECONDS):
            return
        self._last = monotonic()
        text = f"{done:,} reviews, {done / max(self._last - self._started, 1e-3):,.0f} a second"
        if share is not None:
            filled = round(BAR * min(share, 1))
            text = f"[{'#' * filled}{'-' * (BAR - filled)}] {min(share, 1):4.0%}  {text}"
        self.clear()
        self._write(text)
        self._drawn = len(text)

    def _write(self, text: str) -> None:
        try:
            print(text, end="", file=sys.stderr, flush=True)
        except OSError:  # the terminal is gone
            self._shown = False


def _write_anything() -> None:
    """Write characters that the encoding lacks as \\u escapes, and nothing to a closed output."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _drop_unwritten(stream) -> None:
    """Flush; if that fails, let the stream write to nowhere."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
