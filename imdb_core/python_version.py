"""Check that this version of Python can run the project.

Called first whenever the package is imported, so its syntax must stay valid for Python 3.6. requirements.txt
and pyproject.toml repeat the bounds for pip and other tools; a test compares them.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)  # the versions that TensorFlow's wheels are built for


def problem(version: "tuple[int, ...] | None" = None) -> "str | None":
    """A sentence if Python `version`, by default the running version, cannot run this project; else None."""
    version = version or sys.version_info[:3]
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    running, oldest, newest = (".".join(map(str, numbers)) for numbers in (version[:3], OLDEST, NEWEST))
    return (
        f"Sequence lab needs Python {oldest} to {newest}, but this is Python {running}. Make an environment "
        f"with one of them: python{newest} -m venv .venv && . .venv/bin/activate, "
        "then pip install -r requirements.txt."
    )


def require_version() -> None:
    """On a Python that cannot run this project, end with the sentence; under Streamlit, the page shows it."""
    sentence = problem()
    if sentence and "streamlit" in sys.modules:
        sys.modules["streamlit"].error(sentence)
        sys.modules["streamlit"].stop()
    if sentence:
        sys.exit(sentence)
