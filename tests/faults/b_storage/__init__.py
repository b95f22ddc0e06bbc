"""Storage: disks fill up, files are damaged, and a process is killed between two writes.

Checks that checkpoints and rows stay whole, and that one bad run does not hide the other runs."""
