"""Connections counted: each one once, however often it is seen and from however many sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from batten.design.sections.observed import Observations, Sighting, Watch
from batten.engine.flows import Flow
from batten.engine.sampling import Sample
from batten.engine.whereabouts import HOST

_FORGOTTEN = 8
"""Looks after which a connection that is not seen any more is forgotten; one with the same ends is then another one."""

Ends: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class _Count:
    """What is known of a pair."""

    first: datetime
    last: datetime
    ports: set[tuple[int, str]] = field(default_factory=set)
    times: int = 0


class Tally:
    """All that was seen so far."""

    def __init__(self) -> None:
        self._looks = 0
        self._at = 0.0
        self._running: frozenset[str] = frozenset()
        self._known: dict[Hashable, int] = {}
        self._counts: dict[Ends, _Count] = {}
        self._watched: dict[frozenset[str], float] = defaultdict(float)
        self._past_host: set[tuple[tuple[str, ...], int]] = set()

    def add(self, sample: Sample, at: float, now: datetime) -> tuple[Sighting, ...]:
        """Count a sample; the pairs that were never seen before."""
        self._looks += 1
        if self._looks == 1:
            self._at, self._running = at, sample.services
        self._watched[self._running & sample.services] += at - self._at
        self._at, self._running = at, sample.services
        before = set(self._counts)
        for flow in sorted(sample.flows, key=lambda one: not one.certain):
            self._one(flow, now)
        self._known = {key: look for key, look in self._known.items() if self._looks - look < _FORGOTTEN}
        return tuple(one for one in self._sightings() if (one.sources, one.targets) not in before)

    def _one(self, flow: Flow, now: datetime) -> None:
        known = flow.key in self._known or flow.same in self._known
        self._known[flow.key] = self._known[flow.same] = self._looks
        if self._looks == 1 and flow.over:
            return  # it was before our time
        count = self._counts.get((flow.sources, flow.targets))
        if known:
            if count is not None and not flow.over:
                count.last = now
            return
        if count is None:
            count = self._counts[flow.sources, flow.targets] = _Count(now, now)
        count.times, count.last = count.times + 1, now
        count.ports.add((flow.port, flow.protocol))
        if flow.through_host:
            self._past_host.add((flow.targets, flow.port))

    def observations(self) -> Observations:
        """What was seen, as it is kept."""
        watches = (Watch(seconds, services) for services, seconds in self._watched.items() if services)
        return Observations(tuple(self._sightings()), tuple(watches))

    def _sightings(self) -> Iterator[Sighting]:
        certain = {ends: count for ends, count in self._counts.items() if len(ends[0]) == len(ends[1]) == 1}
        for ends, count in self._counts.items():
            if ends in certain or not any(_may_be(ends, other) and count.ports & known.ports for other, known in certain.items()):
                yield from self._sighting(ends, count)

    def _sighting(self, ends: Ends, count: _Count) -> Iterator[Sighting]:
        """One pair. What reached a port of the host and was sent on comes from the host as its target sees it, though a service asked."""
        ports = [(port, protocol) for port, protocol in sorted(count.ports) if ends[0] != (HOST,) or (ends[1], port) not in self._past_host]
        if ports:
            yield Sighting(*ends, tuple(f"{port}/{protocol}" for port, protocol in ports), count.times, count.first, count.last)


def _may_be(ends: Ends, certain: Ends) -> bool:
    return set(certain[0]) <= set(ends[0]) and set(certain[1]) <= set(ends[1])
