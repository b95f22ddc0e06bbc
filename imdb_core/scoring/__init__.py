"""Scoring: a typed review through a trained network."""
