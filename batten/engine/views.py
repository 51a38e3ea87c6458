"""A way to the tables of sockets of an engine's containers, as plain types: ``windows`` looks as root on the engine's host, ``beside`` from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from batten.engine.connections import Track
from batten.engine.protocol import Workload
from batten.engine.tables import Order

TABLES = ("tcp", "tcp6", "udp", "udp6")
ROUTES, ADDRESSES = "fib_trie", "if_inet6"
"""Files below ``/proc/net`` of the host: its IPv4 addresses among its routes, its IPv6 addresses."""


class GoneError(Exception):
    """What was looked at has ended since."""


class View(Protocol):
    """A look into one network namespace, for as long as it is not closed."""

    @property
    def identity(self) -> int:
        """The same for all containers in the same namespace."""

    def close(self) -> None:
        """Give back what it holds."""


class Seen(NamedTuple):
    """What a view showed."""

    view: View
    tables: Mapping[str, str] | None
    """Texts by name; None where it has ended."""


class Views(Protocol):
    """Where views come from. Every call may raise EngineError."""

    order: Order
    """The order of bytes on the engine's host."""
    interval: float
    """Seconds from look to look that suit what a look takes."""

    local: bool
    """Whether the processes are this machine's, so that whose a socket is can be seen."""

    def host(self) -> View:
        """A view of the host's own network."""

    def of(self, container: Workload, everybody: Sequence[Workload]) -> View | None:
        """A view of a container's network, for which another container may be asked; None where it ends just now."""

    def read(self, views: Sequence[View], names: Sequence[str]) -> Iterator[Seen]:
        """The tables of these names, of each view once; those that cannot be seen are empty."""

    def tracked(self, host: View) -> frozenset[Track]:
        """The connections that the host's kernel tracks; none where they are out of sight."""

    def close(self) -> None:
        """Give back everything that is still held."""
