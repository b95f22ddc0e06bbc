"""What runs are called: the user's name, or the network and the settings that differ from its preset.

In a list, no two runs are called the same. Called by run, by the lists of the pages and by the command line.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.plain_text import one_line

if TYPE_CHECKING:
    from imdb_core.runs.run import Run

MOST_SETTINGS = 4  # in a name; the number of further settings is counted
SEPARATOR = " · "  # before an addition that tells runs with equal names apart
PRETRAINED = f"{SEPARATOR}pretrained"  # the end of the name of a pretrained run

Config = configs.RunConfig
Settings = Mapping[str, Any]  # hyperparameter -> value


def changed_settings(config: Config) -> Settings:
    """The hyperparameters with another value than in the network's preset, in the order of the form.

    Some networks have a second, tuned preset. The preset with fewer differences is used.
    """
    return _nearest_preset(config)[1]


def nearest_preset(config: Config) -> Settings:
    """All hyperparameters of the network with their values in the preset that changed_settings() uses."""
    network = architectures.get(config.network)
    preset = {name: configs.facts(name).default for name in configs.hyperparameters(config.network)}
    return preset | network.preset | (network.tuned if _nearest_preset(config)[0] else {})


@functools.lru_cache(20_000)
def described(config: Config, *, with_seed: bool = True) -> str:
    """The network's title and the changed settings, the seed last: "LSTM, dropout 0.4, seed 8"."""
    is_tuned, changes = _nearest_preset(config)
    settings = {name: value for name, value in changes.items() if name not in ("seed", "device")}
    title = architectures.get(config.network).title
    texts = [title, *(["tuned"] if is_tuned else []), *_some(settings)]
    if with_seed and "seed" in changes:
        texts.append(setting("seed", config.seed))
    return ", ".join(texts)


def setting(name: str, value: Any) -> str:
    """A hyperparameter and its value in the field's words: "dropout 0.4", "optimizer AdamW"."""
    return f"{configs.facts(name).short_label} {_text(value)}"


def settings_text(settings: Settings) -> str:
    """All `settings` in one line."""
    return ", ".join(setting(name, value) for name, value in settings.items())


def created(id: str) -> datetime | None:
    """When the run with this id was created, in UTC; None if the id holds no time, as of a pretrained run."""
    digits = re.match(r"([0-9]{8})-([0-9]{6})", id)
    try:
        return datetime.fromisoformat(f"{digits[1]}T{digits[2]}+00:00") if digits else None
    except ValueError:  # such as month 13
        return None


def written(time: datetime, seconds: str = "") -> str:
    """A time as "31 Jan 2026, 12:00"; ":%S" adds the seconds."""
    return f"{time.day} {time:%b %Y, %H:%M}{time.strftime(seconds) if seconds else ''}"


def display_names(runs: Mapping[str, "Run"], zone: tzinfo | None = None) -> dict[str, str]:
    """A different name for each of the `runs`, by key. The key of a pretrained run is not the run's id.

    Runs with equal names get an addition that differs: network, settings, seed, data set, or date and time,
    in this order. `zone` is the time zone of the visitor, by default the time zone of this machine.
    """
    names = _with_seeds(runs)
    titles: dict[str, str] = {}
    describers: tuple[Callable[[Sequence[Run]], list[str]], ...] = (
        _networks,
        _settings,
        _settings,  # again: runs that agree in the settings named so far may differ in further ones
        _seeds,
        functools.partial(_data_sets, titles),
        functools.partial(_times, zone),
        _ids,
    )
    looks = {key: _appearance(name) for key, name in names.items()}
    for describe in describers:
        for keys in _equal(looks):
            for key, text in zip(keys, describe([runs[key] for key in keys]), strict=True):
                if text:
                    names[key] += SEPARATOR + text
                    looks[key] += SEPARATOR + text
    for keys in _equal(looks):  # a user has given a run the name of another run, with its addition
        names |= {key: f"{names[key]}{SEPARATOR}{one_line(key)}" for key in keys}
    return names


@functools.lru_cache(20_000)
def _nearest_preset(config: Config) -> tuple[bool, Settings]:
    """(whether the config is nearer to the network's tuned preset, what differs from the nearer preset)."""
    network = architectures.get(config.network)
    values = {name: getattr(config, name) for name in configs.hyperparameters(config.network)}
    preset = {name: configs.facts(name).default for name in values} | network.preset
    changes = _differing(values, preset)
    tuned_changes = _differing(values, preset | network.tuned)
    is_tuned = len(tuned_changes) < len(changes)
    return is_tuned, tuned_changes if is_tuned else changes


