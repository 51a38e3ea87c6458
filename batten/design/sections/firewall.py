"""Firewall: who may reach each published port, and where to the services of a network may connect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from batten.design.host_reading import Allowed, allowances, interface, many, network, ports
from batten.design.sections.reading import mapping, only, text, wrong
from batten.model import Value

LAN: Final = "lan"
"""The word for the local network's addresses, wherever an address may stand."""
PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
"""Addresses that the internet does not route (RFC 1918, RFC 4193, RFC 4291)."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """Rules for the ports and networks of one project; where it says nothing, everything stays as Docker has it."""

    published: tuple[Allowed, ...] = ()
    """Published ports by their number on the host, each with those who may reach it. A port that is not named is open to everyone."""
    egress: Mapping[str, tuple[Allowed, ...]] = field(default_factory=dict)
    """Network → where to its services may connect, each with the addresses below ``sources``; none means anywhere. A network that is not named is free."""
    interfaces: tuple[str, ...] = ()
    """The interfaces by which others come; none means every one that is not Docker's own."""
    lan: tuple[str, ...] = PRIVATE
    """What ``lan`` stands for."""
    reason: str = ""

    @property
    def wanted(self) -> bool:
        """Whether there is any rule to write."""
        return bool(self.egress) or any(allowed.sources for allowed in self.published)

    def who(self, published: str, protocol: str) -> tuple[str, ...]:
        """Those who may reach a port, as the design says it; nobody named means everyone."""
        exact = [one for one in self.published if (one.ports, one.protocol) == (published, protocol)]
        return next((one.sources for one in (*exact, *self.published) if covers(one, published, protocol)), ())

    def addresses(self, named: tuple[str, ...]) -> tuple[str, ...]:
        """The same with the addresses that ``lan`` stands for, each once."""
        return tuple(dict.fromkeys(address for one in named for address in (self.lan if one == LAN else (one,))))


def covers(allowed: Allowed, published: str, protocol: str) -> bool:
    """Whether an entry is about a port, or about every port of a range."""
    try:
        (low, high), (first, last) = _ends(allowed.ports), _ends(published)
    except ValueError:
        return False
    return allowed.protocol == protocol and low <= first <= last <= high


def _ends(given: str) -> tuple[int, int]:
    """First and last port of a range; raises ValueError for what is none."""
    first, _, last = ports(given).partition("-")
    return int(first), int(last or first)


def address(given: str) -> str:
    """An address, a network, or the word for the local network; raises ValueError."""
    try:
        return LAN if given == LAN else network(given)
    except ValueError:
        raise ValueError(f"must be '{LAN}', an IP address or a network such as 10.0.0.0/8") from None


def dump(firewall: Firewall) -> dict[str, Any]:
    """Nothing where there is no rule."""
    if firewall == Firewall():
        return {}
    return {
        "published": [{"ports": one.ports, "protocol": one.protocol, "sources": list(one.sources)} for one in firewall.published],
        "egress": {name: [{"ports": one.ports, "protocol": one.protocol, "to": list(one.sources)} for one in found] for name, found in firewall.egress.items()},
        "interfaces": list(firewall.interfaces),
        "lan": list(firewall.lan),
        "reason": firewall.reason,
    }


def load(value: Value) -> Firewall:
    """Read back what ``dump`` wrote; raises DesignError, with the place, for what is no port, address or interface."""
    entry = dict(only(value, {"published", "egress", "interfaces", "lan", "reason"}, "firewall"))
    egress = mapping(entry.get("egress", Value(None)), "firewall.egress")
    published = allowances(check=address)(entry.get("published", Value(None)), "firewall.published")
    twice = next((one for index, one in enumerate(published) if (one.ports, one.protocol) in {found[:2] for found in published[:index]}), None)
    if twice is not None:
        raise wrong(entry["published"], f"firewall.published names {twice.ports}/{twice.protocol} twice.")
    return Firewall(
        published,
        {name: allowances("to", address)(item, f"firewall.egress.{name}") for name, item in egress.items()},
        many(interface)(entry.get("interfaces", Value(None)), "firewall.interfaces"),
        many(network)(entry["lan"], "firewall.lan") if "lan" in entry else PRIVATE,
        text(entry.get("reason"), "reason", ""),
    )
