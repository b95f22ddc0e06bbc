"""The training form, made from RunConfig's fields: a new hyperparameter appears here by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.errors import ConfigError, RunError, UserError, sentence
from imdb_core.runs import cost, launcher, store
from imdb_core.scoring import models
from ui import labels
from ui.formats import counted, duration, escaped
from ui.messages import read_or_show_error
from ui.tables import small_table

WIDGET_WIDTH = 210  # pixels; as many side by side as fit
TUTORIAL_VALUES, TUNED_VALUES = "the tutorial's", "tuned"


def template(run_id: str | None) -> configs.RunConfig | None:
    """The config of the run (or pretrained network) to start from, if the link names one."""
    run = read_or_show_error(models.run, run_id) if run_id else None
    return run.config if run else None


def linked_network() -> str:
    """The network that the link names, else the quickest of the tutorials'."""
    name = st.query_params.get("network", "")
    return name if name in architectures.names() else "cnn_lstm_dense"


def changed(
    start: configs.RunConfig | None, change: str | None
) -> tuple[configs.RunConfig | None, str | None]:
    """`start` with the link's change "name=value", and a sentence about the change.

    A change that is not allowed is shown as an error and not made.
    """
    return (change and read_or_show_error(_changed, start, change)) or (start, None)


def tuned(network: str) -> bool:
    """Whether the form starts from the tuned values; asks the user only where the network has some."""
    if not architectures.get(network).tuned:
        return False
    values = st.segmented_control(
        "Values",
        [TUTORIAL_VALUES, TUNED_VALUES],
        default=TUTORIAL_VALUES,
        required=True,
        help="The tutorial's values, or better values for the same layers, found on the validation reviews. "
        "The difference shows what tuning alone gains.",
        key="values",
    )
    return values == TUNED_VALUES


def hyperparameters(network: str, start: configs.RunConfig) -> dict:
    """Widgets for the hyperparameters of `network`, the main ones first; returns the values by name."""
    names = configs.hyperparameters(network)
    main = [name for name in names if configs.facts(name).main]
    values = _grid(main, network, start)
    with st.expander("More hyperparameters", icon=":material/tune:"):
        values |= _grid([name for name in names if name not in main], network, start)
    return values


def start(config: configs.RunConfig, ids: Sequence[str]) -> None:
    """Queue one run for each id, with seeds that count up from the config's seed.

    Ids of existing runs are left alone. Stops at the first failure. If no run was queued, the error passes
    on; else a RunError says which runs are queued.
    """
    for number, id in enumerate(ids):
        try:
            launcher.submit(config.changed(seed=config.seed + number), id)
        except (UserError, OSError) as error:
            queued = [str(config.seed + place) for place, each in enumerate(ids) if store.exists(each)]
            if not queued:
                raise
            runs = f"{len(queued)} of {counted(len(ids), 'run')}"
            raise RunError(
                f"Only {runs} could be queued (seed {', '.join(queued)}). {sentence(error)}"
            ) from error


def layer_table(config: configs.RunConfig) -> None:
    """Layers with output shapes and parameters, exact for the chosen values, computed without Keras."""
    rows = architectures.layer_table(config)
    st.metric("Parameters", f"{sum(row.parameters for row in rows):,}")
    small_table(
        {
            "layer": [row.type for row in rows],
            "output shape": [
                " × ".join("batch" if size is None else f"{size:,}" for size in row.output_shape)
                for row in rows
            ],
            "parameters": [f"{row.parameters:,}" for row in rows],
            "why so many": [row.note for row in rows],
        }
    )


def cost_before_start(config: configs.RunConfig, listed: list, gpus: list) -> None:
    """Time per epoch and for all epochs, time of day at the end, and whether the fast GPU kernel applies.

    The times are estimated from the `listed` runs of this machine.
    """
    place = cost.place_now(config, listed, gpus)
    estimate = cost.estimate(config, listed, place)
    with st.container(horizontal=True):
        for label, value in _time_figures(config, estimate.seconds).items():
            st.metric(label, value, border=True)
    where = f"on the CPU with {counted(place.threads, 'thread')}" if place.kind == "cpu" else "on a GPU"
    basis = f"Time per epoch {where}, if started now: {estimate.basis}."
    st.caption(escaped(f"{basis} {cost.fast_kernel(config, gpus)}"))


