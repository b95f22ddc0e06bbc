"""The parts of pages: each module shows one part, and names in its first line what that part says."""
