"""What is predicted of a project against what is on the engine: memberships in networks, and connections that are really opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import NamedTuple

from batten.engine import netns
from batten.engine.grouping import groups
from batten.engine.netns import Address, Space
from batten.engine.protocol import Engine, Workload
from batten.engine.surroundings import Inside, Surroundings
from batten.errors import EngineError
from batten.model import Project, Zone
from batten.reach import Reach

LIMIT = 20_000
"""Connections that are opened at most."""
HOST = Zone.HOST.value
_FEWER = "Name fewer services with --profile, or compare the networks alone with --no-connect."


class Pair(NamedTuple):
    """An ordered pair: the ports of the target that should answer the source, and those that do."""

    source: str
    target: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    needed: bool | None
    """As the reach has it; None where that is not known."""
    unasked: str = ""
    """Why nothing was tried; then both are empty."""

    @property
    def differs(self) -> bool:
        """Whether something answers that should not, or the other way round."""
        return self.expected != self.found


class Joined(NamedTuple):
    """A container that is on other networks than it should be."""

    service: str
    """The service; for a container of somebody else its name."""
    container: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    stranger: bool = False
    """Whether it is on a network of the project and none of its containers."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was compared."""

    project: str
    engine: str
    """Its version."""
    reach: Reach
    memberships: tuple[Joined, ...]
    """Those that differ."""
    pairs: tuple[Pair, ...]
    """Empty where no connection was to be opened."""
    attempts: int
    unasked: Mapping[str, str]
    """Services that could not be asked about wholly, and why."""

    @property
    def differs(self) -> bool:
        """Whether anything is otherwise than predicted."""
        return bool(self.memberships) or any(pair.differs for pair in self.pairs)


def verify(project: Project, reach: Reach, engine: Engine, version: str, *, connect: bool = True) -> Verification:
    """Compare a project with what runs of it.

    Args:
        project: as it should be.
        reach: who should reach whom in it, on that engine.
        engine: where it runs. With ``connect`` it has to be on this machine, and we have to be root.
        version: the engine's.
        connect: whether connections are opened; otherwise memberships alone are compared.

    Raises:
        EngineError: nothing of the project runs, or it cannot be asked.
    """
    containers = engine.containers()
    members = _members(project, containers)
    joined = (*_misplaced(project, members), *_strangers(project, containers, members))
    absent = {name: "it does not run" for name in project.services if not members.get(name)}
    if not connect:
        return Verification(project.name, version, reach, joined, (), 0, absent)
    surroundings = Surroundings.of({name: members.get(name, ()) for name in project.services}, engine.networks())
    asking = _Asking(reach, surroundings)
    answers, now = asking.answers(), {one.id: one.pid for one in engine.containers()}
    absent |= {one.service: "it was restarted meanwhile" for one in surroundings.all() if now.get(one.id) != one.pid}
    silent = asking.silent()
    pairs = tuple(asking.pair(ends, answers, absent.get(ends[0]) or absent.get(ends[1]) or silent.get(ends[1], "")) for ends in _pairs(project))
    return Verification(project.name, version, reach, joined, pairs, asking.attempts, silent | absent)


def _pairs(project: Project) -> Iterator[tuple[str, str]]:
    yield from permutations(project.services, 2)
    yield from ((HOST, name) for name in project.services)


def _members(project: Project, containers: Iterable[Workload]) -> Mapping[str, Sequence[Workload]]:
    """The running containers of each service."""
    group = next((one for one in groups(containers, None) if one.name == project.name), None)
    if group is None:
        hint = "Start it, or name it as it is called there with --project-name."
        raise EngineError(f"nothing of a project named {project.name!r} runs on this engine.", hint=hint)
    if group.kind == "stack":
        raise EngineError(f"{project.name} runs as a stack: its containers are on several nodes.", hint="'batten review PATH --live' compares its services.")
    return {name: [one for one in found if one.state == "running"] for name, found in group.members.items()}


# memberships


def _misplaced(project: Project, members: Mapping[str, Sequence[Workload]]) -> Iterator[Joined]:
    for name, service in project.services.items():
        wanted = {project.networks[key].name if key in project.networks else key for key in service.networks}
        mode = service.network_mode
        expected = {mode} if mode in ("host", "none", "bridge") else set() if mode.startswith(("service:", "container:")) else wanted
        for one in members.get(name, ()):
            found = {member.network for member in one.networks}
            if found != expected:
                yield Joined(name, one.name, tuple(sorted(expected)), tuple(sorted(found)))


