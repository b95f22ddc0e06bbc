"""Configs from a network's preset, and the command line that trains a config."""

from typing import Any

from imdb_core import architectures
from imdb_core.config.run_config import RunConfig, checked, facts, hyperparameters
from imdb_core.data import sources
from imdb_core.errors import ConfigError


def preset(network: str, *, tuned: bool = False, **changes: Any) -> RunConfig:
    """The preset of `network` with `changes`; raises ConfigError for a value it does not use or allow.

    The presets of the tutorials' networks are the tutorials' values. `tuned` gives better values for the same
    layers, where the registry has them.
    """
    if tuned and not architectures.get(network).tuned:
        tuned_networks = ", ".join(name for name in architectures.names() if architectures.get(name).tuned)
        raise ConfigError(f"{network} has no tuned values; only {tuned_networks} have. Leave --tuned out.")
    values = architectures.preset_values(network, tuned=tuned) | _of_source(changes)
    allowed = hyperparameters(network)
    for name in changes:
        known_field = name in RunConfig.model_fields and facts(name).names_run
        if name not in allowed and not known_field:
            raise ConfigError(f"{network} has no {name}; it uses {', '.join(allowed)}.")
    config = checked({**values, **changes, "network": network})
    require_known_vocabulary(config)
    return config


def require_known_vocabulary(config: RunConfig) -> None:
    """Raise ConfigError if the network would have more word ids than its data set, if that is known."""
    source = sources.get(config.dataset)
    most = source.largest_vocabulary
    if most and config.vocabulary_size > most:
        raise ConfigError(
            f"vocabulary_size is {config.vocabulary_size:,}, but {source.noun} have only {most:,} word ids. "
            f"Choose {most:,} or fewer."
        )


def _of_source(changes: dict[str, Any]) -> dict[str, Any]:
    """The values that follow from the data set in `changes`. Raises ConfigError if it does not exist."""
    name = changes.get("dataset", facts("dataset").default)
    if not sources.exists(name):
        raise ConfigError(f"dataset is {name!r:.80}; it must be {facts('dataset').allowed}")
    source = sources.get(name)
    return {"classes": source.classes, "tokenizer": source.tokenizers[0]}


def command(config: RunConfig) -> str:
    """The command line that trains `config`: only the options that differ from the network's preset.

    It uses the option --tuned if that makes the command shorter.
    """
    presets = (False, True) if architectures.get(config.network).tuned else (False,)
    options = min((_options(config, tuned=tuned) for tuned in presets), key=len)
    return " ".join(["python -m imdb_core train --network", config.network, *options])


def _options(config: RunConfig, *, tuned: bool) -> list[str]:
    """The options that turn the preset into `config`."""
    start = preset(config.network, tuned=tuned)
    names = (*hyperparameters(config.network), "dataset", "tokenizer")
    differing = [name for name in names if getattr(config, name) != getattr(start, name)]
    options = [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in differing]
    return ["--tuned", *options] if tuned else options
