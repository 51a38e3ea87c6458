"""Network namespaces on the engine's own host: what listens in one, and connections that are opened from inside of it.

A thread moves into the namespace (setns(2)), opens sockets there and ends: no program is started in a container and nothing stays behind.
Only Linux has this, and only root may do it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from batten.errors import EngineError

TIMEOUT = 1.0
"""Seconds that a connection may take."""
_THREADS, _WINDOW = 16, 16
"""Namespaces that are asked from at a time, and connections that are open at a time in each."""
_CLONE_NEWNET = 0x40000000
_LISTENING = "0A"
"""TCP_LISTEN as ``/proc/net/tcp`` writes it (Linux, include/net/tcp_states.h)."""
_HINT = "Run it on the engine's host as root, or compare the networks alone with --no-connect."


class Space(NamedTuple):
    """A network namespace, named by a process that lives in it."""

    pid: int
    identity: int
    """The same for all processes in the same namespace."""


class Address(NamedTuple):
    """Where a program listens, or where a connection is to go."""

    host: str
    port: int


def host() -> Space:
    """The namespace of the host itself, which is that of its first process; raises EngineError."""
    return _space(1)


def of_container(pid: int, container: str) -> Space:
    """The namespace of a container's first process.

    Args:
        pid: as the engine numbers it.
        container: the container's id, which the process's control group carries. Without it, the number may be any process of this machine.

    Raises:
        EngineError: we may not look, or the process is not that container's here.
    """
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        groups = ""
    if container not in groups:
        raise EngineError(
            f"process {pid} of container {container[:12]} is not on this machine: the engine runs on another one, or in a virtual one.", hint=_HINT
        )
    return _space(pid)


def _space(pid: int) -> Space:
    try:
        return Space(pid, os.stat(f"/proc/{pid}/ns/net").st_ino)
    except OSError as error:
        raise _refused(error) from None


def _refused(error: OSError) -> EngineError:
    return EngineError(f"the network namespaces of the containers cannot be entered: {error.strerror}.", hint=_HINT)


def require_root() -> None:
    """Raise EngineError unless namespaces can be entered at all."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise EngineError("only root on the engine's host may open connections from inside the containers.", hint=_HINT)


def listeners(space: Space) -> frozenset[Address]:
    """Where something listens for TCP in a namespace, loopback addresses left out."""
    found = (one for name in ("tcp", "tcp6") for one in _listening(Path(f"/proc/{space.pid}/net/{name}")))
    return frozenset(one for one in found if not ip_address(one.host).is_loopback)


def _listening(table: Path) -> Iterator[Address]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return  # IPv6 is switched off, or the process has ended; who asks looks at the containers again
    for line in lines:
        _, local, _, state, *_ = line.split()
        if state == _LISTENING:
            host, _, port = local.partition(":")
            yield Address(_decoded(host), int(port, 16))


def _decoded(word: str) -> str:
    """An address as the kernel prints it: groups of four bytes in the order of this machine (proc(5))."""
    raw = bytes.fromhex(word)
    groups = (raw[at : at + 4] for at in range(0, len(raw), 4))
    found = ip_address(b"".join(group[::-1] if sys.byteorder == "little" else group for group in groups))
    return str(getattr(found, "ipv4_mapped", None) or found)


def gateways(space: Space) -> frozenset[str]:
    """The addresses of the default routes, IPv4 and IPv6."""
    four = (_decoded(route[2]) for route in _routes(space, "route") if int(route[1], 16) == 0)
    six = (str(ip_address(bytes.fromhex(route[4]))) for route in _routes(space, "ipv6_route") if int(route[0] + route[1], 16) == 0)
    return frozenset(one for one in (*four, *six) if not ip_address(one).is_unspecified and not ip_address(one).is_link_local)


def _routes(space: Space, table: str) -> Iterator[list[str]]:
    """The rows of a table of routes; IPv6's has no heading (proc(5), Linux net/ipv6/route.c)."""
    try:
        lines = Path(f"/proc/{space.pid}/net/{table}").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    yield from (line.split() for line in lines if not line.startswith("Iface"))


def reached(wanted: Mapping[Space, Iterable[Address]]) -> Mapping[Space, frozenset[Address]]:
    """The addresses that take a connection from each namespace; raises EngineError where one cannot be entered.

    Each is connected to once and closed at once, nothing is sent, and none takes longer than ``TIMEOUT``.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        asked = {space: pool.submit(_from_inside, space, tuple(addresses)) for space, addresses in wanted.items()}
        return {space: answer.result() for space, answer in asked.items()}


def _from_inside(space: Space, addresses: tuple[Address, ...]) -> frozenset[Address]:
    """Runs in a thread of its own pool: setns moves the thread that calls it, and each one moves before it asks."""
    try:
        handle = os.open(f"/proc/{space.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return frozenset()  # it has ended; who asks looks at the containers again
    except OSError as error:
        raise _refused(error) from None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise _refused(OSError(number, os.strerror(number)))
    finally:
        os.close(handle)
    return frozenset(_open(addresses))


def _open(addresses: tuple[Address, ...]) -> Iterator[Address]:
    """Those that take a connection, a few at a time."""
    waiting = deque(addresses)
    with selectors.DefaultSelector() as selector:
        while waiting or selector.get_map():
            while waiting and len(selector.get_map()) < _WINDOW:
                one = waiting.popleft()
                if _begin(one, selector):
                    yield one
            yield from _finished(selector)


def _begin(one: Address, selector: selectors.BaseSelector) -> bool:
    """Begin to connect; whether that has succeeded already. What cannot even begin, such as without a route, is not reached."""
    made = socket.socket(socket.AF_INET6 if ":" in one.host else socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    code = made.connect_ex((one.host, one.port))
    if code == errno.EINPROGRESS:
        selector.register(made, selectors.EVENT_WRITE, (one, time.monotonic() + TIMEOUT))
        return False
    made.close()
    return code == 0


def _finished(selector: selectors.BaseSelector) -> Iterator[Address]:
    """Wait for one to end; close what has ended or takes too long."""
    ready = {key.fd for key, _ in selector.select(0.05)}
    for key in list(selector.get_map().values()):
        one, until = key.data
        if key.fd in ready or time.monotonic() > until:
            made = key.fileobj
            assert isinstance(made, socket.socket)
            if key.fd in ready and made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                yield one
            selector.unregister(made)
            made.close()
