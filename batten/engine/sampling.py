"""One look at a running project: which containers are there, what their sockets are connected to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from batten.engine.connections import Socket, State, Track, own_addresses, sockets
from batten.engine.elsewhere import Elsewhere
from batten.engine.flows import Door, Flow, Inside, Reading, Tracking
from batten.engine.memberships import Members, members
from batten.engine.owners import Owners
from batten.engine.protocol import Engine, EngineNetwork, Workload
from batten.engine.vantage import TCP
from batten.engine.views import ADDRESSES, ROUTES, TABLES, View, Views
from batten.engine.whereabouts import Whereabouts
from batten.errors import EngineError
from batten.model import Project

_TRACKED_EVERY = 3
"""Looks from one reading of the tracked connections to the next: they are kept longer than sockets, and there may be many."""


class Sample(NamedTuple):
    """What one look showed."""

    flows: Sequence[Flow]
    services: frozenset[str]
    """Those that were looked at."""


class Sampler:
    """Looks at one project again and again; holds a view of each container until it is closed."""

    def __init__(self, project: Project, engine: Engine, views: Views) -> None:
        self._project = project
        self._engine = engine
        self._source = views
        self._host: View | None = None
        self._views: dict[str, View] = {}
        self._owners = Owners()
        self._waited: dict[int, dict[Door, int]] = {}
        self._tracked: frozenset[Track] = frozenset()
        self._tracking = Tracking()
        self._networks: Sequence[EngineNetwork] | None = None
        self._elsewhere = Elsewhere()
        self._looks = 0

    def close(self) -> None:
        """Give everything back."""
        for view in (*self._views.values(), *([self._host] if self._host else ())):
            view.close()
        self._views.clear()
        self._host = None
        self._source.close()

    def sample(self) -> Sample:
        """Look once; raises EngineError."""
        everybody = self._engine.glance()
        found = self._members(everybody)
        ours = [(service, one) for service, some in found.running.items() for one in some]
        inside = self._inside([one for _, one in ours], everybody)
        if self._networks is None:
            self._networks, self._elsewhere = self._engine.networks(), Elsewhere.of(self._project, self._engine, found)
        looked = [(service, one) for service, one in ours if one.id in self._views]
        others = [one for one in everybody if one.id not in {mine.id for _, mine in ours}]
        host = self._host = self._host or self._source.host()
        places = self._places(looked, others, host)
        if self._source.local:
            self._owners.renew({identity: home.members for identity, home in places.homes.items() if len(places.inhabitants(identity)) > 1}, places.host)
        flows = list(Reading(places, inside, self._track(host), self._owners.owner).flows())
        self._looks += 1
        return Sample(flows, frozenset(service for service, _ in looked))

    def _members(self, everybody: Sequence[Workload]) -> Members:
        """What runs of the project; at the first look that has to be something."""
        try:
            return members(self._project, everybody)
        except EngineError:
            if not self._looks:
                raise
            return Members({}, {}, stack=False)

    def _inside(self, containers: Sequence[Workload], everybody: Sequence[Workload]) -> Mapping[int, Inside]:
        """The sockets of every namespace once. What ends meanwhile is looked for once more, since it may run again; if not, it is left to the next look."""
        for gone in self._views.keys() - {one.id for one in containers}:
            self._views.pop(gone).close()
        found: dict[int, Inside] = {}
        for _ in range(2):
            self._open(containers, everybody)
            missing = {view.identity: view for view in self._views.values() if view.identity not in found}
            for seen in self._source.read(list(missing.values()), TABLES):
                if seen.tables is not None:
                    found[seen.view.identity] = self._parsed(seen.view.identity, seen.tables)
            self._drop({identity for identity in missing if identity not in found})
        self._waited = {identity: {door: inode for door, inode in inside.waiting.items() if door[0] == TCP} for identity, inside in found.items()}
        return found

    def _open(self, containers: Sequence[Workload], everybody: Sequence[Workload]) -> None:
        for one in containers:
            view = self._source.of(one, everybody) if one.id not in self._views else None
            if view is not None:
                self._views[one.id] = view
                self._networks = None

    def _drop(self, ended: Set[int]) -> None:
        for container in [one for one, view in self._views.items() if view.identity in ended]:
            self._views.pop(container).close()

    def _parsed(self, identity: int, tables: Mapping[str, str]) -> Inside:
        here: list[Socket] = []
        for name, text in tables.items():
            here += sockets(text, name.removesuffix("6"), self._source.order)
        waiting = {(one.local.protocol, one.local.port): one.inode for one in here if one.state is State.WAITING}
        return Inside(tuple(here), {**self._waited.get(identity, {}), **waiting})

    def _places(self, looked: Sequence[tuple[str, Workload]], others: Sequence[Workload], host: View) -> Whereabouts:
        lived = [(service, one, self._views[one.id].identity) for service, one in looked]
        names = {address: one.name for one in others for member in one.networks for address in member.addresses}
        names |= {address: service for service, addresses in self._elsewhere.addresses.items() for address in addresses}
        seen = next(iter(self._source.read([host], (ROUTES, ADDRESSES)))).tables or {}
        return Whereabouts.of(lived, names, self._networks or (), host.identity, own_addresses(seen.get(ROUTES, ""), seen.get(ADDRESSES, "")))

    def _track(self, host: View) -> Tracking:
        """What the host's tracking shows now and did not show before; it is asked now and then only."""
        if self._looks % _TRACKED_EVERY:
            return self._tracking._replace(fresh=frozenset())
        before, self._tracked = self._tracked, self._source.tracked(host)
        translated = {one.seen_as: one.source for one in self._tracked if one.seen_as != one.source}
        self._tracking = Tracking(self._tracked - before if self._looks else frozenset(), translated)
        return self._tracking
