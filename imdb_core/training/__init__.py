"""From a run's config to its trained model: everything that happens in the worker's process."""

import os

from imdb_core import paths

# NumPy reads this when it is first imported. The layers in fast compute several matrix products at once, in
# threads of their own, so each product gets one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Keras reads this when it is first imported. Without a settings file it would write one into the home folder.
if not os.path.exists(os.path.expanduser("~/.keras/keras.json")):
    os.environ.setdefault("KERAS_HOME", str(paths.cache_folder() / "keras-settings"))
