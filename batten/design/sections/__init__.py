"""One file a concern: its type, what is proposed for a project, and its form in ``batten.yaml``."""
