"""How far an intruder gets: from a service that is his, and from outside to the data.

He gets from service to service: whoever holds one can do what it can. The zones are ends and never ways between, since to reach a port of the host, or a
machine of the LAN, is not to hold it; what can be reached over them is a road of its own from service to service already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from batten.model import Tier, Zone
from batten.reach.paths import ZONES, Reach, ReachPath

OUTSIDE: tuple[str, ...] = (Zone.INTERNET.value, Zone.LAN.value)
"""Where an intruder comes from."""

Route = tuple[ReachPath, ...]
"""Paths that lead on from one to the next; there is no shorter way from the first source to the last target."""


@dataclass(frozen=True, slots=True)
class Blast:
    """What is open to whoever holds a service."""

    service: str
    direct: tuple[str, ...]
    """Services that it reaches itself."""
    onward: Mapping[str, Route]
    """Services that it reaches through others only → a shortest way there."""
    zones: Mapping[str, Route]
    """Zones → a shortest way there; one path where the service reaches it itself."""

    @property
    def services(self) -> tuple[str, ...]:
        """Every other service that it gets to, the nearest first."""
        return (*self.direct, *self.onward)

    @property
    def zones_itself(self) -> tuple[str, ...]:
        """Zones that it needs nobody else for."""
        return tuple(zone for zone, route in self.zones.items() if len(route) == 1)


@dataclass(frozen=True, slots=True)
class DataRoads:
    """The shortest ways from outside to a service that holds data."""

    service: str
    routes: Mapping[str, Route]
    """Zone → a shortest way; a zone from which there is none is missing."""


@dataclass(frozen=True, slots=True)
class BlastChange:
    """The same service before and after."""

    before: Blast
    after: Blast

    @property
    def service(self) -> str:
        """The service in question."""
        return self.before.service

    @property
    def spared(self) -> tuple[str, ...]:
        """Services and zones that it no longer gets to."""
        return tuple(name for name in _everything(self.before) if name not in _everything(self.after))

    @property
    def farther(self) -> tuple[str, ...]:
        """Services and zones that it reached itself, and now through others only."""
        near = (*self.after.direct, *self.after.zones_itself)
        return tuple(name for name in (*self.before.direct, *self.before.zones_itself) if name in _everything(self.after) and name not in near)

    @property
    def opened(self) -> tuple[str, ...]:
        """Services and zones that it did not get to before."""
        return tuple(name for name in _everything(self.after) if name not in _everything(self.before))


def blast_radius(reach: Reach, service: str) -> Blast:
    """What an intruder in ``service`` gets to, directly and through others."""
    routes = _routes(reach, service)
    services = {name: route for name, route in routes.items() if name not in ZONES}
    direct = tuple(name for name, route in services.items() if len(route) == 1)
    onward = {name: route for name, route in services.items() if len(route) > 1}
    return Blast(service, direct, onward, {zone: routes[zone] for zone in ZONES if zone in routes})


def roads_to_data(reach: Reach, tiers: Mapping[str, Tier]) -> tuple[DataRoads, ...]:
    """How the internet and the LAN get to each service of the data tier, in the order of the services."""
    routes = {zone: _routes(reach, zone) for zone in OUTSIDE}
    data = [name for name in reach.services if tiers.get(name) is Tier.DATA]
    return tuple(DataRoads(name, {zone: found[name] for zone, found in routes.items() if name in found}) for name in data)


def blast_changes(before: Reach, after: Reach) -> tuple[BlastChange, ...]:
    """Every service that is there before and after."""
    both = [name for name in before.services if name in after.services]
    return tuple(BlastChange(blast_radius(before, name), blast_radius(after, name)) for name in both)


def _everything(blast: Blast) -> tuple[str, ...]:
    return (*blast.services, *blast.zones)


def _routes(reach: Reach, start: str) -> dict[str, Route]:
    """A shortest way from a node to each other one that it gets to, the nearest first; needed paths are walked before those that are not."""
    leaving = _leaving(reach)
    found: dict[str, Route] = {start: ()}
    waiting = [start]
    for name in waiting:
        for path in leaving.get(name, ()):
            if path.target not in found:
                found[path.target] = (*found[name], path)
                waiting.extend(() if path.target in ZONES else (path.target,))
    del found[start]
    return found


def _leaving(reach: Reach) -> dict[str, list[ReachPath]]:
    """The paths that lead on from each node."""
    leaving: dict[str, list[ReachPath]] = {}
    for path in _by_need(reach):
        leaving.setdefault(path.source, []).append(path)
    return leaving


def _by_need(reach: Reach) -> Iterator[ReachPath]:
    yield from sorted(reach.paths, key=lambda path: path.needed is not True)
