"""The walk through a host: one file a step, as for a project."""
