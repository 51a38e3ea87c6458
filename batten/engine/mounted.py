"""Files of this machine that a hardening has containers mount: an engine on another machine looks for them on its own disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from batten.hardening import Hardening
from batten.model import Project


class Mounted(NamedTuple):
    """A file or folder of the project that a container is to see."""

    service: str
    path: str
    """Absolute, as the engine is told it."""


def newly_mounted(hardening: Hardening) -> list[Mounted]:
    """What containers are to mount of the project's folder that they do not mount now, in order.

    Compose mounts the file of a secret or config by its path on the engine's host, and starts nothing of that service where it is not there
    (docker/compose, pkg/compose/create.go: ``buildContainerSecretMounts``; moby answers "bind source path does not exist"). What the files have
    mounted before is where it has to be already, and what lies outside of the folder, such as the engine's socket, belongs to the engine's host anyway.
    """
    known = set(_mounted(hardening.before, hardening.home))
    return sorted(set(_mounted(hardening.after, hardening.home)) - known)


def _mounted(project: Project, folder: Path) -> Iterator[Mounted]:
    for name, service in project.services.items():
        sources = [project.secrets[use.source].file for use in service.secrets if use.source in project.secrets]
        sources += [project.configs[use.source].file for use in service.configs if use.source in project.configs]
        sources += [mount.source for mount in service.mounts if mount.kind == "bind" and Path(mount.source).is_relative_to(folder)]
        yield from (Mounted(name, source) for source in sources if source)
