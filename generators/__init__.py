"""What is written beside the compose files, one file a kind of artefact: each turns a hardening into files and touches nothing."""

from __future__ import annotations

from generators.exporting import Exported, export, generate

__all__ = ["Exported", "export", "generate"]
