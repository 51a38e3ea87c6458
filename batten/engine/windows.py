"""A look at the sockets of a container from outside: the kernel shows every process's network under ``/proc/PID/net`` to root on the same machine.

Nothing is entered, started or opened in the container. A handle on the process's folder and not its number is kept, since numbers are given out again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial

from batten.errors import EngineError

TABLES = ("tcp", "tcp6", "udp", "udp6")
TRACKED = "nf_conntrack"
"""Tracked connections; kernels may be built without this file, and show it to root alone."""
_HINT = "Run it as root on the engine's host."


class GoneError(Exception):
    """The process has ended since."""


class Window:
    """What the network of one process looks like. Holds one file descriptor until it is closed."""

    def __init__(self, pid: int, container: str) -> None:
        """Look at a container's first process, or with an empty ``container`` at the host's; raises EngineError or GoneError."""
        require_root()
        try:
            self._folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            raise _not_here(pid, container) from None
        try:
            if container and container not in self._read("cgroup"):
                raise _not_here(pid, container)
            self.identity = os.stat("ns/net", dir_fd=self._folder).st_ino
        except PermissionError as error:
            os.close(self._folder)
            raise EngineError(f"the network of process {pid} cannot be looked at: {error.strerror}.", hint=_HINT) from None
        except OSError:
            os.close(self._folder)
            raise GoneError from None
        except EngineError:
            os.close(self._folder)
            raise
        self.container = container
        self.pid = pid

    def sockets(self) -> Mapping[str, str]:
        """The tables of sockets by name; those that the kernel does not have are empty. Raises GoneError."""
        return {"tcp": self._text("net/tcp"), **{name: self.text(name) for name in TABLES[1:]}}

    def text(self, name: str) -> str:
        """Another file of its network, empty where there is none."""
        try:
            return self._read(f"net/{name}")
        except OSError:
            return ""

    def _text(self, name: str) -> str:
        try:
            return self._read(name)
        except OSError:
            raise GoneError from None

    def _read(self, name: str) -> str:
        with open(name, encoding="ascii", errors="replace", opener=partial(os.open, dir_fd=self._folder)) as file:
            return file.read()

    def close(self) -> None:
        """Give the handle back."""
        os.close(self._folder)


def require_root() -> None:
    """Raise EngineError unless the tables of other processes can be read."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise EngineError("only root on the engine's host may see the connections of the containers.", hint=_HINT)


def _not_here(pid: int, container: str) -> EngineError:
    return EngineError(f"process {pid} of container {container[:12]} is not on this machine: the engine runs on another one, or in a virtual one.", hint=_HINT)
