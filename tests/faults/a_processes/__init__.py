"""Processes: workers and servers are killed, suspended, orphaned, started twice or stopped.

Checks that no run is lost, that no process is left over, and that no run is shown in a wrong state."""
