"""Faults and attacks, one row each: what must survive, shown with a figure. See rows.py."""
