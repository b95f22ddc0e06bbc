"""The quality of a labelled data set: labels to look at, duplicates, leakage, rare classes.

`check` computes a report in a process of its own; the panel "Labels to look at" and the command `check` read it.
"""
