"""Which Pythons can run this project, said in one sentence on every other one.

Called first whenever the package is imported, so it must stay readable for Python 3.6. requirements.txt and
pyproject.toml repeat the bounds for pip and other tools; a test compares them.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)  # TensorFlow's wheels are for these


def problem(version=None):
    """A sentence for a Python that cannot run this project, or None; `version` is by default that of this process."""
    version = version or sys.version_info
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    running, oldest, newest = (".".join(map(str, numbers)) for numbers in (version[:3], OLDEST, NEWEST))
    return (
        f"Sequence lab needs Python {oldest} to {newest}, but this is Python {running}. Make an environment with one of "
        f"them: python{newest} -m venv .venv && . .venv/bin/activate, then pip install -r requirements.txt."
    )


def demand():
    """End with the sentence on a Python that cannot run this project; where Streamlit runs app.py, the page shows it."""
    sentence = problem()
    if sentence and "streamlit" in sys.modules:
        sys.modules["streamlit"].error(sentence)
        sys.modules["streamlit"].stop()
    if sentence:
        sys.exit(sentence)
