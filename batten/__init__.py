"""The domain of batten: read, review, design, plan and harden Docker projects; it knows no user interface."""

__version__ = "0.1.0"
