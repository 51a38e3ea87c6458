"""What each running container has around it: its network namespace, its addresses, what listens in it, and the ways to its ports that could be open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from batten.engine import netns
from batten.engine.netns import Address, Space
from batten.engine.protocol import Binding, EngineNetwork, Workload
from batten.model import Zone

_TCP = "tcp"
_LOOPBACK, _LOOPBACK_6 = "127.0.0.1", "::1"


class Inside(NamedTuple):
    """A running container, or the host."""

    service: str
    """The service; for the host the name of its zone."""
    id: str
    pid: int
    space: Space
    addresses: tuple[str, ...] = ()
    """Those of its namespace, whichever container in it has them."""
    listeners: frozenset[Address] = frozenset()
    bindings: tuple[Binding, ...] = ()
    """Published TCP ports of its namespace."""
    gateways: frozenset[str] = frozenset()
    """The host's addresses on its networks."""

    @property
    def unknown_doors(self) -> frozenset[str]:
        """Ports of which it is not known that they answer on every road: published on a number that the engine chose, which is not tried,
        or bound to one address of several."""
        chosen = {one.target for one in self.bindings if not one.published.isdigit()}
        everywhere = {one.port for one in self.listeners if ip_address(one.host).is_unspecified}
        several = sum(":" not in address for address in self.addresses) > 1
        bound = {one.port for one in self.listeners} - everywhere if several else set()
        return frozenset(f"{port}/{_TCP}" for port in chosen | bound)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All containers of a project on one host."""

    host: Inside
    services: Mapping[str, Sequence[Inside]]

    @classmethod
    def of(cls, members: Mapping[str, Sequence[Workload]], networks: Iterable[EngineNetwork]) -> Surroundings:
        """Look at the running containers; raises EngineError where that is not allowed or they run on another machine."""
        netns.require_root()
        internal = {one.name: _first(one.subnets) for one in networks if one.internal and one.driver == "bridge"}
        spaces = {one.id: netns.of_container(one.pid, one.id) for found in members.values() for one in found}
        host = netns.host()
        together: dict[Space, list[Workload]] = {}
        for one in (one for found in members.values() for one in found):
            together.setdefault(_alike(spaces[one.id], together), []).append(one)
        made = {one.id: (space, found) for space, found in together.items() for one in found}
        services = {name: [_inside(name, one, *made[one.id], internal) for one in found] for name, found in members.items()}
        return cls(Inside(Zone.HOST.value, "", 1, host), services)

    def all(self) -> Iterator[Inside]:
        """Every container."""
        for found in self.services.values():
            yield from found

    def silence(self, one: Inside) -> str:
        """Why a container cannot be asked; empty where it can."""
        if one.space.identity == self.host.space.identity:
            return "it is on the host's own network, where it listens among others"
        return "" if one.listeners else "nothing listens for TCP in it"

    def doors(self, source: Inside, target: Inside) -> Mapping[str, frozenset[Address]]:
        """For each port of the target that is asked for: the addresses at which the source may find it."""
        if self.silence(target):
            return {}
        found: dict[str, set[Address]] = {}
        for one in target.listeners:
            found.setdefault(f"{one.port}/{_TCP}", set()).update(self._ways(source, target, one))
        return {door: frozenset(ways) for door, ways in found.items() if ways}

    def _ways(self, source: Inside, target: Inside, one: Address) -> Iterator[Address]:
        if source.space.identity == target.space.identity:
            yield Address(_LOOPBACK if ip_address(one.host).is_unspecified else one.host, one.port)
            return
        yield from (Address(address, one.port) for address in target.addresses if _answers(one.host, address))
        for binding in target.bindings:
            if binding.target == one.port and binding.published.isdigit():
                yield from (Address(address, int(binding.published)) for address in self._of_host(source, binding))

    def _of_host(self, source: Inside, binding: Binding) -> Iterable[str]:
        """Addresses of the host at which a published port may answer; its loopback answers only the host."""
        here = source.space.identity == self.host.space.identity
        bound = binding.host_ip.strip("[]")
        if bound and not ip_address(bound).is_unspecified:
            return (bound,) if here or not ip_address(bound).is_loopback else ()
        return (_LOOPBACK_6 if ":" in bound else _LOOPBACK,) if here else source.gateways


def _alike(space: Space, known: Iterable[Space]) -> Space:
    """The same namespace as another container's is named by that one's process."""
    return next((one for one in known if one.identity == space.identity), space)


def _inside(service: str, one: Workload, space: Space, together: Sequence[Workload], internal: Mapping[str, str]) -> Inside:
    memberships = [member for other in together for member in other.networks]
    gateways = netns.gateways(space) | {internal[member.network] for member in memberships if internal.get(member.network)}
    return Inside(
        service=service,
        id=one.id,
        pid=one.pid,
        space=space,
        addresses=tuple(address for member in memberships for address in member.addresses),
        listeners=netns.listeners(space),
        bindings=tuple(port for other in together for port in other.ports if port.protocol == _TCP),
        gateways=gateways,
    )


def _first(subnets: Iterable[str]) -> str:
    """The host's own address on an internal network, which gives no default route: the first one, unless somebody asked for another."""
    found = (ip_network(subnet) for subnet in subnets if ":" not in subnet)
    return next((str(net[1]) for net in found if net.num_addresses > 1), "")


def _answers(listening: str, address: str) -> bool:
    """Whether what listens at one address takes a connection to another. ``::`` takes IPv4 too unless it was told not to (ipv6(7))."""
    bound, asked = ip_address(listening), ip_address(address)
    if bound.is_unspecified:
        return bound.version == 6 or asked.version == 4
    return bound == asked
