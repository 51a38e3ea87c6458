"""The vantage from anywhere: a small container beside each container of the project, in its network namespace, with tools of its own.

A container that shares another one's namespace sees its addresses, its listeners and its name server, and nothing else of it (``--network container:ID``).
Each has the rights of nobody, ends by itself, and is removed in the end whatever happens. Those that a killed run left are removed by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import count
from types import TracebackType
from typing import NamedTuple, TypeVar

from batten.engine import leftovers, probe_script, tables
from batten.engine.keeping import LABEL, OWNER, Keeper, Kept
from batten.engine.protocol import RefusedError, Workload
from batten.engine.vantage import LOOKUP, TCP, Address, Asked, Heard, Look, Name, Pace, Space
from batten.errors import EngineError
from batten.model import Zone

IMAGE = "busybox"
"""The image where nobody names one: the official one, which has ``nc -z`` and ``nslookup``."""
_HOST = Space(0, Zone.HOST.value)
_THREADS = 8
"""Calls that are made to the engine at a time."""
_BATCH = 48
"""Questions that one command in a probe container asks."""
_SECONDS = 30.0
"""That such a command may take."""
_REFUSED = "See whether 'docker run --network container:NAME' is allowed there, or compare the networks alone with --no-connect."
_RESTARTING = "it is restarting"
_LEFT = f"Probe containers may still be there: they end by themselves, and the next run removes them. See 'docker ps -a --filter label={LABEL}'."
_NO_UDP = "UDP was not asked: the tools of a probe container send no empty datagram. Root on the engine's host can ask."
_NO_NAMES = "Names were not looked up: the image of the probe containers has no 'nslookup' and 'timeout'."
_T = TypeVar("_T")


class Site(NamedTuple):
    """Where and how probe containers are made."""

    keeper: Keeper
    containers: Callable[[], Sequence[Workload]]
    """What runs now."""
    image: str
    order: tables.Order
    """The order of bytes on the engine's host."""
    lifetime: int
    """Seconds after which a probe container ends by itself."""


class _Probe(NamedTuple):
    """A probe container that runs, and what it can do."""

    id: str
    way: str
    lookup: bool


