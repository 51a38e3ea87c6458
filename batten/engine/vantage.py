"""A way into the network namespaces of an engine's containers, as plain data: what is seen in one, what is asked from inside, what was heard.

``netns`` enters them as root on the engine's own host; ``probes`` puts a small container beside each, wherever the engine is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import NamedTuple, Protocol

from batten.engine.protocol import Workload

TCP, UDP = "tcp", "udp"
SERVER = "127.0.0.11"
"""Where the engine's own name server answers inside a container on a user-defined network (Docker docs, "Networking overview", DNS services)."""


class Space(NamedTuple):
    """A network namespace, named by a process that lives in it."""

    pid: int
    identity: int | str
    """The same for all processes in the same namespace."""


class Address(NamedTuple):
    """Where a program listens, or where a connection is to go."""

    host: str
    port: int
    protocol: str = TCP


class Name(NamedTuple):
    """A name that is looked up, for IPv4 or for IPv6."""

    name: str
    family: int = 4


class Look(NamedTuple):
    """What is seen in a namespace."""

    space: Space
    listeners: frozenset[Address] = frozenset()
    """Loopback addresses left out."""
    gateways: frozenset[str] = frozenset()
    """The addresses of the default routes, IPv4 and IPv6."""


class Asked(NamedTuple):
    """What is to be asked from inside one namespace."""

    addresses: frozenset[Address] = frozenset()
    names: frozenset[Name] = frozenset()

    def __len__(self) -> int:
        """How many questions that are."""
        return len(self.addresses) + len(self.names)


class Heard(NamedTuple):
    """What came of it."""

    open: frozenset[Address] = frozenset()
    """Takes a TCP connection, or has answered a datagram."""
    closed: frozenset[Address] = frozenset()
    """Of UDP: there is no way there, or nobody listens. What is in neither said nothing."""
    names: Mapping[Name, frozenset[str]] = MappingProxyType({})
    """The addresses of each name that was looked up; none where it is unknown."""


class Vantage(Protocol):
    """Where the questions are asked from, while its context lasts. Every call may raise EngineError."""

    @property
    def host(self) -> Space | None:
        """The namespace of the host itself; None where it cannot be entered."""

    @property
    def notes(self) -> Sequence[str]:
        """What cannot be asked from here, in sentences."""

    def look(self, containers: Sequence[Workload]) -> Mapping[str, Look | str]:
        """By id of each container what is seen in its namespace, or why nothing is."""

    def ask(self, wanted: Mapping[Space, Asked]) -> Iterator[tuple[Space, Heard]]:
        """Ask everything, several namespaces at a time; each answer comes as soon as it is whole."""

    def __enter__(self) -> Vantage:
        """Nothing is there yet."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop asking, and remove whatever was put there."""


LOOKUP = 0.1
"""What a lookup counts, which stays in its namespace, beside a connection."""


class Pace:
    """So many connections a second at most, whoever asks, and ten times as many lookups; it also tells everybody to stop."""

    def __init__(self, rate: float) -> None:
        self._between = 1 / rate
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self._stopped = threading.Event()

    def turn(self, connections: float = 1) -> float:
        """When, by the monotonic clock, one may open so many; that moment is then taken."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + connections * self._between
        return turn

    def wait(self, connections: float = 1) -> bool:
        """Wait until it is one's turn; whether to go on at all."""
        return not self._stopped.wait(max(0.0, self.turn(connections) - time.monotonic()))

    def stop(self) -> None:
        """Nobody asks any more."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether nobody asks any more."""
        return self._stopped.is_set()
