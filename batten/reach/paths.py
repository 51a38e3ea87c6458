"""The answer at the level of services: nodes, and an ordered pair for every two of which the first can reach the second."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from batten.model import Connection, Evidence, Zone

ZONES: tuple[str, ...] = (Zone.INTERNET.value, Zone.LAN.value, Zone.HOST.value)
"""The zones in the order in which reports show them."""


class Node(NamedTuple):
    """A service or a zone."""

    id: str
    kind: Literal["service", "zone"]
    tier: str = ""
    """The service's tier; empty for a zone and where none was given."""


class ReachPath(NamedTuple):
    """An open way from one node to another."""

    source: str
    target: str
    ports: tuple[str, ...]
    """The target's own ports that it opens, e.g. ``5432/tcp``; empty for every port on which the target listens."""
    via: tuple[str, ...]
    """Every road, e.g. ``network backend``."""
    needed: bool | None
    """None where nothing says so and nothing denies it."""
    because: tuple[Evidence, ...] = ()


class Among(Collection[ReachPath]):
    """Paths of which it is known how many there are, and that are made when they are read."""

    def __init__(self, count: int, paths: Callable[[], Iterator[ReachPath]]) -> None:
        self._count, self._paths = count, paths

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[ReachPath]:
        """Each of them."""
        return self._paths()

    def __contains__(self, path: object) -> bool:
        """Whether it is one of them."""
        return any(path == one for one in self)


class Paths(Collection[ReachPath]):
    """All open ways, and what is asked of them."""

    @property
    @abstractmethod
    def among_services(self) -> Collection[ReachPath]:
        """Those between two services."""

    @property
    @abstractmethod
    def with_zones(self) -> tuple[ReachPath, ...]:
        """Those from or to a zone."""

    @property
    @abstractmethod
    def needed(self) -> int:
        """How many of those between services are known to be needed."""

    @abstractmethod
    def between(self, source: str, target: str) -> ReachPath | None:
        """The path from one node to another, or None where it is closed."""

    @abstractmethod
    def reached(self, source: str) -> set[str]:
        """The services that somebody who holds a node gets to, directly or from service to service."""

    def __contains__(self, path: object) -> bool:
        """Whether it is one of them."""
        return isinstance(path, ReachPath) and self.between(path.source, path.target) == path


class Listed(Paths):
    """Ways that were listed."""

    def __init__(self, paths: Iterable[ReachPath]) -> None:
        self._index = {(path.source, path.target): path for path in paths}

    def __iter__(self) -> Iterator[ReachPath]:
        """Each of them."""
        return iter(self._index.values())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._index)

    @property
    def among_services(self) -> tuple[ReachPath, ...]:
        """Those between two services."""
        return tuple(path for path in self if path.source not in ZONES and path.target not in ZONES)

    @property
    def with_zones(self) -> tuple[ReachPath, ...]:
        """Those from or to a zone."""
        return tuple(path for path in self if path.source in ZONES or path.target in ZONES)

    @property
    def needed(self) -> int:
        """How many of those between services are known to be needed."""
        return sum(path.needed is True for path in self.among_services)

    def between(self, source: str, target: str) -> ReachPath | None:
        """The path from one node to another, or None where it is closed."""
        return self._index.get((source, target))

    def reached(self, source: str) -> set[str]:
        """The services that somebody who holds a node gets to, directly or from service to service."""
        found, waiting = {source}, [source]
        while waiting:
            here = waiting.pop()
            fresh = [path.target for path in self if path.source == here and path.target not in (*ZONES, *found)]
            found.update(fresh)
            waiting += fresh
        return found


class _Reach(NamedTuple):
    nodes: tuple[Node, ...]
    paths: Paths
    engine: str
    """The engine version, or which versions together."""
    notes: tuple[str, ...] = ()
    """What could not be known, in sentences."""
    unmet: tuple[Connection, ...] = ()
    """Needed connections that no road serves."""
    closed: Mapping[tuple[str, str], str] = MappingProxyType({})
    """For pairs that are closed: why, in a sentence."""


class Reach(_Reach):
    """Who can reach whom.

    ``internet`` and ``lan`` stand for what may come in from outside: a port on every address of the host counts as open to both, since nothing in
    a compose file says what stands in front of the host. ``lan`` is a machine on the same network as the host, which may also send packets for
    container addresses to it. A firewall outside, or rules of one's own in DOCKER-USER, can close what is open here and never the other way round.
    """

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services."""
        return tuple(node.id for node in self.nodes if node.kind == "service")

    @property
    def service_paths(self) -> Collection[ReachPath]:
        """Paths between two services: what every summary counts."""
        return self.paths.among_services

    @property
    def zone_paths(self) -> tuple[ReachPath, ...]:
        """Paths from or to a zone."""
        return self.paths.with_zones

    @property
    def needed(self) -> int:
        """How many paths between services are known to be needed."""
        return self.paths.needed

    @property
    def summary(self) -> str:
        """E.g. ``42 paths, 11 needed``."""
        count = len(self.service_paths)
        return f"{count} path{'' if count == 1 else 's'}, {self.needed} needed"

    def between(self, source: str, target: str) -> ReachPath | None:
        """The path from one node to another, or None where it is closed."""
        return self.paths.between(source, target)

    def why_closed(self, source: str, target: str) -> str:
        """Why there is no path, in a sentence; an empty text where there is one, or for a pair that is none."""
        return "" if self.between(source, target) else self.closed.get((source, target), "")

    def reached_from(self, source: str) -> tuple[str, ...]:
        """The services that somebody who holds ``source`` can get to, directly or from service to service: its blast radius."""
        found = self.paths.reached(source)
        return tuple(name for name in self.services if name in found and name != source)
