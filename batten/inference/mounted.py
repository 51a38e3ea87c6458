"""Small text files of the project that are mounted into a service: the configuration of proxies, scrapers and applications.

Only files inside the project's folder are opened, links that lead out of it are not followed, and what is read is bounded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from batten.knowledge.vocabulary import vocabulary
from batten.model import Project, Service, Span

_LARGEST = 64 * 1024
_FILES_OF_A_SERVICE = 60
_CHARACTERS_OF_A_SERVICE = 512 * 1024
_ENTRIES_OF_A_FOLDER = 400
_DEPTH = 4


class MountedFile(NamedTuple):
    """One text file as a service sees it."""

    path: str
    """Absolute path, or the name of an inline config."""
    shown: str
    """Path relative to the project's folder."""
    text: str
    place: Span | None = None
    """Where the whole text stands in a compose file, for an inline config."""

    def span(self, start: int, end: int) -> Span:
        """The place of a piece of its text."""
        if self.place is not None:
            return self.place
        before = self.text[:start]
        line = before.count("\n") + 1
        return Span(self.path, start, end, line, start - before.rfind("\n"))


def mounted_files(project: Project, service: Service) -> Iterator[MountedFile]:
    """The files that are mounted into a service by bind mounts and configs, in the order of the file."""
    if not service.configs and not any(mount.kind == "bind" for mount in service.mounts):
        return
    root = os.path.realpath(project.directory)
    left = _CHARACTERS_OF_A_SERVICE
    for path in islice(_candidates(project, service, root), _FILES_OF_A_SERVICE):
        text = text_of(path)
        if text is not None and left > 0:
            left -= len(text)
            yield MountedFile(path, os.path.relpath(path, root), text)
    yield from _inline(project, service)


def mounts_out_of_sight(project: Project, service: Service) -> bool:
    """Whether the service gets files of the project that are not there to be read, e.g. because they are made on the server."""
    sources = [mount.source for mount in service.mounts if mount.kind == "bind" and mount.source]
    sources += [project.configs[use.source].file for use in service.configs if use.source in project.configs and project.configs[use.source].file]
    root = os.path.realpath(project.directory) if sources else ""
    return any(not os.path.exists(source) and is_configuration(os.path.basename(source)) for source in sources if _inside(os.path.realpath(source), root))


def _candidates(project: Project, service: Service, root: str) -> Iterator[str]:
    sources = [mount.source for mount in service.mounts if mount.kind == "bind"]
    sources += [project.configs[use.source].file for use in service.configs if use.source in project.configs]
    compose = {os.path.realpath(file) for file in project.sources}
    for source in sources:
        path = os.path.realpath(source) if source else root
        if path == root or not _inside(path, root) or path in compose:
            continue
        yield from _folder(path, root, compose) if os.path.isdir(path) else iter([path])


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _folder(folder: str, root: str, skipped: set[str]) -> Iterator[str]:
    seen = 0
    for here, folders, files in os.walk(folder):
        deep = here[len(folder) :].count(os.sep) >= _DEPTH
        folders[:] = [] if deep else sorted(name for name in folders if name.lower() not in vocabulary("folders_without_configuration"))
        for name in sorted(files):
            seen += 1
            if seen > _ENTRIES_OF_A_FOLDER:
                return
            path = os.path.realpath(os.path.join(here, name))
            if is_configuration(name) and path not in skipped and _inside(path, root):
                yield path


def is_configuration(name: str) -> bool:
    """Whether a file of this name holds settings, by its ending or its first word."""
    lower = name.lower()
    if "compose" in lower:
        return False
    return Path(lower).suffix[1:] in vocabulary("configuration_endings") or lower.startswith(tuple(vocabulary("configuration_names")))


def text_of(path: str) -> str | None:
    """The text of a regular file that is small and is text, or None; private keys are left alone."""
    if Path(path).suffix[1:].lower() in vocabulary("key_endings") or not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError:
        return None
    if len(content) > _LARGEST or b"\0" in content:
        return None
    return content.decode("utf-8", errors="replace")


def _inline(project: Project, service: Service) -> Iterator[MountedFile]:
    for use in service.configs:
        value = project.value(("configs", use.source, "content"))
        if value is not None and isinstance(value.data, str) and value.origin is not None:
            yield MountedFile(value.origin.primary.file, f"configs.{use.source}", value.data, value.origin.primary)
