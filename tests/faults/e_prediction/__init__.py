"""Prediction: odd or huge texts, many visitors at once, and models that change while they are used.

Checks that each text gets its own answer or a reason, in bounded time and memory."""
