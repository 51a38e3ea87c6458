"""To what listens on the host itself: host services, and containers with ``network_mode: host``."""

from __future__ import annotations

from batten.reach.landscape import Box, Medium
from batten.reach.probes import Answer, Client, HostAddress, HostPort, Place, Source, Spot
from batten.reach.rules.starts import start
from batten.reach.situation import Situation


def host_port(situation: Situation, source: Source, target: HostPort) -> Answer:
    """A listener in the host's namespace, on every address or on 127.0.0.1 alone."""
    source = start(source)
    at_loopback = target.address.spot is Spot.LOOPBACK
    if isinstance(source, Client) and source.place is Place.HOST:
        return Answer.OPEN if at_loopback or not target.loopback_only else Answer.REFUSED
    arrived = arrives(situation, source, target.address)
    return Answer.REFUSED if arrived.is_open and target.loopback_only else arrived


def arrives(situation: Situation, source: Source, address: HostAddress) -> Answer:
    """Whether packets to that address of the host arrive there, whoever listens."""
    if isinstance(source, Client):
        return _from_place(situation, source, address)
    if source.mode == "none":
        return Answer.NO_ROUTE
    if address.spot in (Spot.LOOPBACK, Spot.WIRE):
        return Answer.REFUSED
    return _from_box(situation, source, address)


def _from_place(situation: Situation, client: Client, address: HostAddress) -> Answer:
    if client.place is Place.HOST:
        return Answer.OPEN if situation.owns(address) else Answer.REFUSED
    if address.spot is Spot.LOOPBACK:
        return Answer.REFUSED
    if address.spot is Spot.WIRE or not situation.owns(address):
        return Answer.TIMEOUT
    far = client.place is Place.OUTSIDE and address.spot is not Spot.PUBLIC
    return Answer.NO_ROUTE if far else Answer.OPEN


def _from_box(situation: Situation, source: Box, address: HostAddress) -> Answer:
    """From a container: its own gateways always, other addresses where its packets go to the host."""
    family = address.family
    on_link = address.net is not None and address.net in source.nets and family in address.net.families
    if on_link and not situation.owns(address):
        return Answer.REFUSED
    if on_link or situation.routed_by_host(source, family):
        return Answer.OPEN if situation.owns(address) else Answer.TIMEOUT
    beside = any(net.medium is Medium.SEGMENT and (not net.internal or address.spot is Spot.PARENT) for net in source.nets)
    return Answer.TIMEOUT if beside else Answer.NO_ROUTE
