"""The answer at the level of services: nodes, and an ordered pair for every two of which the first can reach the second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
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


class _Reach(NamedTuple):
    nodes: tuple[Node, ...]
    paths: tuple[ReachPath, ...]
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

    @cached_property
    def _index(self) -> Mapping[tuple[str, str], ReachPath]:
        return {(path.source, path.target): path for path in self.paths}

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services."""
        return tuple(node.id for node in self.nodes if node.kind == "service")

    @property
    def service_paths(self) -> tuple[ReachPath, ...]:
        """Paths between two services: what every summary counts."""
        return self._without_zones(self.paths)

    @property
    def zone_paths(self) -> tuple[ReachPath, ...]:
        """Paths from or to a zone."""
        zones = self._zones()
        return tuple(path for path in self.paths if path.source in zones or path.target in zones)

    @property
    def needed(self) -> int:
        """How many paths between services are known to be needed."""
        return sum(path.needed is True for path in self.service_paths)

    @property
    def summary(self) -> str:
        """E.g. ``42 paths, 11 needed``."""
        count = len(self.service_paths)
        return f"{count} path{'' if count == 1 else 's'}, {self.needed} needed"

    def between(self, source: str, target: str) -> ReachPath | None:
        """The path from one node to another, or None where it is closed."""
        return self._index.get((source, target))

    def why_closed(self, source: str, target: str) -> str:
        """Why there is no path, in a sentence; an empty text where there is one, or for a pair that is none."""
        return "" if self.between(source, target) else self.closed.get((source, target), "")

    def reached_from(self, source: str) -> tuple[str, ...]:
        """The services that somebody who holds ``source`` can get to, directly or from service to service: its blast radius."""
        targets: dict[str, list[str]] = {}
        for path in self.service_paths:
            targets.setdefault(path.source, []).append(path.target)
        zones = self._zones()
        found = _closure([path.target for path in self.paths if path.source == source and path.target not in zones], targets)
        return tuple(name for name in self.services if name in found and name != source)

    def _zones(self) -> frozenset[str]:
        return frozenset(node.id for node in self.nodes if node.kind == "zone")

    def _without_zones(self, paths: Iterable[ReachPath]) -> tuple[ReachPath, ...]:
        zones = self._zones()
        return tuple(path for path in paths if path.source not in zones and path.target not in zones)


def _closure(first: Iterable[str], targets: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(targets.get(name, ()))
    return found
