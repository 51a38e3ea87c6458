"""One look at a running project: which containers are there, what their sockets are connected to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from batten.engine.connections import Socket, State, Track, own_addresses, sockets, tracks
from batten.engine.flows import Door, Flow, Inside, Reading
from batten.engine.grouping import groups
from batten.engine.owners import Owners
from batten.engine.protocol import Engine, EngineNetwork, Workload
from batten.engine.whereabouts import Whereabouts
from batten.engine.windows import TRACKED, GoneError, Window
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
    """Looks at one project again and again; holds a file descriptor for each container until it is closed."""

    def __init__(self, project: Project, engine: Engine) -> None:
        self._project = project
        self._engine = engine
        self._host: Window | None = None
        self._windows: dict[str, Window] = {}
        self._owners = Owners()
        self._waited: dict[int, dict[Door, int]] = {}
        self._tracked: frozenset[Track] = frozenset()
        self._networks: Sequence[EngineNetwork] = ()
        self._looks = 0

    def close(self) -> None:
        """Give everything back."""
        for window in (*self._windows.values(), *([self._host] if self._host else ())):
            window.close()
        self._windows.clear()
        self._host = None

    def sample(self) -> Sample:
        """Look once; raises EngineError."""
        everybody = self._engine.glance()
        ours = self._members(everybody)
        inside = self._inside(self._opened(ours))
        members = [(service, one) for service, one in ours if one.id in self._windows]
        others = [one for one in everybody if one.id not in {mine.id for _, mine in ours}]
        host = self._host = self._host or Window(1, "")
        places = self._places(members, others, host)
        self._owners.renew({identity: home.members for identity, home in places.homes.items() if len(places.inhabitants(identity)) > 1}, places.host)
        flows = list(Reading(places, inside, self._newly_tracked(host), self._owners.owner).flows())
        self._looks += 1
        return Sample(flows, frozenset(service for service, _ in members))

    def _members(self, everybody: Sequence[Workload]) -> list[tuple[str, Workload]]:
        """Service and container of what runs of the project; at the first look that has to be something."""
        group = next((one for one in groups(everybody, None) if one.name == self._project.name), None)
        if group is None and not self._looks:
            hint = "Start it, or name it as it is called there with --project-name."
            raise EngineError(f"nothing of a project named {self._project.name!r} runs on this engine.", hint=hint)
        return [(name, one) for name, found in (group.members if group else {}).items() if name in self._project.services for one in found]

    def _opened(self, members: Sequence[tuple[str, Workload]]) -> Sequence[tuple[str, Workload]]:
        """Those that can be looked at; windows on what is gone are closed."""
        there = {one.id for _, one in members}
        for gone in self._windows.keys() - there:
            self._windows.pop(gone).close()
        for _, one in members:
            if one.id not in self._windows:
                self._open(one.id)
        return [(service, one) for service, one in members if one.id in self._windows]

    def _open(self, container: str) -> None:
        window = self._window(container)
        if window is not None:
            self._windows[container] = window
            self._networks = ()

    def _window(self, container: str) -> Window | None:
        """A window on a container, or None where it ends just now; raises EngineError where its process is not on this machine."""
        pid = self._engine.first_process(container)
        try:
            return Window(pid, container) if pid else None
        except GoneError:
            return None
        except EngineError:
            if self._engine.first_process(container) != pid:
                return None
            raise

    def _inside(self, members: Sequence[tuple[str, Workload]]) -> Mapping[int, Inside]:
        """The sockets of every namespace once; a container that has ended meanwhile and does not run again is left to the next look."""
        found: dict[int, Inside] = {}
        for _, one in members:
            for _ in range(2):
                window = self._windows.get(one.id)
                if window is None or window.identity in found:
                    break
                try:
                    found[window.identity] = self._read(window)
                except GoneError:
                    self._windows.pop(one.id).close()
                    self._open(one.id)
        self._waited = {identity: {door: inode for door, inode in inside.waiting.items() if door[0] == "tcp"} for identity, inside in found.items()}
        return found

    def _read(self, window: Window) -> Inside:
        here: list[Socket] = []
        for name, text in window.sockets().items():
            here += sockets(text, name.removesuffix("6"))
        waiting = {(one.local.protocol, one.local.port): one.inode for one in here if one.state is State.WAITING}
        return Inside(tuple(here), {**self._waited.get(window.identity, {}), **waiting})

    def _places(self, members: Sequence[tuple[str, Workload]], others: Sequence[Workload], host: Window) -> Whereabouts:
        self._networks = self._networks or self._engine.networks()
        lived = [(service, one, self._windows[one.id].identity) for service, one in members]
        addresses = own_addresses(host.text("fib_trie"), host.text("if_inet6"))
        return Whereabouts.of(lived, others, self._networks, host.identity, addresses)

    def _newly_tracked(self, host: Window) -> Iterator[Track]:
        """What the host's tracking shows now and did not show before."""
        if self._looks % _TRACKED_EVERY:
            return
        before, self._tracked = self._tracked, frozenset(tracks(host.text(TRACKED)))
        yield from self._tracked - before if self._looks else ()
