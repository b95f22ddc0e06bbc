"""The words and colours users see, one place for each: names of hyperparameters, states, numbers with units."""

import re

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.runs.progress import progress
from imdb_core.runs.store import Run

# First Okabe and Ito's palette (jfly.uni-koeln.de/color): distinguishable with every kind of colour
# blindness, on light and dark. No palette of twelve is; the further ones differ in lightness from their
# likes, and every line has its name beside it.
PALETTE = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#8A7A00"),
    *("#8C6BD1", "#B03A5B", "#63C7B2", "#A0714F", "#B5BD4C"),
)
GRAY = "#7F7F7F"  # what is no network: baselines, zero lines
STATE_ICONS = {
    "queued": ":material/hourglass_empty:",
    "starting": ":material/start:",
    "running": ":material/play_arrow:",
    "stopping": ":material/front_hand:",
    "finished": ":material/check_circle:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
    "interrupted": ":material/power_off:",
    "damaged": ":material/broken_image:",
}
STATE_COLORS = {
    "finished": "green",
    "failed": "red",
    "damaged": "red",
    "interrupted": "orange",
    "running": "blue",
}


def color(network: str) -> str:
    """The network's colour on every chart and page; grey for a network that is not registered."""
    return architectures.color(network) if network in architectures.names() else GRAY


def label(name: str) -> str:
    """A hyperparameter's name for people."""
    return configs.facts(name).label


def choice(value: str) -> str:
    """A choice's name for people."""
    return configs.choice_label(value)


def tab(run: Run) -> str:
    """The title of a browser's tab: "72 % · my run" while it trains, else its state, "finished · my run"."""
    return f"{f'{100 * progress(run).share:.0f} %' if run.state == 'running' else run.state} · {run.name}"


def shortened(text: str, most: int = 40) -> str:
    """At most `most` characters, with "…" where text was cut: "A very long na… · your run".

    For elements whose text a browser would cut without any sign.
    """
    if len(text) <= most:
        return text
    name, dot, rest = text.partition(" · ")
    rest = dot + rest
    kept = most - len(rest) - 1
    return name[:kept].rstrip() + "…" + rest if kept >= 10 else text[: most - 1].rstrip() + "…"


def signed(value: float, digits: int = 0) -> str:
    """A difference as +3, -12 or 0; a value that is rounded to zero has no sign."""
    shown = f"{value:+.{digits}f}"
    return shown if float(shown) else shown[1:]


def effect(value: float, strongest: float) -> tuple[str, str]:
    """(background, number) of a word that moves the probability by `value`: blue raises, orange lowers."""
    if strongest < 0.005 or abs(value) < 0.1 * strongest:
        return "", ""
    shade = round(70 * abs(value) / strongest)
    color = PALETTE[0] if value > 0 else PALETTE[1]
    return f"color-mix(in srgb, {color} {shade}%, transparent)", signed(100 * value)


def share(value: float, largest: float) -> tuple[str, str]:
    """(background, number in per cent) of a word that gets the share `value`; the darker, the nearer to the
    largest.
    """
    if largest <= 0 or value < 0.1 * largest:
        return "", ""
    number = f"{100 * value:.0f}" if largest >= 0.1 else f"{100 * value:.1f}"
    return f"color-mix(in srgb, {PALETTE[2]} {round(70 * value / largest)}%, transparent)", number


def plain(text: str) -> str:
    """`text` such that Markdown shows it as it is: user's words go through here wherever Streamlit would
    format them.
    """
    writable = (
        str(text).encode("utf-8", "backslashreplace").decode()
    )  # a path may hold bytes that are no UTF-8
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&@/])", r"\\\1", " ".join(writable.split()))


def counted(number: int, noun: str) -> str:
    """1 core, 2 cores."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """8 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "not known yet"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60} min {whole % 60:02} s"
        if whole < 3600
        else f"{whole // 3600} h {whole % 3600 // 60} min"
    )


def gigabytes(size: int | None) -> str:
    """Bytes as 0.86 GB."""
    return f"{size / 1e9:.2f} GB" if size else "not known yet"


def device(started: dict) -> str:
    """Where a run trains or trained, from its "started" event."""
    return (
        f"cpu, {counted(started['threads'], 'thread')}" if started["device"] == "cpu" else started["device"]
    )


def interval(low: float, high: float) -> str:
    """0.8703 and 0.8785 as 87.03 to 87.85 %."""
    return f"{100 * low:z.2f} to {100 * high:z.2f} %"


KEPT_BY = "lowest validation loss"  # a run keeps the network of the epoch that has it
KEPT_ACCURACY = "validation accuracy of the kept epoch"


def kept(run) -> str:
    """Which epoch of a run is kept and why, in the same words on all pages.

    If another epoch had a higher validation accuracy, a second sentence names it.
    """
    best = run.best
    if not best:
        return "No epoch is done yet, so none is kept."
    loss, accuracy = f"{best['val_loss']:.3f}", percent(best["val_accuracy"])
    sentence = f"Kept: epoch {best['epoch']}, {KEPT_BY} ({loss}); its validation accuracy {accuracy}."
    scored = [row for row in run.epochs if row["val_accuracy"] is not None]
    highest = max(scored, key=lambda row: row["val_accuracy"], default=best)
    if best["val_accuracy"] is None or highest["val_accuracy"] <= best["val_accuracy"]:
        return sentence
    loss = f" at a validation loss of {highest['val_loss']:.3f}" if highest["val_loss"] is not None else ""
    return f"{sentence} Epoch {highest['epoch']} had {percent(highest['val_accuracy'])}{loss}."


def uneven(counted, half: str) -> str:
    """A warning that the classes (a balance.Balance) of the "training" or "test" reviews are uneven."""
    return (
        f"{counted.share:.1%} of the {half} reviews are {counted.larger}: always answering "
        f"“{counted.larger}” would be right as often, so accuracy alone misleads. Look at balanced accuracy "
        "and the area under the ROC curve beside it."
    )


def p_value(found) -> str:
    """The p-value of a comparisons.Pair, p = 0.046 or p < 0.001, and for how many tests it is corrected."""
    p = found.p if found.corrected is None else found.corrected
    said = f"p {'<' if p < 0.001 else '='} {max(p, 0.001):.3f}"
    return f"{said}, corrected for {found.tests} comparisons" if found.tests > 1 else said


def area(value: float | None) -> str:
    """The area under a ROC curve as 0.9412."""
    return f"{value:.4f}" if value is not None else "not defined"


def percent(share: float | None) -> str:
    """0.8762 as 87.62 %."""
    return f"{100 * share:z.2f} %" if share is not None else "not measured"


def figure(value: float | None) -> str:
    """0.34567 as 0.346."""
    return f"{value:.3f}" if value is not None else "not measured"
