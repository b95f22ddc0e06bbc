"""From a run's config to its trained model: everything that happens in the worker's process."""

import os

from imdb_core import paths

# Read when NumPy is first imported, so it must be said here: fast has threads of its own around matrix
# products.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Read when Keras is first imported, which writes a file of settings into its folder if there is none.
if not os.path.exists(os.path.expanduser("~/.keras/keras.json")):
    os.environ.setdefault("KERAS_HOME", str(paths.cache_folder() / "keras-settings"))
