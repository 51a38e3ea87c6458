"""What is predicted of a project against what is on the engine: memberships in networks, connections that are really opened, names that are looked up.

``Verifying`` is one comparison. It tells each pair as soon as it is known, prints nothing, and has the verdict in the end::

    check = Verifying(project, reach, engine, version, enter)
    for measured in check.measure():
        ...  # measured.pair, measured.done of measured.total
    check.verdict()

Stopping early is safe: closing the iterator, or leaving it by an exception, removes whatever was put beside the containers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batten.engine import unasked
from batten.engine.asking import HOST, Asking, Pair
from batten.engine.elsewhere import Elsewhere
from batten.engine.memberships import RUNNING, Joined, Members, differing, members
from batten.engine.naming import Named, Naming
from batten.engine.protocol import Engine, Workload
from batten.engine.surroundings import Surroundings
from batten.engine.vantage import Space, Vantage
from batten.model import Project
from batten.reach import Reach

__all__ = ["HOST", "LIMIT", "RATE", "Joined", "Measured", "Named", "Pair", "Verification", "Verifying", "verify"]

LIMIT = 20_000
"""Connections and lookups that are made at most, where nothing else is said."""
RATE = 50
"""Connections a second at most, where nothing else is said.

Each takes a place in the table of neighbours at both ends, for five seconds at least (neigh_forced_gc in net/core/neighbour.c of Linux). All namespaces
of a host share that table; beyond 1024 places (gc_thresh3 in ip-sysctl.rst) its own connections would fail.
"""
Enter = Callable[[Sequence[Workload]], Vantage]
"""Opens the vantage from which the running containers are asked; raises EngineError."""


class Measured(NamedTuple):
    """A pair that was just asked about. The verdict may still take it back, where one of the two restarts before the end."""

    pair: Pair
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict: everything that was compared."""

    project: str
    engine: str
    """Its version."""
    reach: Reach
    memberships: tuple[Joined, ...]
    """Those that differ."""
    pairs: tuple[Pair, ...]
    """Empty where no connection was to be opened."""
    attempts: int
    """Connections and lookups."""
    unasked: Mapping[str, str]
    """Services that could not be asked about wholly, and why."""
    names: tuple[Named, ...] = ()
    """Every name that was looked up."""
    notes: tuple[str, ...] = ()
    """What could not be asked from where we stood, in sentences."""

    @property
    def differs(self) -> bool:
        """Whether anything is otherwise than predicted."""
        return bool(self.memberships) or any(one.differs for one in self.pairs) or any(one.differs for one in self.names)


class Verifying:
    """One comparison of a project with what runs of it."""

    def __init__(self, project: Project, reach: Reach, engine: Engine, version: str, enter: Enter | None, *, limit: int = LIMIT) -> None:
        """Take down what is to be compared; nothing is asked yet.

        Args:
            project: as it should be.
            reach: who should reach whom in it, on that engine.
            engine: where it runs.
            version: the engine's.
            enter: opens the place from which connections are opened; None where memberships alone are to be compared.
            limit: connections and lookups at most.
        """
        self._project, self._reach, self._engine, self._version = project, reach, engine, version
        self._enter, self._limit = enter, limit
        self._verdict: Verification | None = None

    def verdict(self) -> Verification:
        """What it came to; measures first where nobody has."""
        for _ in self.measure() if self._verdict is None else ():
            pass
        assert self._verdict is not None
        return self._verdict

    def measure(self) -> Generator[Measured]:
        """Ask the engine; every ordered pair once, as soon as all of it is known. Raises EngineError."""
        containers = self._engine.containers()
        found = members(self._project, containers)
        joined = differing(self._project, found, containers)
        elsewhere = Elsewhere.of(self._project, self._engine, found)
        if self._enter is None:
            self._verdict = Verification(self._project.name, self._version, self._reach, joined, (), 0, {**elsewhere.notes, **found.absent})
            return
        running = [one for here in found.running.values() for one in here]
        with self._enter(running) as vantage:
            yield from self._connect(vantage, found, joined, elsewhere)

    def _connect(self, vantage: Vantage, found: Members, joined: tuple[Joined, ...], elsewhere: Elsewhere) -> Iterator[Measured]:
        surroundings = Surroundings.of(found.running, self._engine.networks(), vantage, elsewhere.bridged)
        naming = Naming(self._project, found.running, elsewhere.addresses, complete=elsewhere.complete)
        asking = Asking(self._reach, surroundings, naming, self._limit)
        absent, silent = unasked.from_the_start(found, surroundings), asking.silent()
        yield from _told(asking, vantage, unasked.pairs(self._project, absent, silent))
        gone = self._gone(surroundings)
        absent |= unasked.in_the_end(surroundings, gone)
        partly = unasked.partly(found, surroundings, gone)
        self._verdict = Verification(
            self._project.name,
            self._version,
            self._reach,
            joined,
            tuple(asking.pair(ends, reason, gone) for ends, reason in unasked.pairs(self._project, absent, silent).items()),
            asking.attempts,
            {**elsewhere.notes, **silent, **partly, **absent},
            tuple(asking.names(gone, absent.keys() | partly.keys())),
            tuple(vantage.notes),
        )

    def _gone(self, surroundings: Surroundings) -> frozenset[str]:
        """The containers that do not run any more as they did when they were looked into."""
        now = {one.id: one.pid for one in self._engine.containers() if one.state == RUNNING}
        return frozenset(one.id for one in surroundings.all() if now.get(one.id) != one.pid)


def _told(asking: Asking, vantage: Vantage, reasons: Mapping[tuple[str, str], str]) -> Iterator[Measured]:
    """Each pair once, as soon as all namespaces of its source were asked."""
    done, total, heard = 0, len(reasons), set[Space]()
    waiting = {ends: asking.spaces(ends[0]) & asking.wanted.keys() for ends in reasons}
    for space in _first_none(asking.hear(vantage)):
        heard |= {space} if space else set()
        for ends in [ends for ends, spaces in waiting.items() if reasons[ends] or spaces <= heard]:
            done += 1
            del waiting[ends]
            yield Measured(asking.pair(ends, reasons[ends]), done, total)
    for ends in waiting:
        done += 1
        yield Measured(asking.pair(ends, reasons[ends]), done, total)


def _first_none(spaces: Iterator[Space]) -> Iterator[Space | None]:
    """What needs no answer is told before the first one comes."""
    yield None
    yield from spaces


def verify(project: Project, reach: Reach, engine: Engine, version: str, enter: Enter | None, *, limit: int = LIMIT) -> Verification:
    """Compare a project with what runs of it, in one go; see ``Verifying``. Raises EngineError."""
    return Verifying(project, reach, engine, version, enter, limit=limit).verdict()
