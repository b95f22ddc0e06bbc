"""Hostile ONNX files, all small, that an attacker may put into a run's folder. Used by tests and fault rows.

`answering` builds a sound model. STRUCTURES holds models that this app's export cannot write, SIZES models of
allowed operators that need too much memory or work.
"""

from tests.hostile_models.building import answering, attending, branch, constant, loop, node
from tests.hostile_models.sizes import SIZES
from tests.hostile_models.structures import STRUCTURES

__all__ = ["SIZES", "STRUCTURES", "answering", "attending", "branch", "constant", "loop", "node"]
