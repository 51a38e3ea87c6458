"""To a container's own address: within one network, from another network, and from the host and the machines around it."""

from __future__ import annotations

from batten.reach.landscape import GATEWAY_BRIDGE, Box, Medium, Net
from batten.reach.probes import Answer, Client, ContainerPort, Place, Source
from batten.reach.rules.published import family_of
from batten.reach.rules.starts import start
from batten.reach.situation import Situation


def container_port(situation: Situation, source: Source, target: ContainerPort) -> Answer:
    """A port at a container address."""
    if source is target.box:
        return Answer.OPEN
    source = start(source)
    if isinstance(source, Client):
        return _from_place(situation, source, target)
    if target.net in source.nets and target.family in target.net.families:
        return Answer.TIMEOUT if situation.blocks_members(target.net, target.family) else Answer.OPEN
    return _across(situation, source, target)


def _across(situation: Situation, source: Box, target: ContainerPort) -> Answer:
    """From a container that is not on the network whose address is tried."""
    net, family = target.net, target.family
    if not situation.has_default_route(source, family):
        return Answer.NO_ROUTE
    if not situation.routed_by_host(source, family) or not _on_a_bridge(situation, net, family):
        return Answer.TIMEOUT
    if not situation.filtered(family):
        return _answered(situation, target)
    return Answer.OPEN if situation.crossable(net, family) and is_published(target) else Answer.TIMEOUT


def _from_place(situation: Situation, client: Client, target: ContainerPort) -> Answer:
    """From the host or a machine around it."""
    if client.place is Place.SEGMENT:
        return Answer.OPEN if target.net.medium is Medium.SEGMENT else Answer.NO_ROUTE
    if client.place is Place.OUTSIDE or not _on_a_bridge(situation, target.net, target.family):
        return Answer.TIMEOUT
    if client.place is Place.HOST:
        return Answer.OPEN
    return _routed_from_lan(situation, client, target)


def _routed_from_lan(situation: Situation, client: Client, target: ContainerPort) -> Answer:
    """From a machine that routes container addresses to the host."""
    net, family = target.net, target.family
    if not situation.filtered(family):
        return _answered(situation, target)
    if net.internal:
        return Answer.TIMEOUT
    mode = situation.mode(net, family)
    if mode == "nat-unprotected":
        return Answer.OPEN
    if situation.guarded(net, family) and not _trusted(situation, client, net):
        return Answer.TIMEOUT
    forwarded = situation.settings.forwarding_before and situation.engine.forwarding_opens_everything
    return Answer.OPEN if forwarded or is_published(target) else Answer.TIMEOUT


def _answered(situation: Situation, target: ContainerPort) -> Answer:
    """Without a packet filter all that counts is whether the container can send an answer off its network."""
    return Answer.OPEN if situation.routed_by_host(target.box, target.family) else Answer.TIMEOUT


def _on_a_bridge(situation: Situation, net: Net, family: int) -> bool:
    """Whether the host stands on the network too, so that anything from elsewhere can be forwarded to it."""
    return net.medium is Medium.BRIDGE and family in net.families and not situation.isolated(net, family)


def _trusted(situation: Situation, client: Client, net: Net) -> bool:
    return situation.engine.trusted_interfaces and client.interface in net.trusted


def is_published(target: ContainerPort) -> bool:
    """Whether the container publishes the port on that network; on which host address does not matter, as long as it is one of the same family."""
    lands = not target.net.internal or target.net.name == GATEWAY_BRIDGE
    same = (port for port in target.box.published if (port.port, port.protocol) == (target.port, target.protocol))
    return lands and any(not port.binding or family_of(port.binding) == target.family for port in same)