def device_list(gpus: list, cores: int) -> None:
    """What this machine can train on."""
    lines = [f"{gpu.device} — {gpu.name}, {_memory(gpu)}" for gpu in gpus] or ["no NVIDIA GPU found"]
    cpu = f"cpu — {counted(cores, 'core')}, so {counted(cores, 'run')} at a time"
    st.caption("Devices: " + escaped("; ".join([*lines, cpu])) + ".")


def _time_figures(config: configs.RunConfig, seconds: float | None) -> dict[str, str]:
    """Label -> figure for `seconds` per epoch, None if unknown."""
    if seconds is None:
        return {"Time per epoch": "not known yet"}
    total = seconds * config.epochs
    return {
        "Time per epoch": f"{seconds:.1f} s" if seconds < 10 else duration(seconds),
        f"Time for all {config.epochs} epochs": duration(total),
        "Done at": _clock(total),
    }


def _memory(gpu) -> str:
    """The memory of a GPU. The driver reports none for a card that shares the machine's memory."""
    return "memory unknown" if gpu.memory_total is None else f"{gpu.memory_total / 1e9:.0f} GB"


def _changed(start: configs.RunConfig | None, change: str) -> tuple[configs.RunConfig, str]:
    """As changed(), raising ConfigError."""
    name, _, text = change.partition("=")
    if start is None:
        raise ConfigError(
            "The link changes a hyperparameter, but names no run that can be read (from=...). "
            "Choose the hyperparameters below."
        )
    changeable = (*configs.hyperparameters(start.network), "dataset")
    if name not in changeable:
        raise ConfigError(
            f"The link changes {change[:60]!r}; it must be name=value with one of {', '.join(changeable)}. "
            "Choose below."
        )
    config = start.changed(**{name: _value_from_link(name, text)})
    old, new = (labels.choice(getattr(which, name)) for which in (start, config))
    if old == new:
        raise ConfigError(f"The link changes {name} to {new}, which is its value already. Choose below.")
    return config, (
        f"One hyperparameter differs from the run: {labels.label(name)}, changed from {old} to {new}."
    )


def _value_from_link(name: str, text: str) -> int | float | str:
    """The value that `text` stands for; text that is no number stays text, and the config refuses it."""
    try:
        return configs.facts(name).kind(text)
    except ValueError:
        return text


def _clock(seconds: float) -> str:
    """The local time after so many seconds, with the day unless it is today."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%a %d %b, %H:%M}"


def _grid(names: Sequence[str], network: str, start: configs.RunConfig) -> dict:
    with st.container(horizontal=True):
        return {name: _widget(name, network, getattr(start, name)) for name in names}


def _widget(name: str, network: str, value):
    """The widget that fits a field.

    Its key holds network and start value, so choosing a preset shows the preset's values.
    """
    facts = configs.facts(name)
    options = {"key": f"{network}.{name}.{value}", "width": WIDGET_WIDTH}
    if facts.choices:
        words_allowed = list(facts.choices)
        chosen = words_allowed.index(value)
        return st.selectbox(
            facts.label_with_unit, words_allowed, chosen, labels.choice, help=facts.help, **options
        )
    if facts.low is None:
        return st.text_input(facts.label_with_unit, value, help=facts.help, **options)
    # No bounds for the widget: the browser would keep a wrong number to itself, and the form would start with
    # the number before it.
    return st.number_input(
        facts.label_with_unit,
        value=facts.kind(value),
        step=facts.kind(facts.step),
        format="%g" if facts.kind is float else None,
        help=f"{facts.help} From {facts.low:,} to {facts.high:,}.",
        **options,
    )
