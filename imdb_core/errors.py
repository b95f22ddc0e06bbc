"""Errors that a user can cause. The core raises them; pages and the command line show them as a sentence.

Each message says what was received, what is allowed and what to do. Any other error is a bug and crashes
loudly.
"""


class UserError(Exception):
    """An error that the user can correct; the command line exits with code 2."""


class ConfigError(UserError):
    """A hyperparameter is out of range, unknown, or contradicts another one."""


class SettingError(UserError):
    """An environment variable, or a settings file outside the project, holds a value that cannot work."""


class DataError(UserError):
    """The reviews are missing, damaged, or cannot be downloaded."""


class RunError(UserError):
    """A run does not exist, is damaged, or is in a state that does not allow the action."""


class ModelError(UserError):
    """A trained network's files are missing, damaged, or do not belong together."""


class TextError(UserError):
    """A typed review holds nothing that can be scored."""


def sentence(error: UserError | OSError) -> str:
    """A sentence for the user: what went wrong and what to do."""
    if isinstance(error, UserError):
        return str(error)
    place = error.filename or "the disk"
    return f"{error.strerror or error}: {place}. Make room or repair it, then try again."
