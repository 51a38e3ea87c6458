"""Which connections are to be tried and which names looked up, and what the answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import product
from typing import NamedTuple

from batten.engine.naming import Named, Naming
from batten.engine.surroundings import Inside, Surroundings
from batten.engine.vantage import UDP, Address, Asked, Heard, Name, Space, Vantage
from batten.errors import EngineError
from batten.model import Zone
from batten.reach import Reach

HOST = Zone.HOST.value
_FEWER = "Allow more with --limit, name fewer services with --profile, or compare the networks alone with --no-connect."
_UDP = f"/{UDP}"


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
    unknown: tuple[str, ...] = ()
    """Ports of UDP that said nothing, which may mean anything; they are in neither."""

    @property
    def differs(self) -> bool:
        """Whether something answers that should not, or the other way round."""
        return self.expected != self.found


class _Outcome(NamedTuple):
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return self.expected != self.found


class Asking:
    """The questions of one comparison."""

    def __init__(self, reach: Reach, surroundings: Surroundings, naming: Naming, limit: int) -> None:
        """Think of every question; raises EngineError where there are more than the limit."""
        self._reach = reach
        self._surroundings = surroundings
        self._naming = naming
        self._heard: dict[Space, Heard] = {}
        self._doors = {(source.id, target.id): surroundings.doors(source, target) for source, target in self._combinations()}
        self.wanted = self._wanted()
        if self.attempts > limit:
            raise EngineError(f"it would take {self.attempts} connections and lookups to ask every pair; {limit} is the limit.", hint=_FEWER)

    @property
    def attempts(self) -> int:
        """How many questions there are."""
        return sum(map(len, self.wanted.values()))

    def _combinations(self) -> Iterator[tuple[Inside, Inside]]:
        around = self._surroundings
        yield from ((source, target) for source, target in product(self._sources(), around.all()) if source.service != target.service)

    def _sources(self) -> Iterator[Inside]:
        if self._surroundings.host is not None:
            yield self._surroundings.host
        yield from self._surroundings.all()

    def _wanted(self) -> Mapping[Space, Asked]:
        addresses: dict[Space, set[Address]] = {}
        for source, target in self._combinations():
            addresses.setdefault(source.space, set()).update(one for tries in self._doors[source.id, target.id].values() for one in tries)
        names: dict[Space, frozenset[Name]] = {}
        for one in self._surroundings.all():
            names[one.space] = names.get(one.space, frozenset()) | self._naming.wanted(one.service)
        return {space: Asked(frozenset(addresses.get(space, ())), names.get(space, frozenset())) for space in addresses.keys() | names.keys()}

    def hear(self, vantage: Vantage) -> Iterator[Space]:
        """Ask everything; each namespace is told when all about it is known. What should and did not is tried once more, since a busy machine may be late."""
        again: dict[Space, Asked] = {}
        for space, heard in vantage.ask({space: asked for space, asked in self.wanted.items() if len(asked)}):
            self._heard[space] = heard
            late = self._late(space, heard)
            if late:
                again[space] = Asked(late)
            else:
                yield space
        for space, second in vantage.ask(again) if again else ():
            first = self._heard[space]
            self._heard[space] = first._replace(open=first.open | second.open, closed=first.closed - second.open)
            yield space

    def _late(self, space: Space, heard: Heard) -> frozenset[Address]:
        late: set[Address] = set()
        for source, target in self._combinations():
            if source.space == space:
                doors = self._doors[source.id, target.id]
                expected = (door for door in self._expected(source.service, target.service, doors) if not door.endswith(_UDP))
                late |= {one for door in expected if not heard.open.intersection(doors[door]) for one in doors[door]}
        return frozenset(late)

    def _expected(self, source: str, target: str, doors: Iterable[str]) -> frozenset[str]:
        """The doors that the prediction opens; a road that names no ports opens all of them."""
        path = self._reach.between(source, target)
        return frozenset() if path is None else frozenset(doors) & frozenset(path.ports) if path.ports else frozenset(doors)

    def silent(self) -> dict[str, str]:
        """Services that cannot be asked as targets, and why; sources need not listen."""
        reasons = {name: [self._surroundings.silence(one) for one in found] for name, found in self._surroundings.services.items()}
        return {name: found[0] for name, found in reasons.items() if found and all(found)}

    def spaces(self, source: str) -> frozenset[Space]:
        """The namespaces from which a pair's source is asked."""
        return frozenset(one.space for one in self._of(source))

    def pair(self, ends: tuple[str, str], unasked: str, gone: Iterable[str] = ()) -> Pair:
        """What came of a pair; of several containers the first that is not as predicted speaks for all. Containers that are gone do not count."""
        path = self._reach.between(*ends)
        both = product(self._of(ends[0]), self._of(ends[1]))
        outcomes = [] if unasked else [self._outcome(one, other) for one, other in both if one.id not in gone and other.id not in gone]
        one = next((outcome for outcome in outcomes if outcome.differs), outcomes[0] if outcomes else _Outcome())
        return Pair(*ends, one.expected, one.found, path.needed if path is not None else None, unasked, one.unknown)

    def _of(self, service: str) -> Iterable[Inside]:
        if service == HOST:
            return [self._surroundings.host] if self._surroundings.host is not None else []
        return self._surroundings.services.get(service, [])

    def _outcome(self, source: Inside, target: Inside) -> _Outcome:
        doors, heard = self._doors[source.id, target.id], self._heard.get(source.space, Heard())
        found = {door for door, tries in doors.items() if heard.open.intersection(tries)}
        unknown = {door for door, tries in doors.items() if door.endswith(_UDP) and door not in found and not tries <= heard.closed}
        expected = self._expected(source.service, target.service, doors) - (target.unknown_doors - found) - unknown
        return _Outcome(tuple(sorted(expected)), tuple(sorted(found)), tuple(sorted(unknown)))

    def names(self, gone: Set[str], moved: Set[str]) -> Iterator[Named]:
        """What came of every lookup; of several containers the first that is not right speaks for all.

        Args:
            gone: ids of containers that do not count.
            moved: services that may have other addresses by now; of their names nothing is said.
        """
        found: dict[tuple[str, str, str], Named] = {}
        for one in self._surroundings.all():
            if one.id not in gone and one.space in self._heard:
                for named in (named for named in self._naming.answers(one.service, self._heard[one.space]) if named.target not in moved):
                    key = (named.source, named.target, named.name)
                    if key not in found or named.differs:
                        found[key] = named
        yield from found.values()
