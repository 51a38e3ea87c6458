"""Which published ports of a service really open something on the host, and on which of its addresses."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from batten.model import Network, Origin, Port, Project, Service
from batten.review.context import Context

EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"})
HOST_BINDING = "com.docker.network.bridge.host_binding_ipv4"
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10")
_DEAD_DRIVERS = frozenset({"macvlan", "ipvlan", "host", "none", "null"})


class Reachable(Enum):
    """From where a published port can be reached."""

    EVERYWHERE = "every address of the host"
    PUBLIC = "a public address"
    PRIVATE = "a private address"
    LOOPBACK = "the host itself"


class Entry(NamedTuple):
    """One entry of ``ports`` as written; a range or a merged entry is several ports at one place."""

    ports: tuple[Port, ...]
    origin: Origin
    address: str
    """The host address as bound; empty where it is every one."""
    reachable: Reachable

    @property
    def text(self) -> str:
        """The host ports (those of the container where the engine chooses), e.g. ``8080`` or ``8000-8010``."""
        shown = [port.published or str(port.target) for port in self.ports]
        return shown[0] if len(set(shown)) == 1 else f"{shown[0]}-{shown[-1]}"


def entries(context: Context, service: Service) -> tuple[Entry, ...]:
    """The published ports of ``service`` that an engine would really open, by the place where they are written."""
    if not service.ports:
        return ()
    if service.name not in context.entries:
        context.entries[service.name] = tuple(_entries(context, service))
    return context.entries[service.name]


def _entries(context: Context, service: Service) -> Iterator[Entry]:
    project = context.project
    networks = forwarding_networks(project, service)
    if not networks and service.network_mode != "bridge":
        return
    groups: dict[tuple[Origin, str], list[Port]] = {}
    for port in service.ports:
        origin = project.origin((*service.path, "ports", port.index))
        groups.setdefault((origin, port.host_ip or _default_binding(networks)), []).append(port)
    for (origin, host_ip), ports in groups.items():
        address = host_ip.strip("[]")
        yield Entry(tuple(ports), origin, "" if address in EVERY_ADDRESS else address, classify(address))


def classify(address: str) -> Reachable:
    """From where a port bound to ``address`` can be reached."""
    if address in EVERY_ADDRESS:
        return Reachable.EVERYWHERE
    if address.startswith("127.") or address in ("::1", "localhost"):
        return Reachable.LOOPBACK
    from ipaddress import ip_address, ip_network

    try:
        parsed = ip_address(address)
    except ValueError:
        return Reachable.PUBLIC
    if parsed.is_unspecified or parsed.is_loopback:
        return Reachable.LOOPBACK if parsed.is_loopback else Reachable.EVERYWHERE
    return Reachable.PRIVATE if any(parsed in ip_network(network) for network in _PRIVATE) else Reachable.PUBLIC


def forwarding_networks(project: Project, service: Service) -> tuple[Network, ...]:
    """The networks over which the engine can forward a published port; without one the port is silently dead."""
    members = [project.networks[key] for key in service.networks if key in project.networks]
    return tuple(network for network in members if not network.internal and network.driver not in _DEAD_DRIVERS)


def _default_binding(networks: tuple[Network, ...]) -> str:
    """The address a port without one is bound to: what the networks' drivers were told, if they all were told the same."""
    told = {network.driver_opts.get(HOST_BINDING, "") for network in networks}
    return told.pop() if len(told) == 1 else ""
