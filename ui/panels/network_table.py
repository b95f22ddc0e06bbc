"""Figures and hyperparameters of one network, or what differs between several. Called by pages/learn.py."""

from collections.abc import Callable

import streamlit as st

from imdb_core.data import sources
from imdb_core.evaluation import network_differences, tutorial_figures
from imdb_core.evaluation.tutorial_figures import Studied
from ui.formats import counted, duration, escaped, interval, percent, shortened
from ui.labels import choice, label
from ui.messages import read_or_show_error
from ui.panels import tutorial_sentences
from ui.tables import small_table

LONGEST_NAMES = 60  # characters of the names of all classes together
NOT_USED, NONE = "not used", "–"

_FIGURES: dict[str, Callable[[Studied], str]] = {
    "Published accuracy": lambda network: _or_dash(network.network.published, percent),
    "Accuracy here": lambda network: _measured(network),
    "Parameters": lambda network: f"{network.parameters:,}",
    "An epoch took": lambda network: _or_dash(network.epoch_seconds, duration),
    "The training took": lambda network: _or_dash(network.run and network.run.training_seconds, duration),
    "Gap to validation accuracy": lambda network: _or_dash(network.gap, tutorial_sentences.points),
    "Steps of the LSTM": lambda network: _or_dash(network.steps, lambda steps: f"{steps:,}"),
}


def show_figures(network: Studied) -> None:
    """One network: its figures, and the hyperparameters that its layers use."""
    rows = {title: figure(network) for title, figure in _FIGURES.items()}
    lines = [f"{title}: **{value}**" for title, value in rows.items() if value != NONE]
    if not network.run:
        lines.append("No pretrained network")
    st.markdown("  \n".join(lines))
    values = network_differences.network_hyperparameters(network.config)
    st.caption("; ".join(f"{label(name)} {_cell(name, value)}" for name, value in values.items()))


def show_differences(networks: list[Studied]) -> None:
    """A row for each figure, layer and hyperparameter that differs; one line lists what is the same."""
    rows = {title: [figure(network) for network in networks] for title, figure in _FIGURES.items()}
    first = escaped(networks[0].title)
    rows |= {f"Difference to {first}": _compared(networks)}
    rows |= {f"Layers of {first} it lacks": _missing(networks)}
    values = [network_differences.network_hyperparameters(network.config) for network in networks]
    names = dict.fromkeys(name for settings in values for name in settings)
    rows |= {label(name): [_cell(name, settings.get(name)) for settings in values] for name in names}
    _show_rows({title: row for title, row in rows.items() if len(set(row)) > 1}, networks)
    if same := [f"{title} {row[0]}" for title, row in rows.items() if len(set(row)) == 1 and row[0] != NONE]:
        st.caption(f"The same: {'; '.join(same)}.")
    settings = network_differences.differing_hyperparameters([network.config for network in networks])
    of_training = {
        label(name): [_cell(name, value) for value in row]
        for name, row in settings.items()
        if name not in names
    }
    if of_training:
        with st.expander(f"{counted(len(of_training), 'difference')} in how they are trained"):
            _show_rows(of_training, networks)


def _show_rows(rows: dict[str, list[str]], networks: list[Studied]) -> None:
    columns = {
        escaped(network.title): [row[place] for row in rows.values()]
        for place, network in enumerate(networks)
    }
    small_table({"what differs": list(rows)} | columns)


def _or_dash(value: float | None, shown: Callable[[float], str]) -> str:
    return NONE if value is None else shown(value)


def _measured(network: Studied) -> str:
    """The accuracy with its interval."""
    text = _or_dash(network.accuracy, percent)
    return f"{text} ({interval(*network.interval)})" if network.interval else text


def _compared(networks: list[Studied]) -> list[str]:
    """McNemar's test of each network against the first network, corrected for the number of tests."""
    first, *others = networks
    pairs = read_or_show_error(tutorial_figures.against, first, others) or {}
    cells = [pairs.get(network.network.name) for network in others]
    texts = [tutorial_sentences.chance(pair) if pair else NONE for pair in cells]
    return [NONE, *texts]


def _missing(networks: list[Studied]) -> list[str]:
    """The layers of the first network that each other network does not have."""
    first, *others = networks
    lacking = [network_differences.missing_layers(network.layers, first.layers) for network in others]
    return [NONE, *(", ".join(types) or NONE for types in lacking)]


def _cell(name: str, value: object) -> str:
    if value is None:
        return NOT_USED
    if name == "dataset":
        return escaped(sources.title(str(value)))
    if isinstance(value, tuple):
        return escaped(shortened(", ".join(value), LONGEST_NAMES))
    shown = choice(value) if isinstance(value, str) else value
    return f"{shown:,}" if isinstance(shown, int) and not isinstance(shown, bool) else escaped(str(shown))
