"""Train, watch, score and compare small networks that judge film reviews.

Nothing in this package imports Streamlit, and nothing a page imports loads Keras: only `training` does,
inside the worker's own process (docs/DESIGN.md). An unsuitable Python gets a sentence here, before it meets
what it cannot read.
"""

import os

from imdb_core import python_version

python_version.demand()

# ONNX Runtime reports its use to its makers unless this is set when it is imported.
# Its function for that, disable_telemetry_events(), does not stop the look-ups.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
