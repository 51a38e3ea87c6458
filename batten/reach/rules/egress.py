"""Out of the containers: to the internet, to the host's network and to a macvlan network's segment."""

from __future__ import annotations

from batten.reach.landscape import Medium, Net
from batten.reach.probes import Answer, Client, Egress, Place, Source
from batten.reach.rules.starts import start
from batten.reach.situation import Situation


def egress(situation: Situation, source: Source, target: Egress) -> Answer:
    """A machine outside, from a container."""
    source = start(source)
    if isinstance(source, Client):
        return Answer.OPEN
    family = target.family
    if any(family in net.families and _leads_to(situation, net, target) for net in source.nets):
        return Answer.OPEN
    return Answer.TIMEOUT if situation.has_default_route(source, family) else Answer.NO_ROUTE


def _leads_to(situation: Situation, net: Net, target: Egress) -> bool:
    """Whether the network leads there and the answers come back."""
    if net.medium is Medium.SEGMENT:
        return target.to is Place.SEGMENT or (situation.settings.segment_router and not net.internal)
    if net.medium is not Medium.BRIDGE:
        return False
    if net.internal:
        return situation.engine.internal_default_route and not situation.filtered(target.family) and target.to is not Place.OUTSIDE
    return _masqueraded(situation, net, target.family) or (target.to is not Place.OUTSIDE and not situation.guarded(net, target.family))


def _masqueraded(situation: Situation, net: Net, family: int) -> bool:
    """Whether the host lends its own address; without it only machines that route to container addresses can answer."""
    return situation.filtered(family) and net.masquerade and situation.mode(net, family) != "routed"
