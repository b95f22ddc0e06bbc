"""Errors that a user can cause. The core raises them; pages and the command line show them as a sentence.

A message names the received value, the allowed values and the remedy. All other exceptions are bugs; they
end the process or the page with a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from imdb_core.sentences import Sentence

if TYPE_CHECKING:  # at run time, the config's modules import this one
    from imdb_core.config.problems import Problem

LONGEST_REASON = 300  # characters of the message of an unexpected error


class UserError(Exception):
    """An error that the user can correct; the command line exits with code 2."""


class ConfigError(UserError):
    """Hyperparameters are out of range, unknown, or contradict each other.

    `problems` holds the same as data, one Problem for each wrong value (imdb_core/config/problems.py). It is
    empty for errors that are not about the values of a config.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class SettingError(UserError):
    """An environment variable, or a settings file outside the project, holds a value that cannot work."""


class DataError(UserError):
    """The reviews are missing, damaged, or cannot be downloaded."""


class TextsMissing(DataError):
    """The texts of a data set are not on this machine yet, and the page about it can bring them here."""


class RunError(UserError):
    """A run does not exist, is damaged, or is in a state that does not allow the action."""


class RunMissing(RunError):
    """There is no run with this id, or the id does not have the form of one."""


class ModelError(UserError):
    """A trained network's files are missing, damaged, or do not belong together."""


class TextError(UserError):
    """A typed review holds nothing that can be scored."""


def sentence(error: UserError | OSError) -> str:
    """A sentence for the user: what went wrong and what to do."""
    if isinstance(error, UserError):
        return str(error)
    return f"{reason(error)}. Make room or correct the cause, then try again."


def reason(error: BaseException) -> Sentence:
    """What went wrong, without a full stop and without advice, for the middle or the end of a sentence.

    The message of a UserError or ValueError is a sentence. The message of any other exception follows its
    type, because "KeyError: 'units'" says more than "'units'".
    """
    if isinstance(error, UserError):
        return Sentence("text", text=str(error).removesuffix("."))
    if isinstance(error, MemoryError):
        return Sentence("memory_error")
    if isinstance(error, OSError) and error.strerror:
        if error.filename:
            return Sentence("file_error", problem=error.strerror, path=str(error.filename))
        return Sentence("text", text=error.strerror)
    kind, text = type(error).__name__, str(error)[:LONGEST_REASON].strip().removesuffix(".")
    if isinstance(error, ValueError) or not text:
        return Sentence("text", text=text or kind)
    return Sentence("exception", kind=kind, text=text)
