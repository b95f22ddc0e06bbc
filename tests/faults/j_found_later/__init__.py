"""Found later: faults that attacks on this app and its first users have shown.

They belong to several of the letters A to I, and keep their own letter because promises in SECURITY.md name them."""
