"""Train, watch, score and compare small networks that judge film reviews.

Nothing in this package imports Streamlit, and nothing a page imports loads Keras: only `training` does,
inside the worker's own process (docs/DESIGN.md). A Python version that cannot run the project ends here with
a sentence, before it reads a module whose syntax it does not know.
"""

import os

from imdb_core import python_version

python_version.require_version()

# ONNX Runtime reports its use to its makers unless this variable is set before its import. Its function
# disable_telemetry_events() does not stop the look-ups of addresses.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
