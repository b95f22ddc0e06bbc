"""Scoring: the probability that a typed review is positive, by a trained network, without TensorFlow."""
