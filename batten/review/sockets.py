"""Where container engines listen on a host, and which mounts bring one of their sockets into a container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.model import Project, Service, TreePath
from batten.review.hostpaths import device, normal


class Socket(NamedTuple):
    """What a mounted path gives access to."""

    engine: str
    """``Docker``, ``Podman``, ``containerd`` or ``CRI-O``."""
    rootless: bool
    """Whether the engine runs as a user and not as root."""
    parent: bool
    """Whether the path is a folder that holds the socket, not the socket itself."""


class SocketMount(NamedTuple):
    """A mount that brings an engine's socket into a container."""

    path: TreePath
    """Where it is written."""
    source: str
    socket: Socket
    read_only: bool


_SYSTEM = {
    "/run/docker.sock": "Docker",
    "/run/podman/podman.sock": "Podman",
    "/run/containerd/containerd.sock": "containerd",
    "/run/docker/containerd/containerd.sock": "containerd",
    "/run/k3s/containerd/containerd.sock": "containerd",
    "/run/crio/crio.sock": "CRI-O",
}
_ROOTLESS = (
    (re.compile(r"/run/user/[^/]+/docker\.sock"), "Docker"),
    (re.compile(r"/run/user/[^/]+/podman/podman\.sock"), "Podman"),
    (re.compile(r"(/home/[^/]+|/root|/Users/[^/]+)/\.(docker/(run|desktop)|colima(/[^/]+)?|rd|orbstack/run)/docker(-cli)?\.sock"), "Docker"),
)
_PIPE = re.compile(r"[\\/]{1,2}\.[\\/]pipe[\\/](docker_engine|dockerDesktopLinuxEngine)", re.IGNORECASE)
_ROOTLESS_PARENT = re.compile(r"/run/user(/[^/]+(/podman)?)?")


def socket_at(source: str) -> Socket | None:
    """What mounting the host path ``source`` gives access to, or None where no engine's socket is known to be there."""
    if _PIPE.fullmatch(source):
        return Socket("Docker", False, False)
    if not source.startswith("/"):
        return None
    path = normal(source)
    if path in _SYSTEM:
        return Socket(_SYSTEM[path], False, False)
    for pattern, engine in _ROOTLESS:
        if pattern.fullmatch(path):
            return Socket(engine, True, False)
    if any(known.startswith(path.rstrip("/") + "/") for known in _SYSTEM):
        engines = [engine for known, engine in _SYSTEM.items() if known.startswith(path.rstrip("/") + "/")]
        return Socket(engines[0], False, True)
    return Socket("Docker", True, True) if _ROOTLESS_PARENT.fullmatch(path) else None


def socket_mounts(project: Project, service: Service) -> Iterator[SocketMount]:
    """Every mount of ``service`` that brings a socket in: binds, named volumes that are binds, secrets and configs."""
    for mount in service.mounts:
        source = mount.source if mount.kind in ("bind", "npipe") else device(project, mount.source) if mount.kind == "volume" else ""
        socket = socket_at(source) if source else None
        if socket:
            yield SocketMount((*service.path, "volumes", mount.index), source, socket, mount.read_only)
    for key, uses, sources in (("secrets", service.secrets, project.secrets), ("configs", service.configs, project.configs)):
        for use in uses:
            file = sources[use.source].file if use.source in sources else ""
            socket = socket_at(file) if file else None
            if socket:
                yield SocketMount((*service.path, key, use.index), file, socket, True)


def has_socket(project: Project, service: Service) -> bool:
    """Whether a service that is no socket proxy gets hold of an engine's socket by what it says itself."""
    from batten.knowledge.images import image_facts, known_as

    facts = image_facts(known_as(service.image, service.labels)) if service.image else None
    if facts is not None and facts.role == "socket proxy":
        return False
    return service.use_api_socket or any(True for _ in socket_mounts(project, service))
