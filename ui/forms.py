"""The training form, made from RunConfig's fields: a new hyperparameter appears here by itself."""

import streamlit as st

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.scoring import models
from ui import words
from ui.parts import tried

WIDGET_WIDTH = 210  # pixels; as many side by side as fit


def template(run_id: str | None) -> configs.RunConfig | None:
    """The config of the run (or pretrained network) to start from, if the link names one."""
    run = tried(models.run, run_id) if run_id else None
    return run.config if run else None


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


def layer_table(config: configs.RunConfig) -> None:
    """Layers with output shapes and parameters, exact for the chosen values, nothing loaded to find out."""
    rows = architectures.layer_table(config)
    st.metric("Parameters to learn", f"{sum(row.parameters for row in rows):,}")
    st.table(
        {
            "layer": [row.type for row in rows],
            "output shape": [" × ".join("batch" if size is None else f"{size:,}" for size in row.output_shape) for row in rows],
            "parameters": [f"{row.parameters:,}" for row in rows],
            "why so many": [row.note for row in rows],
        },
        border="horizontal",
        hide_index=True,
    )


def device_list(gpus, cores: int) -> None:
    """What this machine can train on."""
    lines = [f"gpu:{gpu.index} — {gpu.name}, {gpu.memory_total / 1e9:.0f} GB" for gpu in gpus] or ["no NVIDIA GPU found"]
    st.caption("Devices: " + words.plain("; ".join([*lines, f"cpu — {cores} cores, so {cores} runs at a time"])) + ".")


def _grid(names, network, start):
    with st.container(horizontal=True):
        return {name: _widget(name, network, getattr(start, name)) for name in names}


def _widget(name, network, value):
    """The widget that fits a field; the widget's key holds network and start value, so a preset shows when it is chosen."""
    field, key = configs.RunConfig.model_fields[name], f"{network}.{name}.{value}"
    low, high = configs.bounds(name)
    label = words.label(name) + (f" ({extra(name)['unit']})" if extra(name).get("unit") else "")
    if configs.choices(name):
        options = configs.choices(name)
        return st.selectbox(
            label, options, options.index(value), words.choice, key=key, help=field.description, width=WIDGET_WIDTH
        )
    if low is None:
        return st.text_input(label, value, key=key, help=field.description, width=WIDGET_WIDTH)
    kind, text = field.annotation, f"{field.description} From {low:,} to {high:,}."
    format = "%g" if kind is float else None
    step = extra(name)["step"]
    # No bounds for the widget: the browser would keep a wrong number to itself and the form would start an older one.
    return st.number_input(label, value=kind(value), step=kind(step), format=format, key=key, help=text, width=WIDGET_WIDTH)
