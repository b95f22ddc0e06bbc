"""Links to the Train page: from which run or network the form starts, and which settings differ from it.

    /train?from=<run or pretrained network>&change=dropout=0.4
    /train?network=lstm&change=epochs=9&change=dataset=demo

Called by pages/train.py.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from imdb_core import config as configs
from imdb_core.config import problems, typed
from imdb_core.errors import ConfigError
from imdb_core.scoring import models
from ui import labels
from ui.messages import read_or_show_error

MOST_CHANGES = 40  # a link may name each field once


def template(run_id: str | None, network: str | None) -> tuple[configs.RunConfig | None, str]:
    """The config to start from, if the link names a run (or pretrained network) or a network's preset.

    The second value says whose values they are, for sentences about them.
    """
    if run_id:
        run = read_or_show_error(models.run, run_id)
        return (run.config if run else None), problems.RUN
    return (read_or_show_error(configs.preset, network) if network else None), problems.PRESET


def changed(
    start: configs.RunConfig | None, changes: Sequence[str], owner: str
) -> tuple[configs.RunConfig | None, str | None]:
    """`start` with the link's changes "name=value", and a sentence about them.

    If a change is not allowed, the error is shown and no change is made.
    """
    return (changes and read_or_show_error(_changed, start, changes, owner)) or (start, None)


def link(config: configs.RunConfig) -> str:
    """The query of a link to the form with these settings: only what differs from the network's preset."""
    start = configs.preset(config.network)
    changes = [
        ("change", f"{name}={typed.text(value) if isinstance(value, int | float) else value}")
        for name in _changeable(config)
        if (value := getattr(config, name)) != getattr(start, name)
    ]
    return urlencode([("network", config.network), *changes])


def _changed(
    start: configs.RunConfig | None, changes: Sequence[str], owner: str
) -> tuple[configs.RunConfig, str]:
    """As changed(), raising ConfigError."""
    if start is None:
        raise ConfigError(
            "The link changes a hyperparameter, but names no run that can be read (from=...). "
            "Choose the hyperparameters below."
        )
    values = dict(_named_value(start, change) for change in changes[:MOST_CHANGES])
    config = start.changed(**values)
    words = {name: [labels.choice(getattr(which, name)) for which in (start, config)] for name in values}
    for name, (old, new) in words.items():
        if old == new:
            raise ConfigError(f"The link changes {name} to {new}, which is its value already. Choose below.")
    sentences = [f"{labels.label(name)}, changed from {old} to {new}" for name, (old, new) in words.items()]
    differs = "One hyperparameter differs" if len(words) == 1 else f"{len(words)} hyperparameters differ"
    return config, f"{differs} from the {owner}: {'; '.join(sentences)}."


def _named_value(start: configs.RunConfig, change: str) -> tuple[str, int | float | str]:
    """("units", 50) of "units=50". Raises ConfigError for a name that the network does not use."""
    name, _, text = change.partition("=")
    if name not in _changeable(start):
        raise ConfigError(
            f"The link changes {change[:60]!r}; it must be name=value with one of "
            f"{', '.join(_changeable(start))}. Choose below."
        )
    return name, typed.value(name, text)


def _changeable(config: configs.RunConfig) -> tuple[str, ...]:
    return (*configs.hyperparameters(config.network), "dataset", "tokenizer")
