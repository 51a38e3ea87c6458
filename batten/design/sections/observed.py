"""What was seen on a running engine: who was connected to whom, how often, and for how long was watched. No values, no addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from batten.design.sections.reading import only, sequence, text, texts, wrong
from batten.model import Value

LONG_ENOUGH = 600
"""Seconds of watching after which a connection that was never seen is worth a question. What happens once a night takes longer to show."""


class Sighting(NamedTuple):
    """An ordered pair that was seen connected."""

    sources: tuple[str, ...]
    """A service or a zone; several where they share a network namespace and it could not be told which of them it was."""
    targets: tuple[str, ...]
    ports: tuple[str, ...]
    """As ``5432/tcp``, inside the target."""
    times: int
    """Different connections; one that lasts counts once."""
    first: datetime
    last: datetime

    @property
    def certain(self) -> bool:
        """Whether both ends are known."""
        return len(self.sources) == len(self.targets) == 1

    @property
    def pair(self) -> tuple[str, str]:
        """Both ends, where they are certain."""
        return self.sources[0], self.targets[0]

    def covers(self, source: str, target: str) -> bool:
        """Whether it may have been these two."""
        return source in self.sources and target in self.targets


class Watch(NamedTuple):
    """For how long some services were watched while all of them ran."""

    seconds: float
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that was seen, of one time of watching or several."""

    sightings: tuple[Sighting, ...] = ()
    watches: tuple[Watch, ...] = ()

    def seconds(self, *services: str) -> float:
        """For how long these were watched while all of them ran."""
        return sum(watch.seconds for watch in self.watches if watch.services.issuperset(services))

    def of(self, source: str, target: str) -> Sighting | None:
        """What was certainly seen of a pair."""
        return next((one for one in self.sightings if one.certain and one.pair == (source, target)), None)

    def maybe(self, source: str, target: str) -> bool:
        """Whether a pair was seen, or may have been."""
        return any(one.covers(source, target) for one in self.sightings)

    def plus(self, other: Observations) -> Observations:
        """Both together: what was seen earlier, and now."""
        return Observations(_summed((*self.sightings, *other.sightings)), _joined((*self.watches, *other.watches)))


def _summed(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], Sighting] = {}
    for one in sightings:
        ends = one.sources, one.targets
        known = found.get(ends)
        found[ends] = one if known is None else _both(known, one)
    return tuple(found.values())


def _both(one: Sighting, other: Sighting) -> Sighting:
    ports = tuple(sorted({*one.ports, *other.ports}, key=_numbered))
    return Sighting(one.sources, one.targets, ports, one.times + other.times, min(one.first, other.first), max(one.last, other.last))


def _numbered(port: str) -> tuple[int, str]:
    number, _, protocol = port.partition("/")
    return (int(number) if number.isdigit() else 0), protocol


def _joined(watches: Iterable[Watch]) -> tuple[Watch, ...]:
    found: dict[frozenset[str], float] = {}
    for one in watches:
        found[one.services] = found.get(one.services, 0) + one.seconds
    return tuple(Watch(seconds, services) for services, seconds in found.items())


# as YAML

_SEEN, _WATCHED = {"from", "to", "ports", "times", "first", "last"}, {"seconds", "services"}


def dump(observations: Observations) -> dict[str, Any]:
    """How long was watched, and one entry for each pair; nothing where nothing was watched."""
    watched = [{"seconds": round(one.seconds), "services": sorted(one.services)} for one in observations.watches]
    return {"watched": watched, "connections": list(map(_entry, observations.sightings))} if watched or observations.sightings else {}


def _entry(one: Sighting) -> dict[str, Any]:
    source, target = (list(side) if len(side) > 1 else side[0] for side in (one.sources, one.targets))
    return {"from": source, "to": target, "ports": list(one.ports), "times": one.times, "first": stamp(one.first), "last": stamp(one.last)}


def stamp(time: datetime) -> str:
    """A time as text, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def load(value: Value) -> Observations:
    """Read back what ``dump`` wrote; raises DesignError with the place."""
    entries = dict(only(value, {"watched", "connections"}, "observed"))
    return Observations(
        tuple(map(_sighting, sequence(entries.get("connections", Value(None)), "connections"))),
        _joined(map(_watch, sequence(entries.get("watched", Value(None)), "watched"))),
    )


def _watch(item: Value) -> Watch:
    entry = dict(only(item, _WATCHED, "watched"))
    return Watch(_number(entry.get("seconds"), "seconds", item), frozenset(texts(entry.get("services"), "services")))


def _sighting(item: Value) -> Sighting:
    entry = dict(only(item, _SEEN, "connections"))
    sources, targets = (tuple(_names(entry.get(key), key, item)) for key in ("from", "to"))
    times = int(_number(entry.get("times"), "times", item))
    return Sighting(sources, targets, texts(entry.get("ports"), "ports"), times, *(_time(entry.get(key), key, item) for key in ("first", "last")))


def _names(value: Value | None, what: str, near: Value) -> Iterator[str]:
    if value is not None and isinstance(value.data, list) and value.data:
        yield from texts(value, what)
    else:
        yield text(value, what, near=near)


def _number(value: Value | None, what: str, near: Value) -> float:
    found = text(value, what, near=near)
    if not found.isdigit():
        raise wrong(value or near, f"{what} must be a whole number.")
    return int(found)


def _time(value: Value | None, what: str, near: Value) -> datetime:
    try:
        return datetime.strptime(text(value, what, near=near), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise wrong(value or near, f"{what} must be a time such as 2026-01-31T23:59:00Z.") from None
