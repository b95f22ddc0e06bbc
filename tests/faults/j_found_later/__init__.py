"""Found later: faults that attacks on this app and its first users have shown.

They belong to several of the letters A to I. They keep their own letter because SECURITY.md names them."""
