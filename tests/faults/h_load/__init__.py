"""Load: many visitors, many runs and many page loads.

Checks that pages stay quick, and that memory, threads and open files do not grow."""
