"""What each running container has around it: its network namespace, its addresses, what listens in it, and the ways to its ports that could be open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from batten.engine.memberships import INGRESS
from batten.engine.protocol import Binding, EngineNetwork, Workload
from batten.engine.vantage import TCP, UDP, Address, Look, Space, Vantage
from batten.model import Zone

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
    """Published ports of its namespace."""
    gateways: frozenset[str] = frozenset()
    """The host's addresses on its networks."""

    def also_at(self, addresses: Iterable[str]) -> Inside:
        """The same with more addresses."""
        return self._replace(addresses=(*self.addresses, *addresses))

    @property
    def unknown_doors(self) -> frozenset[str]:
        """Ports of which it is not known that they answer on every road: published on a number that the engine chose, which is not tried,
        or bound to one address of several."""
        chosen = {(one.target, one.protocol) for one in self.bindings if not one.published.isdigit()}
        everywhere = {(one.port, one.protocol) for one in self.listeners if ip_address(one.host).is_unspecified}
        several = sum(":" not in address for address in self.addresses) > 1
        bound = {(one.port, one.protocol) for one in self.listeners} - everywhere if several else set()
        return frozenset(f"{port}/{protocol}" for port, protocol in chosen | bound)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All containers of a project that can be looked into, and the host."""

    host: Inside | None
    """None where its namespace cannot be entered."""
    services: Mapping[str, Sequence[Inside]]
    missed: Mapping[str, str] = field(default_factory=dict)
    """By id of a container why it could not be looked into."""

    @classmethod
    def of(
        cls, members: Mapping[str, Sequence[Workload]], networks: Iterable[EngineNetwork], vantage: Vantage, bridged: Mapping[str, Sequence[str]]
    ) -> Surroundings:
        """Look at the running containers; raises EngineError where that is not allowed.

        Args:
            members: the running containers of each service.
            networks: of the engine.
            vantage: from where it is looked.
            bridged: by id of a container further addresses that it has.
        """
        internal = {one.name: _first(one.subnets) for one in networks if one.internal and one.driver == "bridge"}
        running = {one.id: one for found in members.values() for one in found}
        seen = vantage.look(list(running.values()))
        looks = {number: look for number, look in seen.items() if isinstance(look, Look)}
        together: dict[int | str, list[Workload]] = {}
        for number, look in looks.items():
            together.setdefault(look.space.identity, []).append(running[number])
        services = {
            name: [
                _inside(name, one, looks[one.id], together[looks[one.id].space.identity], internal).also_at(bridged.get(one.id, ()))
                for one in found
                if one.id in looks
            ]
            for name, found in members.items()
        }
        host = Inside(Zone.HOST.value, "", 1, vantage.host) if vantage.host is not None else None
        return cls(host, services, {number: look for number, look in seen.items() if isinstance(look, str)})

    def all(self) -> Iterator[Inside]:
        """Every container."""
        for found in self.services.values():
            yield from found

    def silence(self, one: Inside) -> str:
        """Why a container cannot be asked; empty where it can."""
        if self._on_host(one):
            return "it is on the host's own network, where it listens among others"
        return "" if one.listeners else "nothing listens in it"

    def _on_host(self, one: Inside) -> bool:
        return self.host is not None and one.space.identity == self.host.space.identity

    def doors(self, source: Inside, target: Inside) -> Mapping[str, frozenset[Address]]:
        """For each port of the target that is asked for: the addresses at which the source may find it."""
        if self.silence(target):
            return {}
        found: dict[str, set[Address]] = {}
        for one in target.listeners:
            found.setdefault(f"{one.port}/{one.protocol}", set()).update(self._ways(source, target, one))
        return {door: frozenset(ways) for door, ways in found.items() if ways}

    def _ways(self, source: Inside, target: Inside, one: Address) -> Iterator[Address]:
        if source.space.identity == target.space.identity:
            yield one._replace(host=_LOOPBACK if ip_address(one.host).is_unspecified else one.host)
            return
        yield from (one._replace(host=address) for address in target.addresses if _answers(one.host, address))
        for binding in target.bindings:
            if (binding.target, binding.protocol) == (one.port, one.protocol) and binding.published.isdigit():
                yield from (Address(address, int(binding.published), one.protocol) for address in self._of_host(source, binding))

    def _of_host(self, source: Inside, binding: Binding) -> Iterable[str]:
        """Addresses of the host at which a published port may answer; its loopback answers only the host."""
        here = self._on_host(source)
        bound = binding.host_ip.strip("[]")
        if bound and not ip_address(bound).is_unspecified:
            return (bound,) if here or not ip_address(bound).is_loopback else ()
        return (_LOOPBACK_6 if ":" in bound else _LOOPBACK,) if here else source.gateways


def _inside(service: str, one: Workload, look: Look, together: Sequence[Workload], internal: Mapping[str, str]) -> Inside:
    memberships = [member for other in together for member in other.networks]
    return Inside(
        service=service,
        id=one.id,
        pid=one.pid,
        space=look.space,
        addresses=tuple(address for member in memberships if member.network != INGRESS for address in member.addresses),
        listeners=look.listeners,
        bindings=tuple(port for other in together for port in other.ports if port.protocol in (TCP, UDP)),
        gateways=look.gateways | {internal[member.network] for member in memberships if internal.get(member.network)},
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
