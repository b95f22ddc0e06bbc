"""Output of all commands: any encoding, closed pipes and streams, Ctrl-C, a progress bar.

Called by __main__ and by every command.
"""

import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable
from time import monotonic
from typing import Any, Self, TextIO

from imdb_core import errors
from imdb_core.errors import UserError
from imdb_core.plain_text import one_line

BAR = 30  # characters
BAR_SECONDS = 0.1  # between two drawings
SURE_SECONDS = 2  # before that, the time left would jump
PATIENCE_SECONDS = 1.0  # after Ctrl-C: a second Ctrl-C is ignored while the command ends
INTERRUPTED = "Interrupted."


class _CtrlC:
    """The handler of Ctrl-C: ends the process before the command begins, then raises KeyboardInterrupt.

    A second Ctrl-C within PATIENCE_SECONDS is ignored; a later one ends the process.
    """

    def __init__(self) -> None:
        self.installed, self.begun, self.reported = False, False, False
        self.pressed: float | None = None  # when Ctrl-C was pressed first

    def __call__(self, *_: object) -> None:
        if self.begun and self.pressed is None:
            self.pressed = monotonic()
            raise KeyboardInterrupt
        if not self.begun or monotonic() - (self.pressed or 0) > PATIENCE_SECONDS:
            if not self.reported:
                os.write(2, f"{INTERRUPTED}\n".encode())
            os._exit(130)


_ctrl_c = _CtrlC()


def obey_ctrl_c() -> None:
    """Install the handler before the slow imports. An ignored Ctrl-C, as under nohup, stays ignored."""
    _ctrl_c.installed = True
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _ctrl_c)


def is_program() -> bool:
    """Whether this process was started as the command line; False if main() is called within a program."""
    return _ctrl_c.installed


def _ignore_ctrl_c() -> None:
    if signal.getsignal(signal.SIGINT) is _ctrl_c:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def exit_code(command: Callable[[], int], interrupted: Callable[[], str]) -> int:
    """Run `command` and return its exit code; an error is one line on standard error.

    `interrupted` returns the line for Ctrl-C. All output is flushed before this returns. Output to a closed
    pipe is dropped; otherwise Python would print an error when it ends.
    """
    _write_anything()
    _ctrl_c.begun = True
    try:
        try:
            code, sentence = command(), ""
        finally:
            sys.stdout.flush()  # here, where its errors are caught, and not when the interpreter ends
    except BrokenPipeError:  # the reader of the pipe, `head` for instance, has ended
        code, sentence = 0, ""
    except KeyboardInterrupt:
        code, sentence = 130, ""
    except (UserError, OSError) as error:
        code, sentence = 2, errors.sentence(error)
    if code == 130 or _ctrl_c.pressed:  # a library that was being imported may have raised another error
        code, sentence = 130, interrupted()
        _ignore_ctrl_c()  # while the interpreter ends, Python's own handler would print a traceback
    say(sentence)
    _ctrl_c.reported = True
    for stream in (sys.stdout, sys.stderr):
        _drop_unwritten(stream)
    return code


def show_result(options: Namespace, document: Any, lines: list[str]) -> None:
    """Print a command's result: `document` as JSON if the option --json was given, else `lines`."""
    print(json.dumps(document, allow_nan=False) if options.json else "\n".join(map(one_line, lines)))


def say(sentence: str | None) -> None:
    """Print a line to standard error; nothing if the sentence is empty or the stream is closed."""
    try:
        if sentence:
            print(one_line(sentence), file=sys.stderr, flush=True)
    except OSError:
        return


def is_terminal(stream: Any) -> bool:
    """Whether `stream` is a terminal; it is None if it was closed before Python started."""
    return stream is not None and stream.isatty()


class Bar:
    """A progress bar on standard error; it draws nothing if standard error is no terminal.

    Call clear() before other output goes to the same terminal.
    """

    def __init__(self, shown: bool = True, noun: str = "texts"):
        self._shown, self._drawn, self._noun = shown and is_terminal(sys.stderr), 0, noun
        self._started, self._last = monotonic(), 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Make room for other lines."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def draw(self, done: int, share: float | None) -> None:
        """Draw the number `done`, its `share` of all, 0 to 1, None if unknown, and the time left."""
        if not self._shown or not done or (self._drawn and monotonic() - self._last < BAR_SECONDS):
            return
        self._last = monotonic()
        seconds = max(self._last - self._started, 1e-3)
        text = f"{done:,} {self._noun}, {done / seconds:,.0f} a second"
        if share is not None:
            filled = round(BAR * min(share, 1))
            text = f"[{'#' * filled}{'-' * (BAR - filled)}] {min(share, 1):4.0%}  {text}"
            if share and seconds > SURE_SECONDS:
                text += f", {_duration(seconds * max(0, 1 - share) / share)} left"
        self.clear()
        self._write(text)
        self._drawn = len(text)

    def _write(self, text: str) -> None:
        try:
            print(text, end="", file=sys.stderr, flush=True)
        except OSError:  # the terminal is gone
            self._shown = False


def _duration(seconds: float) -> str:
    """8 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _write_anything() -> None:
    """Let the streams escape characters that their encoding lacks; replace closed streams."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _drop_unwritten(stream: TextIO) -> None:
    """Flush; if that fails, let the stream write to os.devnull."""
    try:
        stream.flush()
    except OSError:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())
        os.close(devnull)
