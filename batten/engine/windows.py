"""A look at the sockets of a container from outside: the kernel shows every process's network under ``/proc/PID/net`` to root on the same machine.

Nothing is entered, started or opened in the container. A handle on the process's folder and not its number is kept, since numbers are given out again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial

from batten.engine import tracking
from batten.engine.connections import Track, tracks
from batten.engine.protocol import Engine, Workload
from batten.engine.tables import Order
from batten.engine.views import GoneError, Seen, View
from batten.errors import EngineError

_TRACKED = "nf_conntrack"
_HINT = "Run it as root on the engine's host, or name an image for probe containers with --probe-image."


class Window:
    """The ``View`` of one process's network. Holds one file descriptor until it is closed."""

    def __init__(self, pid: int, container: str) -> None:
        """Look at a container's first process, or with an empty ``container`` at the host's; raises EngineError or GoneError."""
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

    def table(self, name: str) -> str:
        """A file of its network, empty where there is none; raises GoneError where the process has ended, which shows in the table ``tcp``."""
        try:
            return self._read(f"net/{name}")
        except OSError:
            if name == "tcp":
                raise GoneError from None
            return ""

    def _read(self, name: str) -> str:
        with open(name, encoding="ascii", errors="replace", opener=partial(os.open, dir_fd=self._folder)) as file:
            return file.read()

    def close(self) -> None:
        """See the protocol."""
        os.close(self._folder)


class Windows:
    """The ``Views`` of root on the engine's own host."""

    order: Order = sys.byteorder
    interval = 2.0
    local = True

    def __init__(self, engine: Engine) -> None:
        """Take the engine, which knows the processes; raises EngineError for anybody but root."""
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            raise EngineError("only root on the engine's host may see the connections of the containers.", hint=_HINT)
        self._engine = engine

    def host(self) -> View:
        """See the protocol."""
        return Window(1, "")

    def of(self, container: Workload, everybody: Sequence[Workload]) -> View | None:
        """See the protocol."""
        pid = self._engine.first_process(container.id)
        try:
            return Window(pid, container.id) if pid else None
        except GoneError:
            return None
        except EngineError:
            if self._engine.first_process(container.id) != pid:
                return None
            raise

    def read(self, views: Sequence[View], names: Sequence[str]) -> Iterator[Seen]:
        """See the protocol."""
        for view in views:
            assert isinstance(view, Window)
            found = None
            with suppress(GoneError):
                found = {name: view.table(name) for name in names}
            yield Seen(view, found)

    def tracked(self, host: View) -> frozenset[Track]:
        """See the protocol. Kernels may be built without the file; then netlink tells of the namespace that we are in."""
        assert isinstance(host, Window)
        text = host.table(_TRACKED)
        if not text and host.identity == os.stat("/proc/self/ns/net").st_ino:
            return frozenset(tracking.tracked())
        return frozenset(tracks(text))

    def close(self) -> None:
        """See the protocol: each window is closed by itself."""


def _not_here(pid: int, container: str) -> EngineError:
    return EngineError(f"process {pid} of container {container[:12]} is not on this machine: the engine runs on another one, or in a virtual one.", hint=_HINT)
