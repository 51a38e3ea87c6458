"""A landscape on a certain engine with certain settings: the questions that several rules ask of it."""

from __future__ import annotations

from typing import NamedTuple

from batten.reach.engines import Engine
from batten.reach.landscape import DEFAULT_BRIDGE, Box, Medium, Net
from batten.reach.probes import HostAddress, Spot
from batten.reach.settings import DEFAULTS, Settings


class Situation(NamedTuple):
    """An engine and its settings."""

    engine: Engine
    settings: Settings = DEFAULTS

    def filtered(self, family: int) -> bool:
        """Whether Docker's own packet filter is at work for IPv4 or IPv6: isolation, masquerading and port forwarding hang on it."""
        if not self.settings.iptables:
            return False
        own = self.settings.ip6tables
        return family == 4 or (self.engine.ip6tables if own is None else own)

    def mode(self, net: Net, family: int) -> str:
        """The gateway mode that takes effect; an engine accepts and ignores one that it does not know."""
        written = net.modes[0 if family == 4 else 1]
        return written if written in self.engine.gateway_modes else "nat"

    def isolated(self, net: Net, family: int) -> bool:
        """Whether the host has no address on the network."""
        return net.internal and self.mode(net, family) == "isolated"

    def blocks_members(self, net: Net, family: int) -> bool:
        """Whether members of the network are kept from each other (``enable_icc``, and ``icc`` for the default bridge)."""
        icc = self.settings.icc if net.name == DEFAULT_BRIDGE else net.icc
        return not icc and self.filtered(family)

    def crossable(self, net: Net, family: int) -> bool:
        """Whether containers of other networks may get to addresses of this one."""
        return not self.filtered(family) or self.mode(net, family) == "routed"

    def guarded(self, net: Net, family: int) -> bool:
        """Whether the engine drops everything that reaches container addresses of the network from off its bridge."""
        lifted = self.settings.no_raw_rules or self.settings.allow_direct_routing
        return not self.engine.direct_routing and not lifted and self.filtered(family) and self.mode(net, family) == "nat"

    def loopback_guarded(self) -> bool:
        """Whether ports bound to 127.0.0.1 are kept from a neighbour that sends this address onto the wire."""
        return not self.engine.loopback_on_the_wire and not self.settings.no_raw_rules

    def ways_out(self, box: Box, family: int) -> list[Net]:
        """The bridges that lead it to the host and beyond; none for a container that is on internal networks only."""
        return [net for net in box.nets if net.medium is Medium.BRIDGE and not net.internal and family in net.families]

    def routed_by_host(self, box: Box, family: int) -> bool:
        """Whether its packets for elsewhere go to the host, be they let through or not; so do its answers."""
        if self.ways_out(box, family):
            return True
        if self._leaves_by_segment(box, family):
            return False
        return self.engine.internal_default_route and any(net.medium is Medium.BRIDGE and family in net.families for net in box.nets)

    def has_default_route(self, box: Box, family: int) -> bool:
        """Whether it can send anything off its networks at all, through the host or through a segment's own router."""
        return self.routed_by_host(box, family) or self._leaves_by_segment(box, family)

    def _leaves_by_segment(self, box: Box, family: int) -> bool:
        """Whether a segment's own router is there to be its default route."""
        return any(net.medium is Medium.SEGMENT and not net.internal and family in net.families for net in box.nets)

    def forwards(self, box: Box, family: int) -> bool:
        """Whether packets to its published ports are rewritten to its own address, and not merely handed to the user-land proxy."""
        return self.filtered(family) and bool(self.ways_out(box, family))

    def on_host(self, box: Box, family: int) -> bool:
        """Whether its published ports take effect on the host: they need a bridge that is neither internal nor routed."""
        return any(self.mode(net, family if family in net.families else 4) != "routed" for net in box.nets if net.medium is Medium.BRIDGE and not net.internal)

    def owns(self, address: HostAddress) -> bool:
        """Whether the host really has the address: an isolated network, an overlay and a segment give it none."""
        net = address.net
        return address.spot is not Spot.GATEWAY or net is None or (net.medium is Medium.BRIDGE and not self.isolated(net, address.family))
