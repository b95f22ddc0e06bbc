"""Configs from a network's preset, and the command line that trains a config."""

from dataclasses import replace
from typing import Any

from imdb_core import architectures
from imdb_core.config import problems
from imdb_core.config.fields import FACTS, facts, hyperparameters
from imdb_core.config.run_config import RunConfig, checked
from imdb_core.data import sources
from imdb_core.errors import ConfigError


def preset(network: str, *, tuned: bool = False, **changes: Any) -> RunConfig:
    """The preset of `network` with `changes`.

    The presets of the tutorials' networks are the tutorials' values. `tuned` gives better values for the same
    layers. Raises ConfigError with all values that the network does not use or allow, and for `tuned` if the
    registry has no tuned values.
    """
    if tuned and not architectures.get(network).tuned:
        tuned_networks = ", ".join(name for name in architectures.names() if architectures.get(name).tuned)
        raise ConfigError(f"{network} has no tuned values; only {tuned_networks} have. Leave --tuned out.")
    values = architectures.preset_values(network, tuned=tuned) | _of_source(changes)
    wrong = _not_used(network, changes)
    unused = {name for problem in wrong for name in problem.fields}
    used = {name: value for name, value in changes.items() if name not in unused}
    try:
        config = checked({**values, **used, "network": network})
        wrong += _large_vocabulary(config)
    except ConfigError as error:
        wrong += [_by_preset(problem, values, used) for problem in error.problems]
    if wrong:
        raise problems.error(wrong, problems.PRESET, **values)
    return config


def require_known_vocabulary(config: RunConfig) -> None:
    """Raise ConfigError if the network would have more word ids than its data set is known to have."""
    if wrong := _large_vocabulary(config):
        raise problems.error(wrong)


def _not_used(network: str, changes: dict[str, Any]) -> list[problems.Problem]:
    """The changes of fields that the network does not have."""
    allowed = hyperparameters(network)
    return [
        problems.Problem("not_used", (name,), {"network": network, "known": ", ".join(allowed)})
        for name in changes
        if name not in allowed and not (name in FACTS and facts(name).names_run)
    ]


def _large_vocabulary(config: RunConfig) -> list[problems.Problem]:
    source = sources.get(config.dataset)
    most = source.largest_vocabulary
    if not most or config.vocabulary_size <= most:
        return []
    values = {"value": f"{config.vocabulary_size:,}", "noun": source.noun, "most": f"{most:,}"}
    return [problems.Problem("large_vocabulary", ("vocabulary_size",), values, {"vocabulary_size": most})]


def _by_preset(
    problem: problems.Problem, values: dict[str, Any], changes: dict[str, Any]
) -> problems.Problem:
    """`problem`; if it is about memory, it names only the fields that are larger than in the preset.

    If no field is larger, a problem about memory keeps all its fields.
    """
    if problem.code != "memory":
        return problem
    larger = [name for name in problem.fields if changes.get(name, 0) > values.get(name, facts(name).default)]
    return replace(problem, fields=tuple(larger or problem.fields))


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
    names = (*hyperparameters(config.network), "dataset", "tokenizer", "place")
    differing = [name for name in names if getattr(config, name) != getattr(start, name)]
    options = [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in differing]
    return ["--tuned", *options] if tuned else options