class Probes:
    """The ``Vantage``."""

    def __init__(self, site: Site, run: str, pace: Pace) -> None:
        """Put nothing there yet.

        Args:
            site: where and how.
            run: the name of this run; all its containers bear it.
            pace: how fast questions are asked.
        """
        self._site, self._run, self._pace = site, run, pace
        self._labels = {LABEL: run, OWNER: leftovers.owner()}
        self._numbers = count(1)
        self._probes: dict[Space, _Probe] = {}
        self._notes: set[str] = set()
        self._pool = ThreadPoolExecutor(_THREADS)

    @property
    def host(self) -> Space | None:
        """See the protocol."""
        return _HOST if _HOST in self._probes else None

    @property
    def notes(self) -> Sequence[str]:
        """See the protocol."""
        return sorted(self._notes)

    def look(self, containers: Sequence[Workload]) -> Mapping[str, Look | str]:
        """See the protocol. Containers in one namespace share one probe, and the host has one of its own."""
        homes = {one.id: home(one, containers) for one in containers}
        spaces = tuple(dict.fromkeys((*homes.values(), _HOST)))
        looks = dict(zip(spaces, self._pool.map(self._put, spaces), strict=True))
        refused = [look for look in looks.values() if isinstance(look, str)]
        moved = self._moved(containers) if refused else set()
        if len(refused) == len(looks) and len(moved) < len(containers):
            raise EngineError(f"{refused[0]}.", hint=_REFUSED)
        return {number: _RESTARTING if number in moved and isinstance(looks[space], str) else looks[space] for number, space in homes.items()}

    def _put(self, space: Space) -> Look | str:
        """Put a probe container into a namespace and look around; why not, where the engine refuses."""
        keeper, mode = self._site.keeper, str(space.identity) if space == _HOST else f"container:{space.identity}"
        try:
            made = keeper.create(f"batten-probe-{self._run}-{next(self._numbers)}", self._site.image, mode, self._labels, self._site.lifetime)
            keeper.start(made)
            seen = probe_script.seen(keeper.run(made, probe_script.look(), _SECONDS))
        except RefusedError as error:
            return f"the engine lets no probe container in: {error.message.rstrip('.')}"
        if seen["way"] == probe_script.NONE:
            raise probe_script.unfit(self._site.image)
        self._probes[space] = _Probe(made, seen["way"], bool(seen["lookup"]))
        listeners = tables.listeners(seen, self._site.order)
        asked = frozenset(one for one in listeners if one.protocol == TCP)
        self._notes |= {words for words, holds in ((_NO_UDP, asked != listeners and space != _HOST), (_NO_NAMES, not seen["lookup"])) if holds}
        return Look(space, asked, tables.gateways(seen, self._site.order))

    def _moved(self, containers: Sequence[Workload]) -> set[str]:
        """Those that do not run any more as they did."""
        now = {one.id: one.pid for one in self._site.containers() if one.state == "running"}
        return {one.id for one in containers if now.get(one.id) != one.pid}

    def ask(self, wanted: Mapping[Space, Asked]) -> Iterator[tuple[Space, Heard]]:
        """See the protocol."""
        spaces = {self._pool.submit(self._ask, self._probes[space], asked): space for space, asked in wanted.items()}
        for done in as_completed(spaces):
            yield spaces[done], done.result()

    def _ask(self, probe: _Probe, asked: Asked) -> Heard:
        """One command after the other, since a probe container may only have so many processes."""
        reached = [self._connect(probe, batch) for batch in _batches(sorted(asked.addresses))]
        found = [self._look_up(probe, batch) for batch in _batches(sorted(asked.names) if probe.lookup else ())]
        return Heard(frozenset().union(*reached), names={name: addresses for part in found for name, addresses in part.items()})

    def _connect(self, probe: _Probe, addresses: Sequence[Address]) -> frozenset[Address]:
        if not self._pace.wait(len(addresses)):
            return frozenset()
        return probe_script.reached(self._site.keeper.run(probe.id, probe_script.connect(probe.way, addresses), _SECONDS), addresses)

    def _look_up(self, probe: _Probe, names: Sequence[Name]) -> Mapping[Name, frozenset[str]]:
        if not self._pace.wait(LOOKUP * len(names)):
            return {}
        return probe_script.resolved(self._site.keeper.run(probe.id, probe_script.look_up(names), _SECONDS), names)

    def __enter__(self) -> Probes:
        """See the protocol."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """See the protocol. A call that was under way may still make a container, so it is waited for before the second look."""
        self._pace.stop()
        try:
            leftovers.remove(self._site.keeper, self._is_ours)
            self._pool.shutdown(cancel_futures=True)
            leftovers.remove(self._site.keeper, self._is_ours)
        except EngineError as trouble:
            self._pool.shutdown(wait=False, cancel_futures=True)
            if kind is None or isinstance(error, EngineError):
                said = error if isinstance(error, EngineError) else trouble
                raise EngineError(said.message, hint=f"{said.hint} {_LEFT}".strip()) from None

    def _is_ours(self, one: Kept) -> bool:
        return one.labels.get(LABEL) == self._run


def home(one: Workload, containers: Sequence[Workload]) -> Space:
    """The namespace in which a container lives: its own, another container's, or the host's."""
    mode = str(one.settings.get("HostConfig.NetworkMode") or "")
    if mode == _HOST.identity:
        return _HOST
    other = mode.removeprefix("container:") if mode.startswith("container:") else ""
    owner = next((one for one in containers if other and (one.id.startswith(other) or one.name == other)), None)
    return Space(0, owner.id if owner else other or one.id)


def _batches(questions: Sequence[_T]) -> Iterator[Sequence[_T]]:
    yield from (questions[at : at + _BATCH] for at in range(0, len(questions), _BATCH))
