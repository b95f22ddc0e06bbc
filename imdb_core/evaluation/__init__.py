"""Evaluation: what finished runs are worth, and whether one is really better. Reads run folders only."""
