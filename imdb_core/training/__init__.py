"""Training: runs in the worker process only; everything here may load Keras."""
