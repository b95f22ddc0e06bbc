"""What a training will cost: time, parameters, layers, devices. Called by pages/train.py."""

from datetime import datetime, timedelta

import streamlit as st

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs import cost
from imdb_core.sweeps import starting
from ui.formats import counted, duration, escaped
from ui.tables import small_table


def estimate(config: configs.RunConfig, listed: list, gpus: list) -> tuple[cost.Estimate, cost.Place]:
    """(the estimate for `config` if it were started now, the processor); it rests on the `listed` runs."""
    place = cost.place_now(config, listed, gpus)
    return cost.estimate(config, listed, place), place


def in_one_line(config: configs.RunConfig, seconds: float | None, gpus: list) -> str:
    """Time, parameters and kernel of a training with so many seconds per epoch, beside the button."""
    time = ["time not known yet"]
    if seconds is not None:
        time = [f"about {_epoch_time(seconds)} an epoch", f"done at {_clock(seconds * config.epochs)}"]
    parts = [*time, f"{_rounded(_parameters(config))} parameters", cost.fast_kernel_in_short(config, gpus)]
    line = ", ".join(part for part in parts if part)
    return f"{line[0].upper()}{line[1:]}."


def of_sweep_in_one_line(most: starting.Cost) -> str:
    """What a sweep costs at most, beside the button."""
    runs = f"{counted(most.runs, 'run')}, {most.at_once} at a time"
    batches = " Small batches take longer than estimated." if most.small_batches else ""
    if most.seconds is None:
        return f"At most {runs}, {counted(most.epochs, 'epoch')}; their time is not known yet."
    if most.by_hours:
        return f"Ends after about {duration(most.seconds)} of training, or before: at most {runs}.{batches}"
    return (
        f"At most about {duration(most.seconds)}: {runs}, with the most expensive values. "
        f"Runs that end early take less.{batches}"
    )


def show_cost(config: configs.RunConfig, estimated: tuple[cost.Estimate, cost.Place], gpus: list) -> None:
    """Show parameters, time per epoch and for all epochs, time of day at the end, and what they rest on."""
    estimate, place = estimated
    with st.container(horizontal=True):
        st.metric("Parameters", f"{_parameters(config):,}", border=True)
        for label, value in _time_figures(config, estimate.seconds).items():
            st.metric(label, value, border=True)
    where = f"on the CPU with {counted(place.threads, 'thread')}" if place.kind == "cpu" else "on a GPU"
    basis = f"Time per epoch {where}, if started now: {estimate.basis}."
    st.caption(escaped(f"{basis} {cost.fast_kernel(config, gpus)}"))


def show_layers(config: configs.RunConfig) -> None:
    """Show layers with output shapes and parameters, exact for the chosen values, computed without Keras."""
    rows = architectures.layer_table(config)
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


def show_devices(gpus: list, cores: int) -> None:
    """Show what this machine can train on."""
    lines = [f"{gpu.device} — {gpu.name}, {_memory(gpu)}" for gpu in gpus] or ["no NVIDIA GPU found"]
    cpu = f"cpu — {counted(cores, 'core')}, so {counted(cores, 'run')} at a time"
    st.caption("Devices: " + escaped("; ".join([*lines, cpu])) + ".")


def _time_figures(config: configs.RunConfig, seconds: float | None) -> dict[str, str]:
    """Label -> figure for `seconds` per epoch, None if unknown."""
    if seconds is None:
        return {"Time per epoch": "not known yet"}
    total = seconds * config.epochs
    return {
        "Time per epoch": _epoch_time(seconds),
        f"Time for {counted(config.epochs, 'epoch')}": duration(total),
        "Done at": _clock(total),
    }


def _epoch_time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _parameters(config: configs.RunConfig) -> int:
    return sum(row.parameters for row in architectures.layer_table(config))


def _rounded(number: int) -> str:
    """1.2 million, 213,000, 950."""
    if number >= 1_000_000:
        return f"{number / 1e6:.1f} million"
    return f"{round(number, -3):,}" if number >= 10_000 else f"{number:,}"


def _memory(gpu) -> str:
    """The memory of a GPU. The driver reports none for a card that shares the machine's memory."""
    return "memory unknown" if gpu.memory_total is None else f"{gpu.memory_total / 1e9:.0f} GB"


def _clock(seconds: float) -> str:
    """The local time after so many seconds, with the day unless it is today."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%a %d %b, %H:%M}"
