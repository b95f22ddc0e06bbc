"""Keras layers with hand-written CPU computation: the same weights and numbers in less time. Called by the
worker.
"""