def _strangers(project: Project, containers: Iterable[Workload], members: Mapping[str, Sequence[Workload]]) -> Iterator[Joined]:
    """Containers of nobody or of others on networks that the project made for itself."""
    own = {network.name for network in project.networks.values() if not network.external}
    known = {one.id for name in project.services for one in members.get(name, ())}
    for one in containers:
        found = {member.network for member in one.networks} & own
        if found and one.id not in known and one.state == "running":
            yield Joined(one.name, one.name, (), tuple(sorted(found)), stranger=True)


# connections


class _Asking:
    """Which connections are to be tried, and what their answers mean."""

    def __init__(self, reach: Reach, surroundings: Surroundings) -> None:
        self._reach = reach
        self._surroundings = surroundings
        self._wanted: dict[Space, set[Address]] = {}
        for source, target in self._combinations():
            addresses = {address for tries in surroundings.doors(source, target).values() for address in tries}
            self._wanted.setdefault(source.space, set()).update(addresses)
        if self.attempts > LIMIT:
            raise EngineError(f"it would take {self.attempts} connections to ask every pair; {LIMIT} is the limit.", hint=_FEWER)

    @property
    def attempts(self) -> int:
        """How many connections are tried."""
        return sum(map(len, self._wanted.values()))

    def _combinations(self) -> Iterator[tuple[Inside, Inside]]:
        for target in self._surroundings.all():
            yield self._surroundings.host, target
            yield from ((source, target) for source in self._surroundings.all() if source.service != target.service)

    def answers(self) -> Mapping[Space, frozenset[Address]]:
        """What takes a connection. What should and did not is tried once more, since a busy machine may be late."""
        first = netns.reached(self._wanted)
        late = {space: self._late(space, found) for space, found in first.items()}
        second = netns.reached({space: addresses for space, addresses in late.items() if addresses})
        return {space: found | second.get(space, frozenset()) for space, found in first.items()}

    def _late(self, space: Space, found: frozenset[Address]) -> set[Address]:
        missing: set[Address] = set()
        for source, target in self._combinations():
            if source.space == space:
                doors = self._surroundings.doors(source, target)
                expected = self._expected(source.service, target.service, doors)
                missing |= {one for door in expected if not found.intersection(doors[door]) for one in doors[door]}
        return missing

    def _expected(self, source: str, target: str, doors: Iterable[str]) -> frozenset[str]:
        """The doors that the prediction opens; a road that names no ports opens all of them."""
        path = self._reach.between(source, target)
        return frozenset() if path is None else frozenset(doors) & frozenset(path.ports) if path.ports else frozenset(doors)

    def silent(self) -> dict[str, str]:
        """Services that cannot be asked as targets, and why; sources need not listen."""
        return {one.service: reason for one in self._surroundings.all() if (reason := self._surroundings.silence(one))}

    def pair(self, ends: tuple[str, str], answers: Mapping[Space, frozenset[Address]], unasked: str) -> Pair:
        """What came of a pair; of several containers the first that is not as predicted speaks for all."""
        path = self._reach.between(*ends)
        outcomes = [] if unasked else [self._outcome(one, other, answers) for one, other in self._both(*ends)]
        expected, found = next((both for both in outcomes if both[0] != both[1]), outcomes[0] if outcomes else ((), ()))
        return Pair(*ends, expected, found, path.needed if path is not None else None, unasked)

    def _both(self, source: str, target: str) -> Iterator[tuple[Inside, Inside]]:
        sources = [self._surroundings.host] if source == HOST else self._surroundings.services.get(source, [])
        return product(sources, self._surroundings.services.get(target, []))

    def _outcome(self, source: Inside, target: Inside, answers: Mapping[Space, frozenset[Address]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        doors = self._surroundings.doors(source, target)
        found = {door for door, tries in doors.items() if answers.get(source.space, frozenset()).intersection(tries)}
        expected = self._expected(source.service, target.service, doors) - (target.unknown_doors - found)
        return tuple(sorted(expected)), tuple(sorted(found))
