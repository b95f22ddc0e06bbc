"""Keras layers with hand-written CPU computation: the same weights and numbers, several times faster. Called by the worker."""
