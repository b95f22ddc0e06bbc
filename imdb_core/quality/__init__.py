"""The quality of a labelled data set: labels to look at, duplicates, leakage, rare classes.

`check` writes two reports in a process of its own. The panel "Labels to look at" and the command `check` read
them.
"""
