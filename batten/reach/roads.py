"""The roads between services and zones in one situation, each with the words a report uses for it and the ports it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from batten.model import Zone
from batten.reach.addresses import has_public_ipv6, may_be_public, shown, shown_from_containers
from batten.reach.landscape import Box, Medium, Net, Published
from batten.reach.probes import Client, ContainerPort, Egress, HostAddress, HostPort, Place, PublishedPort, Source, Spot, Target
from batten.reach.rules import answer
from batten.reach.rules.published import is_loopback
from batten.reach.situation import Situation

_HOST_NAMESPACE = "host network"
_SHARED_NAMESPACE = "one network namespace"
_HOST = Client(Place.HOST)


class Road(NamedTuple):
    """One way from a node to another."""

    text: str
    ports: tuple[str, ...] = ()
    """The ports it opens; empty for any."""


class Roads:
    """Finds every road in one situation."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation

    def between(self, source: Box, target: Box) -> Iterator[Road]:
        """From a container to another."""
        if source is target:
            yield Road(_HOST_NAMESPACE if source.mode == "host" else _SHARED_NAMESPACE)
        elif source.mode == "host":
            yield from self._from_host(target)
        else:
            yield from self._to_host_namespace(source, target)
            yield from self._to_addresses(source, target)
            yield from self._to_published(source, target)

    def on_shared_network(self, source: Box, target: Box) -> bool:
        """Whether a network that both are on leads from a container to another, on every port."""
        shared = [net for net in target.nets if net in source.nets]
        return any(self._open(source, ContainerPort(target, net, None, "tcp", family)) for net in shared for family in sorted(net.families))

    def into(self, zone: Zone, target: Box) -> Iterator[Road]:
        """From a zone to a container."""
        if target.mode == "host":
            yield Road(_HOST_NAMESPACE)
        elif zone is Zone.HOST:
            yield from self._from_host(target)
        elif zone is Zone.LAN:
            yield from self._from_lan(target)
        else:
            yield from self._from_internet(target)

    def out_of(self, source: Box, zone: Zone) -> Iterator[Road]:
        """From a container to a zone."""
        if source.mode == "host":
            yield Road(_HOST_NAMESPACE)
        elif zone is Zone.HOST:
            yield from self._to_host(source)
        else:
            yield from self._egress(source, zone)

    def _open(self, source: Source, target: Target) -> bool:
        return answer(self.situation, source, target).is_open

    # from containers

    def _to_host(self, source: Box) -> Iterator[Road]:
        """The host's own services: through each of its addresses, or through a gateway alone."""
        if any(self._open(source, HostPort(HostAddress(Spot.NETWORK, family))) for family in (4, 6)):
            yield Road("every address of the host")
            return
        for net in source.nets:
            if any(self._open(source, HostPort(HostAddress(Spot.GATEWAY, family, net))) for family in sorted(net.families)):
                yield Road(f"the host's address on network {net.label}")

    def _to_host_namespace(self, source: Box, target: Box) -> Iterator[Road]:
        if target.mode == "host":
            for road in self._to_host(source):
                yield Road(f"{_HOST_NAMESPACE}, through {road.text}")

    def _to_addresses(self, source: Box, target: Box) -> Iterator[Road]:
        """The target's own addresses, on shared networks and on others."""
        for net in target.nets:
            for family in sorted(net.families):
                tried = net in source.nets or self.situation.crossable(net, family)
                ports = self._ports_at(source, target, net, family) if tried else None
                if ports is not None:
                    yield Road(self._address_text(source, net, family), ports)

    def _ports_at(self, source: Source, target: Box, net: Net, family: int) -> tuple[str, ...] | None:
        """The ports open at an address: empty for all, None for none."""
        if self._open(source, ContainerPort(target, net, None, "tcp", family)):
            return ()
        probes = {port.target: ContainerPort(target, net, port.port, port.protocol, family) for port in target.published}
        return tuple(name for name, probe in probes.items() if self._open(source, probe)) or None

    def _address_text(self, source: Box, net: Net, family: int) -> str:
        if net in source.nets:
            return f"network {net.label}"
        if self.situation.filtered(family):
            return f"routed network {net.label}"
        kind, reason = ("IPv6", "not filtered before Docker 27") if family == 6 else ("container", "iptables: false")
        return f"{kind} address on network {net.label} ({reason})"

    def _to_published(self, source: Box, target: Box) -> Iterator[Road]:
        """Published ports through whichever of the host's addresses the container gets to."""
        for port in target.published:
            if any(self._open(source, PublishedPort(target, port, address)) for address in _host_addresses(source, port)):
                yield Road(shown_from_containers(port), (port.target,))

    def _egress(self, source: Box, zone: Zone) -> Iterator[Road]:
        to = Place.OUTSIDE if zone is Zone.INTERNET else Place.LAN
        if any(self._open(source, Egress(to, family)) for family in (4, 6)):
            yield Road("egress" if any(net.medium is Medium.BRIDGE for net in source.nets) else "egress through its own segment")
        if zone is Zone.LAN:
            yield from (Road(f"network {net.label}") for net in source.nets if net.medium is Medium.SEGMENT)

    # from zones

    def _from_host(self, target: Box) -> Iterator[Road]:
        for net in target.nets:
            if any(self._open(_HOST, ContainerPort(target, net, None, "tcp", family)) for family in sorted(net.families)):
                yield Road(f"container address on network {net.label}")
        yield from self._published_at(_HOST, target, Spot.LOOPBACK, Spot.NETWORK)

    def _from_internet(self, target: Box) -> Iterator[Road]:
        yield from self._published_at(Client(Place.OUTSIDE), target, Spot.PUBLIC)
        for net in target.nets:
            if has_public_ipv6(net) and 6 in net.families:
                yield from self._routed(target, net, 6)

    def _from_lan(self, target: Box) -> Iterator[Road]:
        yield from self._published_at(Client(Place.LAN), target, Spot.NETWORK)
        for net in target.nets:
            if net.medium is Medium.SEGMENT:
                yield Road(f"network {net.label}")
            for family in sorted(net.families):
                yield from self._routed(target, net, family)
        yield from self._from_the_wire(target)

    def _published_at(self, client: Client, target: Box, *spots: Spot) -> Iterator[Road]:
        """Ports that answer at one of these addresses; one bound to a single address is tried at that address."""
        for port in target.published:
            if Spot.PUBLIC in spots and not may_be_public(port.binding):
                continue
            addresses = [HostAddress(spot, family, None, port.binding) for spot in spots for family in (4, 6)]
            if any(self._open(client, PublishedPort(target, port, address)) for address in addresses):
                yield Road(shown(port), (port.target,))

    def _routed(self, target: Box, net: Net, family: int) -> Iterator[Road]:
        """Packets for container addresses that a machine outside sends to the host."""
        client = Client(Place.LAN, net.trusted[0] if net.trusted else "")
        ports = self._ports_at(client, target, net, family)
        if ports is not None:
            yield Road(self._routed_text(net, family), ports)

    def _routed_text(self, net: Net, family: int) -> str:
        mode = self.situation.mode(net, family)
        if not self.situation.filtered(family):
            return "routed to its IPv6 address (not filtered before Docker 27)" if family == 6 else "routed to its container address (iptables: false)"
        if mode != "nat":
            return f"routed to its container address (gateway mode {mode})"
        if self.situation.engine.direct_routing:
            return "routed to its container address (Docker before 28)"
        return f"routed to its container address ({'trusted interface' if self.situation.guarded(net, family) else 'direct routing allowed'})"

    def _from_the_wire(self, target: Box) -> Iterator[Road]:
        """Ports on 127.0.0.1, which a neighbour on the host's segment may still reach."""
        for port in target.published:
            if is_loopback(port.binding) and self._open(Client(Place.NEIGHBOUR), PublishedPort(target, port, HostAddress(Spot.WIRE))):
                until = "Docker before 28" if self.situation.engine.loopback_on_the_wire else "raw rules are off"
                yield Road(f"{shown(port)}, from a neighbour on the host's segment ({until})", (port.target,))


def _host_addresses(source: Box, port: Published) -> list[HostAddress]:
    """The host's addresses that a container may try for a port: any one that is not a gateway of its own, then its gateways."""
    own = [HostAddress(Spot.GATEWAY, family, net, port.binding) for net in source.nets for family in sorted(net.families)]
    return [*(HostAddress(Spot.NETWORK, family, None, port.binding) for family in (4, 6)), *own]


def ports_of(roads: Iterable[Road]) -> tuple[str, ...]:
    """All ports of several roads; empty as soon as one of them opens any."""
    ports = [road.ports for road in roads]
    return tuple(dict.fromkeys(port for some in ports for port in some)) if all(ports) else ()
