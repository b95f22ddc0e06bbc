"""Sweeps: many runs of one network, whose hyperparameters Optuna chooses one after another.

A sweep is a folder that says what may vary, how a run is judged, and when to stop. Its runs are ordinary
runs; what Optuna knows is rebuilt from them each time, so killing any process loses nothing. Called by the
launcher, the worker and the command line.
"""
