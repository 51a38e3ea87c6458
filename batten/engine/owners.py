"""Whose a socket is where several containers share a network namespace: the kernel shows the open files of every process to root."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from batten.engine.whereabouts import HOST

_PROC = Path("/proc")


class Owners:
    """Sockets by inode and the containers of their processes. Processes are looked through at most once for each ``renew``."""

    def __init__(self, proc: Path = _PROC) -> None:
        self._proc = proc
        self._members: Mapping[int, Mapping[str, str]] = {}
        self._host = 0
        self._owners: dict[int, str] = {}
        self._looked = True

    def renew(self, members: Mapping[int, Mapping[str, str]], host: int) -> None:
        """Begin another look: container → service in each namespace, and which of them is the host's."""
        self._members, self._host, self._looked = members, host, False

    def owner(self, home: int, inode: int) -> str | None:
        """The service that holds a socket; the host for a process of no container in its namespace; None where nobody does any more."""
        if inode not in self._owners and not self._looked:
            self._looked = True
            self._owners = dict(self._sockets())
        return self._owners.get(inode)

    def _sockets(self) -> Iterator[tuple[int, str]]:
        services = {container: service for members in self._members.values() for container, service in members.items()}
        for folder in self._proc.iterdir():
            if folder.name.isdigit():
                yield from self._of_process(folder, services)

    def _of_process(self, folder: Path, services: Mapping[str, str]) -> Iterator[tuple[int, str]]:
        """The sockets of a process, where it lives in one of the namespaces and is still there."""
        with suppress(OSError):
            identity = os.stat(folder / "ns" / "net").st_ino
            if identity == self._host or identity in self._members:
                groups = (folder / "cgroup").read_text()
                service = next((name for container, name in services.items() if container in groups), HOST if identity == self._host else "")
                yield from ((inode, service) for inode in _inodes(folder / "fd") if service)


def _inodes(folder: Path) -> Iterator[int]:
    for name in os.listdir(folder):
        with suppress(OSError):
            link = os.readlink(folder / name)
            if link.startswith("socket:["):
                yield int(link[8:-1])
