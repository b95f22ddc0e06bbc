"""Time and platform: clocks jump, and machines differ in system, folders, CPU quotas and graphics cards.

Checks that the app works on each machine, or says why it does not."""
