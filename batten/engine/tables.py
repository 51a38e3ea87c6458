"""What the kernel's tables of a network namespace say (``/proc/net``, see proc(5)): who listens, and where the default routes lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Literal

from batten.engine.vantage import TCP, UDP, Address

NAMES = ("tcp", "tcp6", "udp", "udp6", "route", "ipv6_route")
"""The files below ``/proc/net`` that are read."""
Order = Literal["little", "big"]
"""The order of bytes of the machine whose tables they are."""
_STATES = {TCP: "0A", UDP: "07"}
"""TCP_LISTEN, and TCP_CLOSE for a datagram socket without a peer, as the tables write them (Linux, include/net/tcp_states.h)."""
_EPHEMERAL = 32_768
"""From here on Linux numbers the sockets of clients (ip_local_port_range in ip-sysctl.rst), and a datagram client looks as a listener does."""


def listeners(tables: Mapping[str, str], order: Order) -> frozenset[Address]:
    """Where something listens, loopback addresses left out; of UDP only ports that are not a client's by chance."""
    found = (one for name in NAMES[:4] for one in _listening(tables.get(name, ""), name.rstrip("6"), order))
    return frozenset(one for one in found if not ip_address(one.host).is_loopback and (one.protocol == TCP or one.port < _EPHEMERAL))


def _listening(table: str, protocol: str, order: Order) -> Iterator[Address]:
    for line in table.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == _STATES[protocol]:
            host, _, port = local.partition(":")
            yield Address(decoded(host, order), int(port, 16), protocol)


@lru_cache(maxsize=4096)
def decoded(word: str, order: Order) -> str:
    """An address as the kernel prints it: groups of four bytes in the order of its machine (proc(5))."""
    raw = bytes.fromhex(word)
    groups = (raw[at : at + 4] for at in range(0, len(raw), 4))
    found = ip_address(b"".join(group[::-1] if order == "little" else group for group in groups))
    return str(getattr(found, "ipv4_mapped", None) or found)


def gateways(tables: Mapping[str, str], order: Order) -> frozenset[str]:
    """The addresses of the default routes, IPv4 and IPv6."""
    four = (decoded(route[2], order) for route in _routes(tables, "route") if int(route[1], 16) == 0)
    six = (str(ip_address(bytes.fromhex(route[4]))) for route in _routes(tables, "ipv6_route") if int(route[0] + route[1], 16) == 0)
    return frozenset(one for one in (*four, *six) if not ip_address(one).is_unspecified and not ip_address(one).is_link_local)


def _routes(tables: Mapping[str, str], table: str) -> Iterator[list[str]]:
    """The rows of a table of routes; IPv6's has no heading (Linux net/ipv6/route.c)."""
    yield from (line.split() for line in tables.get(table, "").splitlines() if not line.startswith("Iface"))
