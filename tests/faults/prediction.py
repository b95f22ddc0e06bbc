"""What visitors type, and models that are switched, replaced and deleted while they type. See rows.py."""

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
from imdb_core.scoring import predictor
from tests.faults.load import percentile
from tests.faults.rows import Found, row

MODEL = "cnn_lstm_dense"
NOTHING = [
    "",
    " ",
    "\n\t\n",
    "...",
    "!?!",
    "\0",
    "zzqx qqzz",
    "<>",
    "\u200b",
    "\ufeff",
    "\u3000",
    "ا ب ت",
    "😀 😀",
    "電影",
    "𐌲𐍉𐌸𐍃",
    "“…”",
    "———",
]
NOTHING += ["\x1b[31m", ";;;", "\ud800"]


def pretrained(name: str = MODEL) -> predictor.Predictor:
    """One of the project's own networks."""
    return predictor.load(paths.PRETRAINED / name)


@row("E1", "reviews without any known word", "0 of 20 scored, 0 other exceptions", breaks=("scored anyway",))
def nothing_to_score(place, patch, broken):
    scored, wrong = 0, []
    if broken:
        patch.setattr(reading, "text_tokens", lambda text: ["the"])
    names = sorted(path.parent.name for path in paths.PRETRAINED.glob("*/model.json"))
    for name in names:
        for text in NOTHING:
            try:
                pretrained(name).score(text)
                scored += 1
            except TextError:
                continue
            except Exception as error:  # noqa: BLE001 - what the row counts
                wrong.append(f"{text!r}: {error!r}")
    return Found(
        f"{scored} of {len(NOTHING)} texts scored by {len(names)} networks, {len(wrong)} exceptions {wrong[:1] or ''}".strip(),
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
    grown = (_peak_memory(anew=False) - before) / 2**20
    figure = f"{len(shapes)} shapes: p95 {1000 * percentile(seconds, 0.95):.0f} ms, memory {grown:+.0f} MiB"
    return Found(figure, percentile(seconds, 0.95) <= 0.3 and grown <= 50)


def _peak_memory(anew: bool = True) -> int:
    """The most memory this process has had, in bytes; `anew`: from now on."""
    if anew:
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
    "emoji, surrogates, control characters, any text at all",
    "0 exceptions, one line each",
    breaks=("not cleaned",),
)
def odd_texts(place, patch, broken):
    if broken:
        patch.setattr(predictor, "clean", lambda text: text)
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
    return Found(
        f"{len(wrong)} faults in 10,000 scored and 500 printed texts {wrong[:1] or ''}".strip(), not wrong
    )


def _each(texts, count, action) -> None:
    """`action` on so many drawn texts, the same ones each time."""
    settings = {"max_examples": count, "database": None, "deadline": None, "derandomize": True}
    quick = {"suppress_health_check": list(hypothesis.HealthCheck), "phases": [hypothesis.Phase.generate]}
    hypothesis.settings(**settings, **quick)(hypothesis.given(texts)(action))()


def _scoring_faults(text) -> list[str]:
    """What goes wrong when `text` is scored: an exception, a probability outside 0 to 1, a word that cannot
    be sent.
    """
    try:
        score = pretrained().score(text)
        " ".join(score.reading.words).encode()
        return [] if 0 <= score.probability <= 1 else [f"{text!r} got {score.probability}"]
    except TextError:
        return []
    except Exception as error:  # noqa: BLE001 - what the row counts
        return [f"{text!r}: {error!r}"]


def _printing_faults(text) -> list[str]:
    """What goes wrong when the command line scores and prints `text`."""
    lines = io.TextIOWrapper(io.BytesIO(), "utf-8")
    try:
        with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(io.StringIO()):
            command_line.main(["score", "--model", f"pretrained/{MODEL}", "--json", "--", f"good {text}"])
        lines.flush()
        printed = lines.buffer.getvalue().decode()
        json.dumps(
            json.loads(printed), ensure_ascii=False
        ).encode()  # whoever reads it gets no half characters either
        return (
            []
            if printed.count("\n") <= 1 and "\x1b" not in printed
            else [f"{text!r} printed {printed!r:.80}"]
        )
    except Exception as error:  # noqa: BLE001 - what the row counts
        return [f"{text!r}: {error!r}"]
