"""The vantage of root on the engine's own host: it moves a thread into a container's network namespace and asks from there.

A thread moves (setns(2)), opens sockets and ends: no program is started in a container and nothing stays behind. Only Linux has this, and only root may do it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType

from batten.engine import sockets, tables
from batten.engine.protocol import Workload
from batten.engine.vantage import Asked, Heard, Look, Pace, Space
from batten.errors import EngineError

_THREADS = 16
"""Namespaces that are asked from at a time."""
_CLONE_NEWNET = 0x40000000
_ENDED = "its process has ended"
_HINT = "Name an image for probe containers with --probe-image, or compare the networks alone with --no-connect."


def possible(containers: Sequence[Workload]) -> bool:
    """Whether namespaces can be entered at all, and the processes of these running containers are this machine's."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    return any(_is_container(one.pid, one.id) for one in containers)


def _is_container(pid: int, container: str) -> bool:
    """Whether a process is a container's. Its control group carries the container's id; without it, the number may be any process of this machine."""
    try:
        return container in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False


class Namespaces:
    """The ``Vantage``."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._pool = ThreadPoolExecutor(_THREADS)

    @property
    def host(self) -> Space:
        """The namespace of the host itself, which is that of its first process; raises EngineError."""
        try:
            return _space(1)
        except OSError as error:
            raise _refused(error) from None

    @property
    def notes(self) -> Sequence[str]:
        """See the protocol."""
        return ()

    def look(self, containers: Sequence[Workload]) -> Mapping[str, Look | str]:
        """See the protocol. Containers in one namespace share one look."""
        looks: dict[int | str, Look] = {}
        return {one.id: self._look(one, looks) for one in containers}

    def _look(self, one: Workload, looks: dict[int | str, Look]) -> Look | str:
        if not _is_container(one.pid, one.id):
            return _ENDED
        try:
            space = _space(one.pid)
        except PermissionError as error:
            raise _refused(error) from None
        except OSError:
            return _ENDED
        if space.identity not in looks:
            texts = _tables(one.pid)
            looks[space.identity] = Look(space, tables.listeners(texts, sys.byteorder), tables.gateways(texts, sys.byteorder))
        return looks[space.identity]

    def ask(self, wanted: Mapping[Space, Asked]) -> Iterator[tuple[Space, Heard]]:
        """See the protocol."""
        spaces: dict[Future[Heard], Space] = {self._pool.submit(_from_inside, space, asked, self._pace): space for space, asked in wanted.items()}
        for done in as_completed(spaces):
            yield spaces[done], done.result()

    def __enter__(self) -> Namespaces:
        """See the protocol."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """See the protocol."""
        self._pace.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _space(pid: int) -> Space:
    """The namespace of a process; raises OSError."""
    return Space(pid, os.stat(f"/proc/{pid}/ns/net").st_ino)


def _refused(error: OSError) -> EngineError:
    return EngineError(f"the network namespaces of the containers cannot be entered: {error.strerror}.", hint=_HINT)


def _tables(pid: int) -> Mapping[str, str]:
    return {name: _read(Path(f"/proc/{pid}/net/{name}")) for name in tables.NAMES}


def _read(table: Path) -> str:
    try:
        return table.read_text(encoding="ascii")
    except OSError:
        return ""  # IPv6 is switched off, or the process has ended; who asks looks at the containers again


def _from_inside(space: Space, asked: Asked, pace: Pace) -> Heard:
    """Runs in a thread of its own pool: setns moves the thread that calls it, and each one moves before it asks."""
    try:
        handle = os.open(f"/proc/{space.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Heard()  # it has ended; who asks looks at the containers again
    except OSError as error:
        raise _refused(error) from None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise _refused(OSError(number, os.strerror(number)))
    finally:
        os.close(handle)
    return sockets.ask(asked, pace)
