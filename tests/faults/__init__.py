"""Faults and attacks, one row each, and the scorecard that checks them. See README.md."""
