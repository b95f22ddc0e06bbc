"""From a run's config to its trained model: everything that happens in the worker's process."""

import os

from imdb_core import paths

# NumPy reads this variable on import. One thread per matrix product, because the layers in fast compute
# several products at once, in threads of their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Keras reads this variable on import. Without a settings file Keras would write one into the home folder.
if not os.path.exists(os.path.expanduser("~/.keras/keras.json")):
    os.environ.setdefault("KERAS_HOME", str(paths.cache_folder() / "keras-settings"))
