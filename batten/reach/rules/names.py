"""What the embedded DNS server answers."""

from __future__ import annotations

from batten.reach.landscape import Box
from batten.reach.probes import Answer, Client, Egress, Name, Place, Source
from batten.reach.rules.egress import egress
from batten.reach.rules.starts import start
from batten.reach.situation import Situation


def name(situation: Situation, source: Source, target: Name) -> Answer:
    """A container's name, asked from a container, or an external one."""
    if target.box is not None:
        known = isinstance(source, Box) and _shares_name(source, target.box, target.text)
        return Answer.OPEN if known else Answer.UNRESOLVED
    return Answer.OPEN if _resolves_external(situation, start(source)) else Answer.UNRESOLVED


def _shares_name(source: Box, target: Box, text: str) -> bool:
    names = target.names or {}
    return any(text in names.get(net.name, ()) for net in source.nets if net.user_defined)


def _resolves_external(situation: Situation, source: Source) -> bool:
    if isinstance(source, Client):
        return True
    if not source.nets:
        return False
    if situation.settings.loopback_resolver and situation.engine.loopback_resolver_leaks:
        return True
    if situation.engine.host_asks_dns and not source.own_resolver:
        return any(situation.has_default_route(source, family) for family in (4, 6))
    return egress(situation, source, Egress(Place.OUTSIDE)).is_open
