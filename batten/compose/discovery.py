"""Which compose files a path stands for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batten.errors import InputError

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")
_SKIPPED = {".git", "node_modules", ".venv", "venv", "vendor", "__pycache__", ".batten"}


def discover(path: Path) -> list[Path]:
    """The compose file ``path`` is, or those of the folder ``path`` is, the automatic override file included.

    Raises:
        InputError: there is nothing at ``path``, or the folder has no compose file.
    """
    if path.is_dir():
        return _in_folder(path)
    if not path.exists():
        raise InputError("there is no such file or folder.", file=str(path))
    return [path]


def _in_folder(folder: Path) -> list[Path]:
    found = next((folder / name for name in NAMES if (folder / name).exists()), None)
    if found is None:
        raise InputError("this folder has no compose file.", hint=f"Name one with -f, or put a {NAMES[0]} here.", file=str(folder))
    override = next((folder / name for name in OVERRIDES if (folder / name).exists()), None)
    return [found, override] if override else [found]


def projects_below(folder: Path) -> Iterator[list[Path]]:
    """The compose files of every project below ``folder``; links are not followed."""
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.is_symlink() and child.name not in _SKIPPED:
            if any((child / name).exists() for name in NAMES):
                yield _in_folder(child)
            yield from projects_below(child)
