"""To a published port through an address of the host.

From a container this goes to the user-land proxy and never through the forwarding rules, so neither isolation nor ``icc`` stops it; what
stops it is a binding that does not cover the address, or an internal network on the way.
"""

from __future__ import annotations

from ipaddress import ip_address

from batten.reach.landscape import Box, Published
from batten.reach.probes import Answer, Client, HostAddress, PublishedPort, Source, Spot
from batten.reach.rules.host import arrives
from batten.reach.rules.starts import start
from batten.reach.situation import Situation

_WILDCARDS = {"0.0.0.0": 4, "::": 6}


def published_port(situation: Situation, source: Source, target: PublishedPort) -> Answer:
    """A published port, tried at one of the host's addresses."""
    source, address = start(source), target.address
    if address.spot is Spot.WIRE:
        return _from_the_wire(situation, target)
    arrived = arrives(situation, source, address)
    if not arrived.is_open:
        return arrived
    if not _listens(situation, target):
        return Answer.REFUSED
    return Answer.OPEN if isinstance(source, Client) else _from_box(situation, source, target)


def _from_box(situation: Situation, source: Box, target: PublishedPort) -> Answer:
    """From a container whose packets arrive at an address that the binding covers."""
    address = target.address
    forwarded = situation.forwards(target.box, address.family)
    if forwarded and _through_internal(situation, source, address):
        return Answer.TIMEOUT
    if not situation.settings.userland_proxy:
        return _without_proxy(situation, source, target)
    from_gateway = address.spot is Spot.GATEWAY and address.net in source.nets
    strict = target.published.protocol == "udp" and situation.engine.udp_answers_from_gateway_only
    return Answer.TIMEOUT if strict and not from_gateway else Answer.OPEN


def _without_proxy(situation: Situation, source: Box, target: PublishedPort) -> Answer:
    """Only members of the publisher's own network get there, back through the same bridge."""
    family = target.address.family
    shared = [net for net in situation.ways_out(target.box, family) if net in source.nets]
    return Answer.OPEN if any(not situation.blocks_members(net, family) for net in shared) else Answer.TIMEOUT


def _through_internal(situation: Situation, source: Box, address: HostAddress) -> bool:
    """Whether the packets leave by an internal network, where a rewritten address is dropped."""
    at_internal_gateway = address.spot is Spot.GATEWAY and address.net is not None and address.net.internal and address.net in source.nets
    return at_internal_gateway or not situation.ways_out(source, address.family)


def _from_the_wire(situation: Situation, target: PublishedPort) -> Answer:
    """127.0.0.1 sent by a neighbour: rewritten before anybody asks where it came from."""
    binding = target.published.binding
    listens = _listens(situation, target._replace(address=HostAddress(Spot.LOOPBACK)))
    guarded = is_loopback(binding) and situation.loopback_guarded()
    return Answer.OPEN if listens and situation.forwards(target.box, 4) and not guarded else Answer.TIMEOUT


def _listens(situation: Situation, target: PublishedPort) -> bool:
    """Whether anything takes the port at that address: a rule or the proxy."""
    family = target.address.family
    handled = situation.settings.userland_proxy or situation.forwards(target.box, family)
    return handled and situation.on_host(target.box, family) and covers(target.published, target.address)


def covers(published: Published, address: HostAddress) -> bool:
    """Whether the port is bound to that address of the host."""
    binding = published.binding
    if binding in ("", *_WILDCARDS):
        return _WILDCARDS.get(binding, address.family) == address.family
    if is_loopback(binding):
        return address.spot is Spot.LOOPBACK and family_of(binding) == address.family
    return binding == address.text


def is_loopback(binding: str) -> bool:
    """Whether a binding is an address that only the host itself has."""
    try:
        return ip_address(binding).is_loopback
    except ValueError:
        return False


def family_of(binding: str) -> int:
    """4 or 6."""
    return 6 if ":" in binding else 4
