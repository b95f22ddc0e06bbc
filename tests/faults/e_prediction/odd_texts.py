"""Odd and huge texts that visitors type."""

import contextlib
import io
import json
import time
from pathlib import Path

import hypothesis
from hypothesis import strategies

from imdb_core import __main__ as command_line
from imdb_core import paths
from imdb_core.data import reading
from imdb_core.errors import TextError
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
from tests.faults.support.scored_texts import MODEL, NOTHING, pretrained


@row("E1", "reviews without a known word", "0 of 20 scored, 0 other exceptions", breaks=("scored anyway",))
def nothing_to_score(place, patch, broken):
    scored, wrong = 0, []
    if broken:
        patch.setattr(reading, "clean", lambda text: "the")
    names = sorted(path.parent.name for path in paths.PRETRAINED.glob("*/model.json"))
    for name in names:
        for text in NOTHING:
            try:
                pretrained(name).score(text)
                scored += 1
            except TextError:
                continue
            except Exception as error:  # noqa: BLE001 - every exception is counted
                wrong.append(f"{text!r}: {error!r}")
    return Outcome(
        f"{scored} of {len(NOTHING)} texts scored by {len(names)} networks, {len(wrong)} exceptions "
        f"{wrong[:1] or ''}".strip(),
        not wrong and not scored,
    )


@row("E2", "texts of 10 MB", "p95 <= 300 ms, memory <= +50 MiB", alone=True, breaks=("nothing is cut",))
def huge_texts(place, patch, broken):
    if broken:
        patch.setattr(reading, "LONGEST_TEXT", 10**9)
    size = 10_000_000
    shapes = [
        "x" * size,
        "\n" * (size // 2) + "good",
        "good " * (size // 5),
        "a\0" * (size // 2),
        "é" * size,
        "<br /> " * (size // 7),
    ]
    network, seconds = pretrained(), []
    network.score("a fine film")
    before = _peak_memory()
    for text in shapes[:3] if broken else shapes * 3:
        started = time.monotonic()
        with contextlib.suppress(TextError):
            network.score(text)
        seconds.append(time.monotonic() - started)
    grown = (_peak_memory(reset=False) - before) / 2**20
    figure = f"{len(shapes)} shapes: p95 {1000 * percentile(seconds, 0.95):.0f} ms, memory {grown:+.0f} MiB"
    return Outcome(figure, percentile(seconds, 0.95) <= 0.3 and grown <= 50)


def _peak_memory(*, reset: bool = True) -> int:
    """The peak memory of this process in bytes; `reset` makes the kernel measure it from now on."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) * 1024


ODD_PARTS = [
    "\ud800",
    "\udfff",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\u2066",
    "😀",
    "👩‍👩‍👧",
    "\r\n",
    "\r",
    "\x85",
    "\u2028",
    "é",
    "good",
    "İ",
    "ß",
    "\x7f",
]


@row(
    "E3",
    "emoji, surrogates, control characters and random text",
    "0 exceptions, one printed line each",
    breaks=("not cleaned",),
)
def odd_texts(place, patch, broken):
    if broken:
        patch.setattr(reading, "clean", lambda text: text)
    parts = strategies.lists(
        strategies.sampled_from(ODD_PARTS) | strategies.text(max_size=8), max_size=12
    ).map(" ".join)
    any_text = strategies.text(
        strategies.characters(exclude_categories=()), max_size=40
    )  # surrogates included
    wrong = []
    many = strategies.lists(any_text, min_size=25, max_size=25)
    _each(
        many,
        8 if broken else 400,
        lambda texts: wrong.extend(fault for text in texts for fault in _scoring_faults(text)),
    )
    _each(parts, 50 if broken else 500, lambda text: wrong.extend(_printing_faults(text)))
    return Outcome(
        f"{len(wrong)} faults in 10,000 scored and 500 printed texts {wrong[:1] or ''}".strip(), not wrong
    )


def _each(texts, count, action) -> None:
    """Call `action` with `count` random texts, the same texts each time."""
    settings = {"max_examples": count, "database": None, "deadline": None, "derandomize": True}
    quick = {"suppress_health_check": list(hypothesis.HealthCheck), "phases": [hypothesis.Phase.generate]}
    hypothesis.settings(**settings, **quick)(hypothesis.given(texts)(action))()


def _scoring_faults(text) -> list[str]:
    """Score `text`: returns exceptions, probabilities outside 0 to 1 and words that are no valid UTF-8."""
    try:
        score = pretrained().score(text)
        " ".join(score.reading.words).encode()
        return [] if 0 <= score.probability <= 1 else [f"{text!r} got {score.probability}"]
    except TextError:
        return []
    except Exception as error:  # noqa: BLE001 - every exception is counted
        return [f"{text!r}: {error!r}"]


def _printing_faults(text) -> list[str]:
    """Let the command line score `text`: returns exceptions, further lines and control characters."""
    lines = io.TextIOWrapper(io.BytesIO(), "utf-8")
    try:
        with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(io.StringIO()):
            command_line.main(["score", "--model", f"pretrained/{MODEL}", "--json", "--", f"good {text}"])
        lines.flush()
        printed = lines.buffer.getvalue().decode()
        json.dumps(json.loads(printed), ensure_ascii=False).encode()  # printed text must be valid UTF-8, too
        return (
            []
            if printed.count("\n") <= 1 and "\x1b" not in printed
            else [f"{text!r} printed {printed!r:.80}"]
        )
    except Exception as error:  # noqa: BLE001 - every exception is counted
        return [f"{text!r}: {error!r}"]
