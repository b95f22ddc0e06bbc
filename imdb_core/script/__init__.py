"""A run's config as a plain Keras script that needs nothing of this project. Called by the Watch page.

The layers are not written a second time: the network's own function is called with layers that write down how
they are called (calls.py). Other parts are copied from this project's sources (sources.py).
"""

from imdb_core.script.calls import network_source
from imdb_core.script.plain import plain_script

__all__ = ["network_source", "plain_script"]
