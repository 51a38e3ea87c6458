"""What was seen on a running engine, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from batten.design.learning import Unseen, length
from batten.design.sections.observed import Observations, Sighting, stamp
from batten.model import Connection, Zone
from batten.report.terminal import folded, plain

_ZONES = frozenset(zone.value for zone in Zone)


class Watched(NamedTuple):
    """The end of a time of watching."""

    project: str
    engine: str
    """Its version."""
    observations: Observations
    seconds: float
    looks: int
    cost: float
    """Seconds of processor time that looking took."""
    services: Sequence[str]
    """Those of the project."""
    news: Sequence[Sighting]
    """Pairs of services that no file speaks for."""
    unseen: Sequence[Unseen]
    """What is proposed to be closed."""
    cut_off: Sequence[Connection]
    """What was seen and the design's networks would not have let through."""
    stopped: str = ""
    """Why it ended early; empty where it did not."""

    @property
    def absent(self) -> list[str]:
        """Services that never ran meanwhile."""
        there = {name for watch in self.observations.watches for name in watch.services}
        return [name for name in self.services if name not in there]


def observation_json(found: Watched) -> dict[str, Any]:
    """The object for programs."""
    return {
        "schema_version": 1,
        "project": found.project,
        "engine": found.engine,
        "seconds": round(found.seconds, 1),
        "complete": not found.stopped,
        "connections": [_seen_data(one) for one in _ordered(found.observations.sightings)],
        "unseen": [{"from": one.connection.source, "to": one.connection.target, "seconds": round(one.seconds)} for one in found.unseen],
        "absent": found.absent,
        "cost": {"looks": found.looks, "cpu_seconds": round(found.cost, 3), "share": round(_share(found), 5)},
    }


def _seen_data(one: Sighting) -> dict[str, Any]:
    source, target = (side[0] if len(side) == 1 else list(side) for side in (one.sources, one.targets))
    return {"from": source, "to": target, "ports": list(one.ports), "times": one.times, "first": stamp(one.first), "last": stamp(one.last)}


def observation_text(found: Watched, width: int = 80) -> str:
    """What was seen, what no file had said, what was never seen, and what it cost."""
    lines = folded(f"{found.project}: seen in {length(found.seconds)} on Docker {found.engine}{f', until {found.stopped}' if found.stopped else ''}", width)
    inside, outside = _split(found.observations.sightings)
    lines += _section("Connections", map(seen_line, inside), width) or ["", "No connection between its services was seen."]
    lines += _section("From and to outside", map(seen_line, outside), width)
    lines += _section("New: no file speaks for these", (f"{name(one.sources)} → {name(one.targets)}" for one in found.news), width)
    lines += _section("These would have been cut; the design's networks are drawn anew", (f"{one.source} → {one.target}" for one in found.cut_off), width)
    lines += _section("Assumed, and not seen: the assistant asks whether to close them ('batten wizard')", map(_unseen_line, found.unseen), width)
    lines += _section("Not watched, since they did not run", found.absent, width)
    return "\n".join([*lines, "", *folded(_sum(found), width)]) + "\n"


def _split(sightings: Iterable[Sighting]) -> tuple[list[Sighting], list[Sighting]]:
    """Pairs of services, and those with something else at an end."""
    ordered = _ordered(sightings)
    outside = [one for one in ordered if not _ZONES.isdisjoint((*one.sources, *one.targets))]
    return [one for one in ordered if one not in outside], outside


def _ordered(sightings: Iterable[Sighting]) -> list[Sighting]:
    return sorted(sightings, key=lambda one: (one.sources, one.targets))


def _section(title: str, entries: Iterable[str], width: int) -> list[str]:
    lines = [line for entry in entries for line in folded(f"- {plain(entry)}", width, "  ")]
    return ["", title, *lines] if lines else []


def name(side: Sequence[str]) -> str:
    """One end; where several share a namespace, all that it may have been."""
    return " or ".join(side)


def seen_line(one: Sighting) -> str:
    """A pair, its ports and how often it was seen."""
    return f"{name(one.sources)} → {name(one.targets)}: {', '.join(one.ports)}, {'once' if one.times == 1 else f'{one.times} times'}"


def _unseen_line(one: Unseen) -> str:
    return f"{one.connection.source} → {one.connection.target}: not in {length(one.seconds)}"


def _share(found: Watched) -> float:
    return found.cost / found.seconds if found.seconds else 0.0


def _sum(found: Watched) -> str:
    each = 1000 * found.cost / max(found.looks, 1)
    return f"{found.looks} {'look' if found.looks == 1 else 'looks'}, {each:.0f} ms of processor time each, {_share(found):.1%} of one processor."
