"""Several machines: nodes, heads and servers of a cluster are killed, frozen, unreachable or full.

Checks that no run is lost, started twice or shown in a wrong state. The rows run on a real Ray cluster whose
machines are namespaces (tests/cluster.py). They are skipped where Ray is not installed or where `unshare` is
not permitted; row K3 needs neither.
"""
