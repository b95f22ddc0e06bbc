"""From a run's config to its trained model: everything that happens in the worker's process."""

import os

# Read when NumPy is first imported, so it must be said here: fast has threads of its own around matrix products.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
