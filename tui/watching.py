"""Whether somebody changed the project's files while the assistant is open."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from batten.design import file
from batten.model import Project
from batten.session import Session
from tui.presentation import several

SECONDS = 2.0
"""How often the files are looked at; a look asks the disk for a few dates and reads nothing."""

_Signs = Mapping[str, tuple[int, int, int] | None]


class Watch:
    """Remembers how a project's files looked when it was read."""

    def __init__(self, project: Project) -> None:
        self._project, self._signs = project, _signs(project)

    def changed(self, project: Project) -> list[str]:
        """The files that look otherwise than at the last look; none where the project was read meanwhile."""
        before, self._signs = self._signs, _signs(project)
        if project is not self._project:
            self._project = project
            return []
        return [path for path in {**before, **self._signs} if before.get(path) != self._signs.get(path)]


def _signs(project: Project) -> _Signs:
    """Of every file that was read, and of the design beside it: node, date and size; None for what is not there."""
    beside = file.beside(project.directory)
    return {path: _sign(path) for path in (*project.sources, *([str(beside)] if beside else []))}


def _sign(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def news(before: Session, after: Session, changed: Iterable[str]) -> str:
    """What is said when files were read again because they changed."""
    files = ", ".join(after.project.shown(path) for path in changed)
    old, new = before.project.services, after.project.services
    parts = [f"{files} changed on disk and {'were' if ', ' in files else 'was'} read again."]
    parts += [f"New: {_named(set(new) - set(old))}."] if set(new) - set(old) else []
    parts += [f"Gone: {_named(set(old) - set(new))}."] if set(old) - set(new) else []
    return " ".join([*parts, "Your decisions stay."] if after.past else parts)


def _named(services: set[str], most: int = 5) -> str:
    names = sorted(services)
    return ", ".join(names[:most]) + (f" and {several(len(names) - most, 'more service')}" if len(names) > most else "")
