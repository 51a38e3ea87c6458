"""Bringing a project up on its engine: networks out of the way, the user's own Compose, then waiting until its containers stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from batten.engine.composing import Compose, Up
from batten.engine.events import Event, Said, Standings, Trouble
from batten.engine.foreseeing import NETWORK_KEY, Foreseen, Snapshot, Told, foresee, snapshot
from batten.engine.grouping import COMPOSE_SERVICE
from batten.engine.processes import FailedError
from batten.engine.protocol import Changing
from batten.engine.settling import Standing, Watch, members
from batten.model import Project

PAUSE = 0.5
"""Seconds between two looks at the containers."""


class Means(Protocol):
    """What brings a project up and tells what runs of it: ``Bringing`` by Compose, ``Deploying`` on a swarm. Each call may raise EngineError."""

    engine: Changing
    stopped: threading.Event

    def now(self, project: str) -> Snapshot:
        """What runs of a project at present."""

    def foresee(self, before: Project, after: Project, now: Snapshot, running: Mapping[str, int] | None = None) -> Foreseen:
        """What bringing ``after`` up will do; ``running`` is what is to run of it, what runs now where None."""

    def up(self, now: Snapshot, foreseen: Foreseen, project: Project, *, alone: bool = False, idle: bool = False) -> Generator[Event, None, list[Trouble]]:
        """Do it; what could not be done is returned. ``alone``: services that the files do not have go; ``idle``: nothing is started."""

    def stop(self, names: Sequence[str], project: Project) -> Generator[Event, None, list[Trouble]]:
        """Stop services; as ``up``."""

    def settle(self, now: Snapshot, project: str, only: Collection[str] | None = None) -> Generator[Event, None, list[Standing]]:
        """Wait until everything stands or something cannot; how it is then.

        ``only`` are the services that are to run; where None, all of them, and what was down in ``now`` may stay so.
        """

    def tidy(self, project: Project, gone: frozenset[str]) -> None:
        """Remove networks by their keys that the project has no longer and nobody is on."""

    def otherwise(self, project: Project) -> list[Trouble]:
        """Networks of the engine that are not as the project says."""


@dataclass
class Bringing:
    """What it takes to bring one project up by Compose; see ``Means``."""

    engine: Changing
    compose: Compose
    wait: float
    """Seconds that Compose may take, and seconds after that for the containers to stand."""
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set by somebody who wants it to stop at the next point."""
    pause: Callable[[float], object] = time.sleep

    def now(self, project: str) -> Snapshot:
        """What runs of a project at present; raises EngineError."""
        return snapshot(self.engine.containers(), self.engine.networks(), project)

    def foresee(self, before: Project, after: Project, now: Snapshot, running: Mapping[str, int] | None = None) -> Foreseen:
        """What bringing ``after`` up will do; raises EngineError. Compose is asked about the files as they are at present."""
        return foresee(before, after, now, Told(self.compose.services(), self.compose.hashes()), running)

    def up(self, now: Snapshot, foreseen: Foreseen, project: Project, *, alone: bool = False, idle: bool = False) -> Generator[Event, None, list[Trouble]]:
        """Let Compose do it."""
        self._clear(now, foreseen)
        what = Up(foreseen.names, foreseen.scale, foreseen.anew, alone, idle)
        return (yield from said(self.engine, self.compose.up(what, self.wait, self.stopped)))

    def stop(self, names: Sequence[str], project: Project) -> Generator[Event, None, list[Trouble]]:
        """Stop services; their containers stay."""
        return (yield from said(self.engine, self.compose.stop(names, self.wait, self.stopped))) if names else []

    def _clear(self, now: Snapshot, foreseen: Foreseen) -> None:
        """Remove the networks that are made anew; their containers, which are made anew too, are taken off them before."""
        for network in foreseen.networks:
            for one in now.containers:
                if any(member.network == network for member in one.networks):
                    self.engine.disconnect(network, one.id)
            self.engine.remove_network(network)

    def settle(self, now: Snapshot, project: str, only: Collection[str] | None = None) -> Generator[Event, None, list[Standing]]:
        """See ``Means``."""
        watch = Watch(now.down if only is None else {}, {one.id: one.condition.restarts for one in now.containers})
        until = time.monotonic() + self.wait
        last: list[Standing] = []
        while True:
            own = members(self.engine.containers(), project)
            found = watch.look(one for one in own if only is None or one.labels[COMPOSE_SERVICE] in only)
            if found != last:
                yield Standings(tuple(found))
            last = found
            if all(one.settled for one in found) or any(one.failed for one in found) or time.monotonic() > until or self.stopped.is_set():
                return found
            self.pause(PAUSE)

    def tidy(self, project: Project, gone: frozenset[str]) -> None:
        """See ``Means``."""
        taken = {member.network for one in self.engine.containers() for member in one.networks}
        tidy(self.engine, self.now(project.name), project, gone, taken)

    def otherwise(self, project: Project) -> list[Trouble]:
        """See ``Means``."""
        return otherwise(self.now(project.name), project)


def said(engine: Changing, lines: Iterator[str]) -> Generator[Event, None, list[Trouble]]:
    """What a program says, and as trouble what it could not do. Raises EngineError where the engine does not answer any more."""
    try:
        for line in lines:
            yield Said(line)
    except FailedError as error:
        engine.about()  # an engine that is gone is another matter, and says so
        return [Trouble("", error.message)]
    return []


def tidy(engine: Changing, now: Snapshot, project: Project, gone: frozenset[str], taken: Collection[str]) -> None:
    """Remove networks of ``now`` by their keys that the project has no longer and nobody is on; raises EngineError."""
    for one in now.networks:
        if one.labels[NETWORK_KEY] in gone - set(project.networks) and one.name not in taken:
            engine.remove_network(one.name)


def otherwise(now: Snapshot, project: Project) -> list[Trouble]:
    """Networks of the engine that are not as the project says; some versions of Compose leave one as it is."""
    there = {one.name: one for one in now.networks}
    found = [(one, there[one.name]) for one in project.networks.values() if one.name in there and not one.external]
    return [Trouble("", f"the network {one.name} is {'' if real.internal else 'not '}internal") for one, real in found if one.internal != real.internal]


def troubles(standings: Sequence[Standing]) -> list[Trouble]:
    """What is wrong with the containers."""
    return [Trouble(one.service, f"{one.container}: {one.text}") for one in standings if one.failed or not one.settled]


def orphans(now: Snapshot, project: Project) -> frozenset[str]:
    """Services of which containers run that the project does not have."""
    return frozenset(one.labels[COMPOSE_SERVICE] for one in now.containers) - frozenset(project.services)
