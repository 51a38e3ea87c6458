"""Review: what an intruder could use in a project, as findings with their places, and how suppressions and pages work."""
