"""Out of the containers: to the internet, to the host's network and to a macvlan network's segment."""

from __future__ import annotations

from batten.reach.addresses import has_public_ipv6
from batten.reach.landscape import Box, Medium, Net
from batten.reach.probes import Answer, Client, Egress, Place, Source
from batten.reach.rules.starts import start
from batten.reach.situation import Situation


def egress(situation: Situation, source: Source, target: Egress) -> Answer:
    """A machine outside, from a container."""
    source = start(source)
    if isinstance(source, Client):
        return Answer.OPEN
    family = target.family
    # The default route leaves by an internal network only where there is no other.
    nets = situation.ways_out(source, family) or source.nets
    if any(family in net.families and _leads_to(situation, net, target) for net in (*nets, *_segments(source))):
        return Answer.OPEN
    return Answer.TIMEOUT if situation.has_default_route(source, family) else Answer.NO_ROUTE


def _segments(source: Box) -> list[Net]:
    return [net for net in source.nets if net.medium is Medium.SEGMENT]


def _leads_to(situation: Situation, net: Net, target: Egress) -> bool:
    """Whether the network leads there and the answers come back."""
    if net.medium is Medium.SEGMENT:
        return target.to is Place.SEGMENT or (situation.settings.segment_router and not net.internal)
    if net.medium is not Medium.BRIDGE:
        return False
    # Who routes to container addresses can answer them: machines of the LAN, and anybody where they are addresses of the internet.
    answers = target.to is not Place.OUTSIDE or (target.family == 6 and has_public_ipv6(net))
    if net.internal:
        return answers and situation.engine.internal_default_route and not situation.filtered(target.family)
    return _masqueraded(situation, net, target.family) or (answers and not situation.guarded(net, target.family))


def _masqueraded(situation: Situation, net: Net, family: int) -> bool:
    """Whether the host lends its own address; without it only machines that route to container addresses can answer."""
    return situation.filtered(family) and net.masquerade and situation.mode(net, family) != "routed"
