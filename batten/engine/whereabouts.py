"""Who is at an address: the containers of a project, those of others, the host with the ports it publishes, and what lies beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from batten.engine.protocol import EngineNetwork, Workload
from batten.engine.vantage import Address
from batten.model import Zone

HOST, LAN, INTERNET = Zone.HOST.value, Zone.LAN.value, Zone.INTERNET.value


class Home(NamedTuple):
    """A network namespace and who lives in it."""

    identity: int
    members: Mapping[str, str]
    """Container → service of the project."""
    addresses: frozenset[str]

    @property
    def services(self) -> tuple[str, ...]:
        """The services that live in it, each once."""
        return tuple(sorted(set(self.members.values())))


class End(NamedTuple):
    """One end of a connection."""

    home: int
    """The namespace, 0 for what is none of the project's and not the host."""
    name: str
    """What it is called where there is no namespace to look into: a zone, somebody else's container, a service elsewhere."""
    port: int
    through_host: bool = False
    """Whether it was reached at one of the host's addresses."""


class _Door(NamedTuple):
    """A published port."""

    host_ip: str
    home: int
    target: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All that is needed to say who is at an address, as it is at one time."""

    homes: Mapping[int, Home]
    host: int
    """The host's own namespace."""
    _owners: Mapping[str, int] = field(default_factory=dict)
    _others: Mapping[str, str] = field(default_factory=dict)
    _doors: Mapping[tuple[str, int], Sequence[_Door]] = field(default_factory=dict)
    _host_addresses: frozenset[str] = frozenset()
    _subnets: Sequence[IPv4Network | IPv6Network] = ()

    @classmethod
    def of(
        cls,
        members: Iterable[tuple[str, Workload, int]],
        others: Mapping[str, str],
        networks: Iterable[EngineNetwork],
        host: int,
        host_addresses: frozenset[str],
    ) -> Whereabouts:
        """Put it together.

        Args:
            members: service, container and namespace of everything of the project that runs.
            others: names by address of what cannot be looked into: containers of others, and services of a swarm on other nodes or as a whole.
            networks: the engine's networks.
            host: the host's own namespace.
            host_addresses: its addresses, those of bridges included.
        """
        mine = list(members)
        homes = {identity: _home(identity, mine) for identity in {host, *(identity for *_, identity in mine)}}
        doors: dict[tuple[str, int], list[_Door]] = {}
        for _, one, identity in mine:
            for port in one.ports if identity != host else ():
                if port.published.isdigit():
                    doors.setdefault((port.protocol, int(port.published)), []).append(_Door(port.host_ip, identity, port.target))
        owners = {address: home.identity for home in homes.values() for address in home.addresses}
        subnets = [ip_network(subnet, strict=False) for network in networks for subnet in network.subnets]
        return cls(homes, host, owners, others, doors, host_addresses, subnets)

    def find(self, address: Address) -> End | None:
        """Who is asked by a connection to an address; None for somebody in a container network of whom nothing is known, and for groups of receivers."""
        if address.host in self._owners:
            return End(self._owners[address.host], "", address.port)
        if address.host in self._others:
            return End(0, self._others[address.host], address.port)
        if address.host in self._host_addresses:
            return self._at_host(address)
        return self._beyond(address)

    def within(self, home: int, address: Address) -> End:
        """Who is asked by a connection that stays in a namespace; in the host's, its published ports lead on."""
        return self._at_host(address) if home == self.host else End(home, "", address.port)

    def _at_host(self, address: Address) -> End:
        for door in self._doors.get((address.protocol, address.port), ()):
            if not door.host_ip or ip_address(door.host_ip).is_unspecified or door.host_ip == address.host:
                return End(door.home, "", door.target, through_host=True)
        return End(self.host, "", address.port, through_host=True)

    def _beyond(self, address: Address) -> End | None:
        found = ip_address(address.host)
        if found.is_unspecified or found.is_multicast or found.is_link_local or address.host == "255.255.255.255" or any(found in net for net in self._subnets):
            return None
        return End(0, INTERNET if found.is_global else LAN, address.port)

    def inhabitants(self, home: int) -> tuple[str, ...]:
        """Who may hold a socket in a namespace: services, and the host in its own."""
        services = self.homes[home].services if home in self.homes else ()
        return (*services, HOST) if home == self.host else services


def _home(identity: int, members: Iterable[tuple[str, Workload, int]]) -> Home:
    here = [(service, one) for service, one, where in members if where == identity]
    return Home(identity, {one.id: service for service, one in here}, frozenset(address for _, one in here for address in _addresses(one)))


def _addresses(one: Workload) -> Iterator[str]:
    for member in one.networks:
        yield from member.addresses
