"""Text files that a build takes into an image: the configuration files of a build context, as far as the Dockerfile copies them.

What is opened is bounded in number, size, depth and time. Links out of the context are not followed; dependencies, lock files, tests and documents are left
out, and so are the contexts of other services inside this one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice
from time import monotonic

from batten.compose.dockerfile import Dockerfile, Stage, inside
from batten.inference.mounted import MountedFile, is_configuration, text_of
from batten.knowledge.vocabulary import vocabulary
from batten.model import Project, Service

_FILES_OF_A_SERVICE = 80
_ENTRIES_OF_A_SERVICE = 3_000
_SOURCES = 200
_DEPTH = 6
_CHARACTERS_OF_A_PROJECT = 4 * 1024 * 1024
_SECONDS = 2.0
"""How long contexts are read; only a very slow disk takes that long for what the other bounds allow."""


class ContextFiles:
    """Reads the contexts of one project, each file once, until what may be read is used up."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.roots = {os.path.realpath(service.build_context) for service in project.services.values() if _is_folder(service)}
        self.skipped = {os.path.realpath(file) for file in project.sources}
        self.texts: dict[str, str | None] = {}
        self.files: dict[tuple[str, ...], list[str]] = {}
        """By context and sources: services often share them."""
        self.left = _CHARACTERS_OF_A_PROJECT
        self.until = monotonic() + _SECONDS

    def of(self, service: Service, dockerfile: Dockerfile | None) -> Iterator[MountedFile]:
        """The configuration files in the image that is built for ``service``, those nearest to the root of its context first."""
        if not self._may_read(service):
            return
        root = os.path.realpath(service.build_context)
        sources = _copied(dockerfile, root) if dockerfile is not None else [root]
        key = (root, *sources)
        if key not in self.files:
            self.files[key] = list(islice(self._found(root, sources), _FILES_OF_A_SERVICE))
        for path in self.files[key]:
            text = self._text(path)
            if text:
                yield MountedFile(path, os.path.relpath(path, os.path.realpath(self.project.directory)), text)

    def _may_read(self, service: Service) -> bool:
        if not _is_folder(service):
            return False
        return not self.project.request.confine or inside(str(self.project.directory), service.build_context) is not None

    def _text(self, path: str) -> str | None:
        if path not in self.texts:
            self.texts[path] = text_of(path) if self.left > 0 and monotonic() < self.until else None
            self.left -= len(self.texts[path] or "")
        return self.texts[path]

    def _found(self, root: str, sources: list[str]) -> Iterator[str]:
        """Configuration files in and below ``sources``, level by level."""
        seen = 0
        waiting = deque((source, 0) for source in sources)
        while waiting and seen < _ENTRIES_OF_A_SERVICE and monotonic() < self.until:
            path, depth = waiting.popleft()
            real = inside(root, path)
            if real is None or real in self.skipped:
                continue
            if not os.path.isdir(real):
                if os.path.isfile(real) and _may_configure(os.path.basename(path)):
                    yield real
            elif depth == 0 or self._belongs(path, real, depth):
                names = _listed(real)
                seen += len(names)
                waiting.extend((os.path.join(real, name), depth + 1) for name in names)

    def _belongs(self, path: str, real: str, depth: int) -> bool:
        """Whether a folder below a source is looked into."""
        name = os.path.basename(path).lower()
        beside = name in vocabulary("folders_without_configuration") or name in vocabulary("folders_beside_the_program") or name.startswith(".")
        return not beside and not os.path.islink(path) and real not in self.roots and depth <= _DEPTH


def _is_folder(service: Service) -> bool:
    return os.path.isabs(service.build_context) and os.path.isdir(service.build_context)


def _may_configure(name: str) -> bool:
    lower = name.lower()
    return lower == ".env" or (is_configuration(lower) and not lower.startswith(".") and lower not in vocabulary("lists_of_dependencies"))


def _listed(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, _ENTRIES_OF_A_SERVICE))
    except OSError:
        return []


def _copied(dockerfile: Dockerfile, root: str) -> list[str]:
    """What the stage that is built takes from the context, directly or from stages before it."""
    written = dict.fromkeys(source for stage in _stages(dockerfile) for copy in stage.copies if not copy.stage for source in copy.sources)
    found = dict.fromkeys(path for source in islice(written, _SOURCES) for path in _matching(root, source))
    return list(islice(found, _SOURCES))


def _stages(dockerfile: Dockerfile) -> list[Stage]:
    """The final stage and those from which it copies, each once."""
    named = {str(number): stage for number, stage in enumerate(dockerfile.stages)} | {stage.name: stage for stage in dockerfile.stages if stage.name}
    used: dict[int, Stage] = {}
    waiting = [dockerfile.final]
    while waiting:
        stage = waiting.pop(0)
        if id(stage) not in used:
            used[id(stage)] = stage
            waiting += [named[copy.stage.lower()] for copy in stage.copies if copy.stage.lower() in named]
    return list(used.values())


def _matching(root: str, source: str) -> list[str]:
    """The paths in the context that a COPY source stands for; its wildcards stand for characters other than slashes."""
    relative = os.path.normpath(source.lstrip("/")) if source.strip("/") else "."
    if "://" in source or relative.startswith(".."):
        return []
    found = [root]
    for part in relative.split("/"):
        found = [path for folder in found for path in _named(root, folder, part)][:_SOURCES]
    return found


def _named(root: str, folder: str, pattern: str) -> list[str]:
    """What a folder has of that name or pattern; a folder that links lead out of the context has nothing."""
    if not any(mark in pattern for mark in "*?["):
        return [os.path.join(folder, pattern)]
    names = _listed(folder) if inside(root, folder) is not None else []
    return [os.path.join(folder, name) for name in names if fnmatchcase(name, pattern)]
