"""Numbers, durations and names as pages write them, and text made safe for Markdown."""

import re

from imdb_core import quantities
from imdb_core.quantities import counted as counted

MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&@/])")
NOT_KNOWN, NOT_MEASURED = "not known yet", "not measured"


def escaped(text: str) -> str:
    """`text` with every Markdown mark escaped, on one line, so that Streamlit shows each character as it is.

    Text that a user wrote goes through this function wherever Streamlit reads Markdown.
    """
    valid = str(text).encode("utf-8", "backslashreplace").decode()  # a path may hold bytes that are not UTF-8
    return MARKDOWN_MARKS.sub(r"\\\1", " ".join(valid.split()))


def shortened(text: str, most: int = 40) -> str:
    """At most `most` characters, with "…" where text was cut: "A very long na… · your run".

    Some elements cut a long text without any sign that text is missing; this text shows the sign.
    """
    if len(text) <= most:
        return text
    name, dot, rest = text.partition(" · ")
    rest = dot + rest
    room = most - len(rest) - 1
    return name[:room].rstrip() + "…" + rest if room >= 10 else text[: most - 1].rstrip() + "…"


def signed(value: float, digits: int = 0) -> str:
    """A difference as +3 or -12. A value that rounds to zero gets no sign: 0."""
    text = f"{value:+.{digits}f}"
    return text if float(text) else text[1:]


def duration(seconds: float | None) -> str:
    """8 s, 3 min 20 s, 2 h 5 min; None is not known yet."""
    return NOT_KNOWN if seconds is None else quantities.duration(seconds)


def gigabytes(size: int | None) -> str:
    """Bytes as 0.86 GB."""
    return f"{size / 1e9:.2f} GB" if size else NOT_KNOWN


def percent(share: float | None) -> str:
    """0.8762 as 87.62 %."""
    return f"{100 * share:z.2f} %" if share is not None else NOT_MEASURED


def interval(low: float, high: float) -> str:
    """0.8703 and 0.8785 as 87.03 to 87.85 %."""
    return f"{100 * low:z.2f} to {100 * high:z.2f} %"


def area(value: float | None) -> str:
    """The area under a ROC curve as 0.9412."""
    return f"{value:.4f}" if value is not None else "not defined"


def decimal(value: float | None) -> str:
    """0.34567 as 0.346."""
    return f"{value:.3f}" if value is not None else NOT_MEASURED
