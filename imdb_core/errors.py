"""What a user can cause: one small class each, raised in the core, shown as one sentence by pages and the
command line.

Each message says what came, what is allowed and what to do. Anything else is a bug and crashes loudly.
"""


class UserError(Exception):
    """Base of everything the user can mend; the command line exits with code 2."""


class ConfigError(UserError):
    """A hyperparameter is out of range, unknown, or contradicts another one."""


class SettingError(UserError):
    """An environment variable, or a settings file outside the project, says what cannot work."""


class DataError(UserError):
    """The reviews are missing, damaged, or cannot be downloaded."""


class RunError(UserError):
    """A run does not exist, is damaged, or is in a state that forbids the wish."""


class ModelError(UserError):
    """A trained network's files are missing, damaged, or do not belong together."""


class TextError(UserError):
    """A typed review holds nothing that can be scored."""


def sentence(error: UserError | OSError) -> str:
    """What went wrong and what to do, for the user."""
    if isinstance(error, UserError):
        return str(error)
    return f"{error.strerror or error}: {error.filename or 'the disk'}. Make room or mend it, then try again."
