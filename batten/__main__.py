"""``python -m batten``."""

from __future__ import annotations

from batten.cli import program

if __name__ == "__main__":
    program()
