"""The training form, made from RunConfig's fields: a new hyperparameter appears here by itself."""

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


def template(run_id: str | None) -> configs.RunConfig | None:
    """The config of the run (or pretrained network) to start from, if the link names one."""
    run = read_or_show_error(models.run, run_id) if run_id else None
    return run.config if run else None


def changed(
    start: configs.RunConfig | None, change: str | None
) -> tuple[configs.RunConfig | None, str | None]:
    """`start` with the link's one change "name=value", and a sentence about it; what cannot be made is said,
    not made.
    """
    return (change and read_or_show_error(_changed, start, change)) or (start, None)


def tuned(network: str) -> bool:
    """Whether the form shall start from the better values for the same layers; asks only where the network
    has such.
    """
    if not architectures.get(network).tuned:
        return False
    help = "The tutorial's values, or better ones for the same layers, found on the validation reviews: what tuning alone buys."
    choices = ["the tutorial's", "tuned"]
    return (
        st.segmented_control("Values", choices, default=choices[0], required=True, help=help, key="values")
        == choices[1]
    )


def hyperparameters(network: str, start: configs.RunConfig) -> dict:
    """Widgets for what `network` uses, those that matter most first; returns the chosen values by name."""
    names = configs.settings(network)
    first = [name for name in names if extra(name).get("main")]
    values = _grid(first, network, start)
    with st.expander("More hyperparameters", icon=":material/tune:"):
        values |= _grid([name for name in names if name not in first], network, start)
    return values


def extra(name: str) -> dict:
    """How a field wants to be shown: step, main, unit."""
    return configs.RunConfig.model_fields[name].json_schema_extra or {}


def start(config: configs.RunConfig, ids: list[str]) -> None:
    """Queue one run for each id, with seeds that count up from the config's. Ids that are runs already are
    left alone.

    Stops at the first failure. If no run was queued, its error passes on; else a RunError says which runs are
    queued.
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
    """Layers with output shapes and parameters, exact for the chosen values, nothing loaded to find out."""
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
    """Time per epoch, for all epochs, and of the clock at the end, from the `listed` runs of this machine;
    the GPU's kernel.
    """
    place = cost.place_now(config, listed, gpus)
    told = cost.estimate(config, listed, place)
    if told.seconds is None:
        cells = {"Time per epoch": "not known yet"}
    else:
        total = told.seconds * config.epochs
        each = f"{told.seconds:.1f} s" if told.seconds < 10 else duration(told.seconds)
        cells = {
            "Time per epoch": each,
            f"Time for all {config.epochs} epochs": duration(total),
            "Done at": _clock(total),
        }
    with st.container(horizontal=True):
        for label, value in cells.items():
            st.metric(label, value, border=True)
    where = f"on the CPU with {counted(place.threads, 'thread')}" if place.kind == "cpu" else "on a GPU"
    st.caption(
        escaped(f"Time per epoch {where}, if started now: {told.basis}. {cost.fast_kernel(config, gpus)}")
    )


def device_list(gpus, cores: int) -> None:
    """What this machine can train on."""
    lines = [f"{gpu.device} — {gpu.name}, {_memory(gpu)}" for gpu in gpus] or ["no NVIDIA GPU found"]
    cpu = f"cpu — {counted(cores, 'core')}, so {counted(cores, 'run')} at a time"
    st.caption("Devices: " + escaped("; ".join([*lines, cpu])) + ".")


def _memory(gpu) -> str:
    """The memory of a GPU. The driver reports none for a card that shares the machine's memory."""
    return "memory unknown" if gpu.memory_total is None else f"{gpu.memory_total / 1e9:.0f} GB"


def _changed(start, change):
    """As changed(), raising ConfigError."""
    name, _, text = change.partition("=")
    if start is None:
        raise ConfigError(
            "The link changes a setting, but of no run that can be read (from=...); choose the settings "
            "below."
        )
    changeable = (*configs.settings(start.network), "dataset")
    if name not in changeable:
        known = ", ".join(changeable)
        raise ConfigError(
            f"The link changes {change[:60]!r}; it must be name=value with one of {known}. Choose below."
        )
    kind, value = configs.RunConfig.model_fields[name].annotation, text
    if kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            pass  # stays text, and the config's own check says what is allowed
    config = start.changed(**{name: value})
    old, new = (labels.choice(getattr(which, name)) for which in (start, config))
    if old == new:
        raise ConfigError(
            f"The link changes {name} to {new}, which it is already; choose another value below."
        )
    return config, f"One setting differs from the run: {labels.label(name)}, changed from {old} to {new}."


def _clock(seconds: float) -> str:
    """The local time in so many seconds; with the day unless it is today."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%a %d %b, %H:%M}"


def _grid(names, network, start):
    with st.container(horizontal=True):
        return {name: _widget(name, network, getattr(start, name)) for name in names}


def _widget(name, network, value):
    """The widget that fits a field; the widget's key holds network and start value, so a preset shows when it
    is chosen.
    """
    field, key = configs.RunConfig.model_fields[name], f"{network}.{name}.{value}"
    low, high = configs.bounds(name)
    label = labels.label(name) + (f" ({extra(name)['unit']})" if extra(name).get("unit") else "")
    if configs.choices(name):
        options = configs.choices(name)
        return st.selectbox(
            label,
            options,
            options.index(value),
            labels.choice,
            key=key,
            help=field.description,
            width=WIDGET_WIDTH,
        )
    if low is None:
        return st.text_input(label, value, key=key, help=field.description, width=WIDGET_WIDTH)
    kind, text = field.annotation, f"{field.description} From {low:,} to {high:,}."
    format = "%g" if kind is float else None
    step = extra(name)["step"]
    # No bounds for the widget: the browser would keep a wrong number to itself and the form would start an
    # older one.
    return st.number_input(
        label, value=kind(value), step=kind(step), format=format, key=key, help=text, width=WIDGET_WIDTH
    )
