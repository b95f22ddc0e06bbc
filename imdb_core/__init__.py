"""Train, watch, score and compare small networks that judge film reviews.

Nothing in this package imports Streamlit, and nothing a page imports loads Keras: only `training` does,
inside the worker's own process (docs/DESIGN.md). On an unsupported Python version the import of this package
ends with a sentence (python_version.py) instead of a syntax error.
"""

import os

from imdb_core import python_version

python_version.require_version()

# Turns off ONNX Runtime's telemetry, which reads this variable on import. The function
# disable_telemetry_events() would not stop the DNS look-ups.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
