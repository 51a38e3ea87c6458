"""Which paths of the host a service has mounted: binds, and named volumes whose options make them binds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from batten.model import Project, Service, TreePath


class HostPath(NamedTuple):
    """A path of the host inside a container."""

    path: TreePath
    """Where it is written."""
    source: str
    """The absolute path on the host, without dots; ``/var/run`` is ``/run``."""
    target: str
    read_only: bool
    volume: str
    """The named volume that hides it, or empty."""


def host_paths(project: Project, service: Service) -> Iterator[HostPath]:
    """Every path of the host that ``service`` has mounted."""
    for mount in service.mounts:
        volume = mount.source if mount.kind == "volume" else ""
        source = mount.source if mount.kind == "bind" else device(project, volume) if volume else ""
        if source.startswith("/"):
            yield HostPath((*service.path, "volumes", mount.index), normal(source), mount.target, mount.read_only, volume)


def device(project: Project, volume: str) -> str:
    """The host path behind a named volume whose driver options make it a bind mount, or an empty text."""
    options = project.value(("volumes", volume, "driver_opts"))
    plain = options.plain() if options is not None else None
    if not isinstance(plain, dict) or not {"bind", "rbind"} & set(str(plain.get("o", "")).split(",")):
        return ""
    return str(plain.get("device", ""))


def normal(source: str) -> str:
    """``source`` without dots and doubled slashes; ``/var/run`` is a link to ``/run`` on every current system."""
    parts: list[str] = []
    for part in source.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    if parts[:2] == ["var", "run"]:
        parts = parts[1:]
    return "/" + "/".join(parts)


def below(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
