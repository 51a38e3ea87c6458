"""How reports name published ports, and which addresses of a host lie in the internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from batten.reach.landscape import Net, Published

_PRIVATE = [
    ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
]
_EVERY = {"": "on every host address", "0.0.0.0": "on every IPv4 address of the host", "::": "on every IPv6 address of the host"}


def shown(published: Published) -> str:
    """A published port with its binding, as a road in a report."""
    port = _port(published)
    if published.binding in _EVERY:
        return f"published {port} {_EVERY[published.binding]}"
    return f"published {_bound(published, port)}"


def shown_from_containers(published: Published) -> str:
    """The same road as containers take it, out to the host and back in."""
    port = _port(published)
    bound = port if published.binding in _EVERY else _bound(published, port)
    return f"published {bound} through the host's address"


def _port(published: Published) -> str:
    number = published.host_port or f"port {published.port} (host port chosen by the engine)"
    return number if published.protocol == "tcp" else f"{number}/{published.protocol}"


def _bound(published: Published, port: str) -> str:
    address = f"[{published.binding}]" if ":" in published.binding else published.binding
    return f"{address}:{port}" if published.host_port else f"{port} on {address}"


def may_be_public(binding: str) -> bool:
    """Whether an address can be one that the internet knows; what is no address at all may be anything."""
    address = _address(binding)
    return address is None or not any(address in network for network in _PRIVATE)


def has_public_ipv6(net: Net) -> bool:
    """Whether a network's IPv6 addresses are routed in the internet."""
    return any(":" in subnet and may_be_public(subnet.partition("/")[0]) for subnet in net.subnets)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
