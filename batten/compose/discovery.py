"""Which compose files a path stands for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition
from batten.compose.source import STDIN, read_source
from batten.errors import InputError

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")
_FILE, _SEPARATOR = "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR"
SKIPPED = {".git", "node_modules", ".venv", "venv", "vendor", "__pycache__", ".batten"}
"""Folders in which nobody keeps a project."""


def discover(path: Path, environ: Mapping[str, str] | None = None) -> list[Path]:
    """The compose file ``path`` is, or those of the folder ``path`` is, as Compose would find them when called there.

    In a folder, ``COMPOSE_FILE`` comes first, from the environment or else from ``.env``; then the usual names, the
    automatic override file included.

    Args:
        path: a file, a folder, or ``-`` for standard input.
        environ: the caller's environment; the process's own where None.

    Raises:
        InputError: there is nothing at ``path``, or the folder has no compose file.
    """
    if path == STDIN:
        return [path]
    if path.is_dir():
        return _named(path, os.environ if environ is None else environ) or _in_folder(path)
    if not path.exists():
        raise InputError("there is no such file or folder.", file=str(path))
    return [path]


def _named(folder: Path, environ: Mapping[str, str]) -> list[Path]:
    """The files that ``COMPOSE_FILE`` names, relative to the folder; empty where it names none."""
    known = {name: Definition(environ[name], None) for name in (_FILE, _SEPARATOR) if name in environ}
    dotenv = folder / ".env"
    if dotenv.is_file():
        entries = parse_env(read_source(dotenv, kind="env"), lambda name: Definition(environ[name], None) if name in environ else None)
        known = {**{entry.name: Definition(entry.value or "", entry.span) for entry in entries if entry.name in (_FILE, _SEPARATOR)}, **known}
    if _FILE not in known or not known[_FILE].value:
        return []
    separator = known[_SEPARATOR].value if _SEPARATOR in known else os.pathsep
    files = [folder / name for name in known[_FILE].value.split(separator or os.pathsep)]
    absent = next((file for file in files if not file.exists()), None)
    if absent is not None:
        raise InputError(f"COMPOSE_FILE names {absent.name}, which is not there.", span=known[_FILE].span, file=str(folder))
    return files


def _in_folder(folder: Path) -> list[Path]:
    found = next((folder / name for name in NAMES if (folder / name).exists()), None)
    if found is None:
        raise InputError("this folder has no compose file.", hint=f"Name one with -f, or put a {NAMES[0]} here.", file=str(folder))
    override = next((folder / name for name in OVERRIDES if (folder / name).exists()), None)
    return [found, override] if override else [found]


def projects_below(folder: Path) -> Iterator[list[Path]]:
    """The compose files of every project below ``folder``; links are not followed."""
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.is_symlink() and child.name not in SKIPPED:
            if any((child / name).exists() for name in NAMES):
                yield _in_folder(child)
            yield from projects_below(child)
