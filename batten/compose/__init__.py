"""Read, edit and write compose files; past this room a project is typed."""

from __future__ import annotations

from batten.compose.discovery import discover
from batten.compose.loader import load_project

__all__ = ["discover", "load_project"]
