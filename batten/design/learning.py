"""What was seen on a running engine as evidence in a design, and what was never seen as a question. Nothing is closed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from batten.design import Design
from batten.design.sections.networks import PlannedNetwork
from batten.design.sections.observed import LONG_ENOUGH, Observations, Sighting
from batten.inference.scene import home
from batten.model import Connection, Evidence, EvidenceKind, Project, Zone

_OUTSIDE = (Zone.INTERNET.value, Zone.LAN.value)
"""Both take a network with a way out."""


UNSURE = (EvidenceKind.ASSUMED, EvidenceKind.ORDERED)
"""Kinds of evidence on which a connection is kept and asked about."""


class Unseen(NamedTuple):
    """A connection that is kept only because nothing is known or something starts first, and that was not seen though both ends ran."""

    connection: Connection
    seconds: float
    """For how long both were watched."""


def learned(design: Design, project: Project, observations: Observations) -> Design:
    """The design with what was seen added to what was seen before, and as the strongest evidence of its connections."""
    observed = design.observed.plus(observations)
    seen = dict(_evidence(observed, project))
    known = {(one.source, one.target) for one in design.connections}
    kept = (one._replace(evidence=_stronger(one, seen.get((one.source, one.target)))) for one in design.connections)
    new = (Connection(*pair, (evidence,)) for pair, evidence in seen.items() if pair not in known)
    return replace(design, observed=observed, connections=(*kept, *new))


def _evidence(observed: Observations, project: Project) -> Iterator[tuple[tuple[str, str], Evidence]]:
    """Each pair of which something was certainly seen, zones outside taken together."""
    for one in sorted((one for one in observed.sightings if one.certain), key=lambda one: one.pair[1] == Zone.LAN.value, reverse=True):
        source, target = one.pair
        if source in project.services and (target in project.services or target in _OUTSIDE):
            yield (source, Zone.INTERNET.value if target in _OUTSIDE else target), Evidence(EvidenceKind.OBSERVED, None, phrase(one))


def phrase(one: Sighting) -> str:
    """What was seen of a pair, in a few words."""
    where = " on the LAN" if one.targets == (Zone.LAN.value,) else ""
    return f"seen {'once' if one.times == 1 else f'{one.times} times'} at {_ports(one)}{where}, last on {one.last:%Y-%m-%d}"


def _ports(one: Sighting, most: int = 4) -> str:
    shown = ", ".join(one.ports[:most])
    return f"{shown} and {len(one.ports) - most} more" if len(one.ports) > most else shown


def _stronger(connection: Connection, seen: Evidence | None) -> tuple[Evidence, ...]:
    if seen is None:
        return connection.evidence
    return seen, *(one for one in connection.evidence if one.kind is not EvidenceKind.OBSERVED)


def unseen(design: Design, project: Project) -> tuple[Unseen, ...]:
    """What is proposed to be closed: connections that little speaks for, between services that were never seen in a time that is long enough."""
    found = (Unseen(one, design.observed.seconds(one.source, one.target)) for one in design.connections if _unsure(one) and one.target in project.services)
    return tuple(one for one in found if one.seconds >= LONG_ENOUGH and not design.observed.maybe(one.connection.source, one.connection.target))


def _unsure(connection: Connection) -> bool:
    return bool(connection.evidence) and connection.evidence[0].kind in UNSURE


def ways_out(design: Design) -> frozenset[str]:
    """The services that were seen connected to something outside."""
    return frozenset(one.source for one in design.connections if one.target == Zone.INTERNET and any(why.kind is EvidenceKind.OBSERVED for why in one.evidence))


def cut_off(design: Design, project: Project) -> tuple[Connection, ...]:
    """Connections that were seen and that the design's networks would not let through."""
    seen = (one for one in design.connections if any(why.kind is EvidenceKind.OBSERVED for why in one.evidence))
    return tuple(one for one in seen if one.source in project.services and not _passes(one, design, project))


def _passes(one: Connection, design: Design, project: Project) -> bool:
    source = home(project, one.source)
    joined = _networks(design, source)
    if not joined:
        return True  # on the host's network or none: no network decides about it
    if one.target == Zone.INTERNET:
        return any(not network.internal for network in joined.values())
    target = home(project, one.target)
    others = _networks(design, target)
    return source == target or not others or bool(joined.keys() & others.keys())


def _networks(design: Design, service: str) -> dict[str, PlannedNetwork]:
    return {name: network for name, network in design.networks.networks.items() if service in network.services}


def length(seconds: float) -> str:
    """A time as people say it, rounded down: ``45 seconds``, ``12 minutes``, ``3 hours``, ``2 days``."""
    for size, word in ((172_800, "day"), (7200, "hour"), (120, "minute"), (0, "second")):
        if seconds >= size:
            count = int(seconds // {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}[word])
            return f"{count} {word}{'' if count == 1 else 's'}"
    raise ValueError(seconds)