def _differing(values: Settings, preset: Settings) -> Settings:
    return {name: value for name, value in values.items() if value != preset[name]}


def _some(settings: Settings) -> list[str]:
    """The first settings as texts, and how many more there are."""
    texts = [setting(name, value) for name, value in settings.items()]
    if len(texts) <= MOST_SETTINGS:
        return texts
    return [*texts[: MOST_SETTINGS - 1], f"{len(texts) - MOST_SETTINGS + 1} more settings"]


def _text(value: Any) -> str:
    """A value as pages write it. Different values have different texts."""
    if isinstance(value, float):
        return short if float(short := f"{value:g}") == value else repr(value)
    if isinstance(value, int):
        return str(value) if value < 10_000 else f"{value:,}"
    return str(configs.choice_label(value))


def _with_seeds(runs: Mapping[str, "Run"]) -> dict[str, str]:
    """The runs' names before additions. If unnamed runs differ only in their seed, each shows its seed."""
    names = {key: run.name if key == run.id else f"{run.name}{PRETRAINED}" for key, run in runs.items()}
    alike: dict[str, list[str]] = {}
    for key, run in runs.items():
        if key == run.id and run.config and not run.chosen_name:
            alike.setdefault(described(run.config, with_seed=False), []).append(key)
    for text, keys in alike.items():
        if len(keys) > 1 and any(names[key] != names[keys[0]] for key in keys):
            for key in keys:
                config = runs[key].config
                names[key] = f"{text}, {setting('seed', config.seed)}" if config else text
    return names


def _equal(looks: Mapping[str, str]) -> list[list[str]]:
    """The keys of names that look the same, in groups of two or more."""
    groups: dict[str, list[str]] = {}
    for key, look in looks.items():
        groups.setdefault(look, []).append(key)
    return [keys for keys in groups.values() if len(keys) > 1]


def _appearance(name: str) -> str:
    """`name` without what nobody sees: invisible characters, repeated spaces, forms of the same letter."""
    if not name.isascii():
        shown = unicodedata.normalize("NFKC", name)
        name = "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")
    return " ".join(name.split())


def _networks(runs: Sequence["Run"]) -> list[str]:
    return _if_different([run.title if run.config else "" for run in runs])


def _settings(runs: Sequence["Run"]) -> list[str]:
    """The settings that differ among the runs, at most MOST_SETTINGS, without the seed."""
    configs_by_identity = {id(run.config): run.config for run in runs if run.config}  # equal ones are shared
    distinct = list(configs_by_identity.values())
    if len(distinct) < 2:
        return [""] * len(runs)
    names = [name for name in (*configs.hyperparameters(distinct[0].network), "tokenizer") if name != "seed"]
    differing = [name for name in names if len({getattr(config, name) for config in distinct}) > 1]
    texts = {
        key: ", ".join(setting(name, getattr(config, name)) for name in differing[:MOST_SETTINGS])
        for key, config in configs_by_identity.items()
    }
    return [texts.get(id(run.config), "") for run in runs]


def _seeds(runs: Sequence["Run"]) -> list[str]:
    return _if_different([setting("seed", run.config.seed) if run.config else "" for run in runs])


def _data_sets(titles: dict[str, str], runs: Sequence["Run"]) -> list[str]:
    """The titles of the data sets; `titles` remembers them, because a title may stand in a file."""
    names = [run.config.dataset if run.config else "" for run in runs]
    if len(set(names)) > 1:
        titles |= {name: one_line(sources.title(name)) for name in set(names) - {"", *titles}}
    return _if_different([titles.get(name, "") for name in names])


def _times(zone: tzinfo | None, runs: Sequence["Run"]) -> list[str]:
    """When the runs were created: to the minute, or if that is the same for two of them, to the second."""
    times = [created(run.id) for run in runs]
    minutes = {time.replace(second=0) for time in times if time}
    seconds = ":%S" if len(minutes) < len(times) else ""
    return [written(time.astimezone(zone), seconds) if time else "" for time in times]


def _ids(runs: Sequence["Run"]) -> list[str]:
    ends = [run.id[-4:] for run in runs]
    return ends if len(set(ends)) == len(ends) else [run.id for run in runs]


def _if_different(texts: list[str]) -> list[str]:
    """`texts`, or nothing for each run if all are the same."""
    return texts if len(set(texts)) > 1 else [""] * len(texts)
